import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallersConfig, Proof } from '../src/callers/caller.ts'
import { configuredGate, type ConfiguredGate } from '../src/gate.ts'
import { cached } from '../src/token/cache.ts'
import type { TokenError } from '../src/token/error.ts'
import { profiles } from '../src/token/profiles.ts'
import { fakePlatform, settled, type FakePlatform } from './fakes/platform.ts'
import { fakeSource } from './fakes/source.ts'

const callers: CallersConfig = {
  batch: { profiles: ['orders'], certificate: { sanDns: 'batch.example' } },
}

let platform: FakePlatform
let made: ConfiguredGate | undefined
beforeEach(() => {
  platform = fakePlatform()
})
afterEach(() => {
  made?.close()
})

const settings = (who: CallersConfig = {}) => ({
  callers: who,
  issuers: {},
  limits: { callerRequestsPerMinute: 6_000 },
})

function gateOf(who: CallersConfig): ConfiguredGate {
  const emit = (): void => undefined
  const known = profiles(['default', 'orders'], () => cached(fakeSource(platform), { platform, emit }))
  made = configuredGate(settings(who), { platform, emit, profiles: known })
  return made
}

const form = new Map([['grant_type', 'client_credentials']])
const stranger = { headers: {} }
const batch = {
  headers: {},
  peerCertificate: () => ({ subjectDn: '', sanDns: ['batch.example'], sanUris: [] }),
}
const proof: Proof = { caller: 'batch', by: 'certificate' }

async function refusalOf(act: () => unknown): Promise<TokenError | undefined> {
  try {
    await act()
    return undefined
  } catch (thrown) {
    return thrown as TokenError
  }
}

describe('the gate', () => {
  it('is open where there are no callers, and answers at once', () => {
    const gate = gateOf({})
    expect(gate.identify(stranger, form)).toBeUndefined()
    expect(gate.profileFor(undefined, stranger, form, undefined)).toBe('default')
    expect(gate.profileFor(undefined, stranger, new Map([['client_id', 'orders']]), undefined)).toBe('orders')
    expect(gate.authMethods).toContain('none')
  })

  it('is closed from the first moment where there are some', async () => {
    const gate = gateOf(callers)
    expect(await refusalOf(() => gate.identify(stranger, form))).toMatchObject({ code: 'ERR_CALLER_MISSING' })
    expect(await gate.identify(batch, form)).toEqual(proof)
  })

  it('does not keep requests waiting once it is ready', async () => {
    const gate = gateOf(callers)
    await gate.ready()
    expect(gate.identify(batch, form)).toEqual(proof)
    expect(gate.authMethods).toContain('client_secret_basic')
    expect(gate.authMethods).not.toContain('none')
  })

  it('is closed by the first callers that come', async () => {
    const gate = gateOf({})
    expect(gate.identify(stranger, form)).toBeUndefined()
    gate.replace(settings(callers))
    expect(await refusalOf(() => gate.identify(stranger, form))).toMatchObject({ code: 'ERR_CALLER_MISSING' })
    expect(await gate.identify(batch, form)).toEqual(proof)
  })

  it('opens when the last caller goes', async () => {
    const gate = gateOf(callers)
    await gate.ready()
    gate.replace(settings({}))
    expect(gate.identify(stranger, form)).toBeUndefined()
    expect(gate.profileFor(undefined, stranger, form, undefined)).toBe('default')
    expect(gate.authMethods).toContain('none')
  })

  it('knows the callers of the moment when it is ready, not those of the beginning', async () => {
    const gate = gateOf(callers)
    gate.replace(settings({ other: { profiles: ['orders'], certificate: { sanDns: 'other.example' } } }))
    await gate.ready()
    expect(await refusalOf(() => gate.identify(batch, form))).toMatchObject({ code: 'ERR_CALLER_CERTIFICATE' })
  })

  it('lets in nobody who was on the way while the callers went', async () => {
    const gate = gateOf(callers)
    await gate.ready()
    expect(gate.profileFor(proof, batch, form, undefined)).toBe('orders')
    gate.replace(settings({}))
    const refusal = await refusalOf(() => gate.profileFor(proof, batch, form, 'orders'))
    expect(refusal).toMatchObject({ code: 'ERR_CALLER_PROFILE' })
  })

  it('gives delegation tokens to callers only', async () => {
    const gate = gateOf({})
    const read = async (who?: Proof): Promise<TokenError | undefined> =>
      refusalOf(() => {
        gate.requireDelegationToken(who, 'spark')
      })
    const refused = { code: 'ERR_CALLER_DELEGATION_TOKEN' }
    expect(await read()).toMatchObject(refused)
    gate.replace(settings({ batch: { ...callers['batch'], delegationTokens: ['spark'] } }))
    await gate.ready()
    expect(await read(proof)).toBeUndefined()
    gate.replace(settings(callers))
    expect(await read(proof)).toMatchObject(refused)
    gate.replace(settings({}))
    expect(await read(proof)).toMatchObject(refused)
    expect(await read()).toMatchObject(refused)
  })

  it('holds no timer while nobody comes', async () => {
    const gate = gateOf(callers)
    await gate.ready()
    gate.replace(settings({ ...callers, more: { profiles: ['orders'], certificate: { sanUri: 'spiffe://a/b' } } }))
    await settled()
    expect(platform.pendingTimers).toBe(0)
  })

  it('may be closed before anybody came', async () => {
    gateOf(callers).close()
    gateOf({}).close()
    await settled()
    expect(platform.pendingTimers).toBe(0)
  })
})
