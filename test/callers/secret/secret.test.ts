import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CallerConfig, CallerRequest, CallersConfig, Proof } from '../../../src/callers/caller.ts'
import { hashSecret } from '../../../src/callers/secret/secret-hash.ts'
import { secretCheck, type SecretCheck } from '../../../src/callers/secret/secret.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { TokenError } from '../../../src/token/error.ts'
import { fakePlatform, settled, type FakePlatform } from '../../fakes/platform.ts'
import { fakeHashing, type FakeHashing } from './fake-hashing.ts'

const noForm = new Map<string, string>()

let platform: FakePlatform
let hashing: FakeHashing
beforeEach(() => {
  platform = fakePlatform()
  hashing = fakeHashing()
})

function caller(...secrets: readonly string[]): CallerConfig {
  return { profiles: ['orders'], secretHashes: secrets.map((secret) => hashing.hashOf(secret)) }
}

function checkOf(callers: CallersConfig): SecretCheck {
  return secretCheck(callers, { platform, matches: hashing.matches })
}

function basic(id: string, secret: string, remoteAddress = '10.0.0.1'): CallerRequest {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  return { headers: { authorization }, remoteAddress }
}

function ask({ check }: SecretCheck, request: CallerRequest, form = noForm): Promise<Proof | undefined> {
  const answer = Promise.resolve(check(request, form))
  // Whoever does not look at it may be refused all the same.
  answer.catch(() => undefined)
  return answer
}

/** Why it is refused; lets the time pass that a failure is held back. */
async function refusalOf(answer: Promise<unknown>): Promise<TokenError> {
  const refusal = answer.then(
    () => new Error('not refused'),
    (thrown: unknown) => thrown,
  )
  await platform.pass(500)
  const error = await refusal
  expect(error).toBeInstanceOf(TokenError)
  return error as TokenError
}

const digits = (text: string): string => `sha256:${hash('sha256', text, 'hex').slice(0, 12)}`
const reasonIn = ({ cause }: TokenError): string => (cause instanceof Error ? cause.message : 'no reason')

describe('a caller with a secret', () => {
  it('is known by Basic', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    expect(await ask(check, basic('orders-app', 's3cr3t'))).toEqual({ caller: 'orders-app', by: 'secret' })
  })

  it('is known by the form', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    const form = new Map([
      ['client_id', 'orders-app'],
      ['client_secret', 's3cr3t'],
    ])
    expect(await ask(check, { headers: {} }, form)).toEqual({ caller: 'orders-app', by: 'secret' })
  })

  it.each([
    ['raw, as Java sends it', 's+c/%', 's+c/%'],
    ['form-encoded, as Go sends it', 's+c/% ü', 's%2Bc%2F%25+%C3%BC'],
    ['raw, though it looks encoded', 's%2B', 's%2B'],
  ])('is known by a secret that is sent %s', async (_how, secret, sent) => {
    const check = checkOf({ 'orders-app': caller(secret) })
    const request = basic('orders-app', sent)
    expect(await ask(check, request)).toMatchObject({ caller: 'orders-app' })
    expect(check.check(request, noForm)).toEqual({ caller: 'orders-app', by: 'secret' })
  })

  it('is known by either of two, while one is replaced', async () => {
    const check = checkOf({ 'orders-app': caller('old', 'new') })
    expect(await ask(check, basic('orders-app', 'new'))).toMatchObject({ caller: 'orders-app' })
    expect(await ask(check, basic('orders-app', 'old'))).toMatchObject({ caller: 'orders-app' })
  })

  it('is known by a real hash', async () => {
    const secretHashes = [await hashSecret(new Secret('s3cr3t'))]
    const check = secretCheck({ 'orders-app': { profiles: ['orders'], secretHashes } }, { platform })
    expect(await ask(check, basic('orders-app', 's3cr3t'))).toMatchObject({ caller: 'orders-app' })
  })

  it.each(['__proto__', 'constructor', 'toString'])('may be called %s', async (name) => {
    const callers = Object.fromEntries([['x', caller('s3cr3t')]])
    expect(reasonIn(await refusalOf(ask(checkOf(callers), basic(name, 's3cr3t'))))).toMatch(/^no caller /)
    const own = Object.fromEntries([[name, caller('s3cr3t')]])
    expect(await ask(checkOf(own), basic(name, 's3cr3t'))).toMatchObject({ caller: name })
  })
})

describe('who shows no id and secret', () => {
  it.each<[string, CallerRequest['headers'], readonly (readonly [string, string])[]]>([
    ['nothing', {}, []],
    ['an id alone', {}, [['client_id', 'orders-app']]],
    ['another scheme', { authorization: 'Bearer abc' }, []],
  ])('is not the business of this check: %s', (_what, headers, form) => {
    expect(checkOf({ 'orders-app': caller('x') }).check({ headers }, new Map(form))).toBeUndefined()
  })
})

describe('a refusal', () => {
  it.each([
    ['an unknown id', basic('nobody', 's3cr3t'), 'no caller nobody'],
    ['a wrong secret', basic('orders-app', 'wrong'), 'wrong secret of orders-app'],
    ['a secret of another', basic('orders-app', 'other'), 'wrong secret of orders-app'],
    ['an empty secret', basic('orders-app', ''), 'wrong secret of orders-app'],
    ['a caller without secrets', basic('fraud-app', 's3cr3t'), 'caller fraud-app has no secretHashes'],
    ['id and secret in the wrong order', basic('s3cr3t', 'orders-app'), 'id and secret are swapped'],
    ['the id twice', basic('orders-app', 'orders-app'), 'wrong secret of orders-app'],
    ['no id', basic('', 's3cr3t'), 'no client id'],
    ['a long id', basic('a'.repeat(33), 's3cr3t'), `no caller ${digits('a'.repeat(33))}`],
    ['an id that is no name', basic('s3cr3t/', 'x'), `no caller ${digits('s3cr3t/')}`],
    ['an encoded id', basic('orders%2Dapp', 'wrong'), 'wrong secret of orders-app'],
    ['what is no base64', { headers: { authorization: 'Basic !!' } }, 'id and secret cannot be read'],
  ])('says one and the same of %s, and the reason to the audit alone', async (_what, request, reason) => {
    const check = checkOf({ 'orders-app': caller('s3cr3t'), other: caller('other'), 'fraud-app': { profiles: ['x'] } })
    const error = await refusalOf(ask(check, request))
    expect(error.code).toBe('ERR_CALLER_UNKNOWN')
    expect(error.message).toBe('the client id is not known here, or its secret is another one')
    expect(reasonIn(error)).toBe(reason)
  })

  it('of a secret in the form without an id is the same', async () => {
    const error = await refusalOf(ask(checkOf({ a: caller('x') }), { headers: {} }, new Map([['client_secret', 'x']])))
    expect([error.code, reasonIn(error)]).toEqual(['ERR_CALLER_UNKNOWN', 'no client id'])
  })

  it('has no secret in it', async () => {
    const secrets = ['wrong-secret-1', 'wrong%2Bsecret+1']
    const check = checkOf({ 'orders-app': caller('right-secret') })
    for (const secret of secrets) {
      for (const request of [basic('orders-app', secret), basic('nobody', secret), basic(`${secret}/${secret}`, 'x')]) {
        const error = await refusalOf(ask(check, request))
        expect(inspect(error, { depth: 9, showHidden: true }) + error.description).not.toMatch(/secret-1|secret\+1/)
      }
    }
  })

  it('comes half a second after the request, however long hashing takes', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    hashing.hold()
    let isAnswered = false
    const answer = ask(check, basic('orders-app', 'wrong')).catch(() => (isAnswered = true))
    await platform.pass(300)
    hashing.letGo()
    await platform.pass(199)
    expect(isAnswered).toBe(false)
    await platform.pass(1)
    expect(isAnswered).toBe(true)
    await answer
    await platform.pass(100)
    expect(platform.pendingTimers).toBe(0)
  })

  it('keeps its turn for twice as long as the hashing, so that floods of wrong ones leave half of the time alone', async () => {
    const check = checkOf({ a: caller('right') })
    hashing.hold()
    for (const secret of ['wrong-1', 'wrong-2', 'right']) void ask(check, basic('a', secret)).catch(() => undefined)
    await platform.pass(100)
    hashing.letGo()
    await platform.pass(99)
    expect(hashing.begun).not.toContain('right')
    await platform.pass(1)
    expect(hashing.begun).toContain('right')
  })

  it('comes at once when hashing took longer', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    hashing.hold()
    let isAnswered = false
    void ask(check, basic('orders-app', 'wrong')).catch(() => (isAnswered = true))
    await platform.pass(2_000)
    hashing.letGo()
    await platform.pass(0)
    expect(isAnswered).toBe(true)
  })

  it('costs as much for an unknown id as for each caller', async () => {
    const check = checkOf({ 'orders-app': caller('old', 'new'), batch: caller('x'), 'fraud-app': { profiles: ['x'] } })
    for (const id of ['orders-app', 'batch', 'fraud-app', 'nobody']) {
      await refusalOf(ask(check, basic(id, `wrong-${id}`)))
      expect(hashing.begun.filter((secret) => secret === `wrong-${id}`)).toHaveLength(2)
    }
  })

  it('does not let an unknown id in by the secret of a caller', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t'), batch: caller('x', 'y'), 'fraud-app': { profiles: ['x'] } })
    for (const [id, secret] of [
      ['nobody', 'x'],
      ['orders-app', 'y'],
      ['fraud-app', 's3cr3t'],
      ['fraud-app', 'x'],
    ] as const)
      expect((await refusalOf(ask(check, basic(id, secret)))).code).toBe('ERR_CALLER_UNKNOWN')
  })
})

describe('a secret that was verified', () => {
  it('is known again at once, from anywhere, in Basic and form', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    await ask(check, basic('orders-app', 's3cr3t'))
    expect(check.check(basic('orders-app', 's3cr3t', '10.9.9.9'), noForm)).toEqual({
      caller: 'orders-app',
      by: 'secret',
    })
    const form = new Map([
      ['client_id', 'orders-app'],
      ['client_secret', 's3cr3t'],
    ])
    expect(check.check({ headers: {} }, form)).toEqual({ caller: 'orders-app', by: 'secret' })
    expect(hashing.begun).toEqual(['s3cr3t'])
  })

  it('is known again in every way to write the header, until its hash goes', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t') })
    await ask(check, basic('orders-app', 's3cr3t'))
    const text = Buffer.from('orders-app:s3cr3t').toString('base64')
    const headers = [`Basic ${text}`, `basic ${text}`, `BASIC  ${text}`, `Basic ${text.replace(/=+$/, '')} `]
    for (const authorization of [...headers, ...headers])
      expect(check.check({ headers: { authorization } }, noForm)).toEqual({ caller: 'orders-app', by: 'secret' })
    check.replace({ 'orders-app': caller('new') })
    for (const authorization of headers)
      expect((await refusalOf(ask(check, { headers: { authorization } }))).code).toBe('ERR_CALLER_UNKNOWN')
  })

  it('makes no other one right', async () => {
    const check = checkOf({ 'orders-app': caller('s3cr3t'), batch: caller('other') })
    await ask(check, basic('orders-app', 's3cr3t'))
    for (const request of [basic('orders-app', 's3cr3'), basic('batch', 's3cr3t'), basic('ORDERS-APP', 's3cr3t')])
      expect((await refusalOf(ask(check, request))).code).toBe('ERR_CALLER_UNKNOWN')
  })

  it('is forgotten with its hash, and remembered while its caller keeps that', async () => {
    const check = checkOf({ 'orders-app': caller('old'), batch: caller('x') })
    await ask(check, basic('orders-app', 'old'))
    await ask(check, basic('batch', 'x'))
    check.replace({ 'orders-app': caller('old', 'new') })
    expect(check.check(basic('orders-app', 'old'), noForm)).toMatchObject({ caller: 'orders-app' })
    expect(reasonIn(await refusalOf(ask(check, basic('batch', 'x'))))).toBe('no caller batch')
    check.replace({ 'orders-app': caller('new'), batch: { profiles: ['x'] } })
    expect(reasonIn(await refusalOf(ask(check, basic('orders-app', 'old'))))).toBe('wrong secret of orders-app')
    expect(reasonIn(await refusalOf(ask(check, basic('batch', 'x'))))).toBe('caller batch has no secretHashes')
    check.replace({ 'orders-app': caller('old') })
    hashing.hold()
    const again = ask(check, basic('orders-app', 'old'))
    hashing.letGo()
    expect(await again).toMatchObject({ caller: 'orders-app' })
    expect(hashing.begun.filter((secret) => secret === 'old')).toHaveLength(3)
  })

  it('is not right when its hash goes while it is verified', async () => {
    const check = checkOf({ 'orders-app': caller('old') })
    hashing.hold()
    const answer = ask(check, basic('orders-app', 'old'))
    check.replace({ 'orders-app': caller('new') })
    hashing.letGo()
    expect(reasonIn(await refusalOf(answer))).toBe('wrong secret of orders-app')
    expect(reasonIn(await refusalOf(ask(check, basic('orders-app', 'old'))))).toBe('wrong secret of orders-app')
  })
})

describe('hashing', () => {
  it('is done for two secrets at the same time, and once for all who send the same', async () => {
    const check = checkOf({ a: caller('1'), b: caller('2'), c: caller('3') })
    hashing.hold()
    const answers = Array.from({ length: 300 }, (_, index) => {
      const [id, secret] = (['a1', 'b2', 'c3'] as const)[index % 3] ?? 'a1'
      return ask(check, basic(id ?? '', secret ?? '', `10.0.${index % 7}.1`))
    })
    await settled()
    expect(hashing.atOnce).toBe(2)
    hashing.letGo()
    expect(await Promise.all(answers)).toHaveLength(300)
    expect(hashing.begun).toEqual(['1', '2', '3'])
    expect(hashing.mostAtOnce).toBe(2)
  })

  it('lets an address that floods wait behind itself alone', async () => {
    const check = checkOf({ a: caller('right') })
    hashing.hold()
    const flood = Array.from({ length: 34 }, (_, index) => ask(check, basic('a', `wrong-${index}`, '10.6.6.6')))
    const neighbour = ask(check, basic('a', 'right', '10.0.0.2'))
    hashing.letGo(2)
    await settled()
    hashing.letGo(2)
    await settled()
    expect(hashing.begun).toHaveLength(6)
    expect(hashing.begun).toContain('right')
    await settled()
    hashing.letGo()
    expect(await neighbour).toMatchObject({ caller: 'a' })
    await platform.pass(500)
    await Promise.allSettled(flood)
  })

  it('is refused to an address where 32 wait, and not to another', async () => {
    const check = checkOf({ a: caller('right') })
    hashing.hold()
    const flood = Array.from({ length: 36 }, (_, index) => ask(check, basic('a', `wrong-${index}`, '10.6.6.6')))
    const refused = await Promise.allSettled(flood.slice(34))
    expect(refused.map((one) => (one.status === 'rejected' ? (one.reason as TokenError).code : one))).toEqual([
      'ERR_REQUEST_OVERLOAD',
      'ERR_REQUEST_OVERLOAD',
    ])
    const neighbour = ask(check, basic('a', 'right', '10.0.0.2'))
    hashing.letGo()
    expect(await neighbour).toMatchObject({ caller: 'a' })
    await platform.pass(500)
    expect((await Promise.allSettled(flood)).filter(({ status }) => status === 'fulfilled')).toEqual([])
  })

  it.each([
    ['addresses of one IPv6 network', (index: number) => `2001:db8::${index}:1`],
    ['addresses that are not known', () => undefined],
  ])('counts %s as one', async (_what, addressOf) => {
    const check = checkOf({ a: caller('right') })
    hashing.hold()
    const flood = Array.from({ length: 35 }, (_, index) => {
      const { headers } = basic('a', `wrong-${index}`)
      return ask(check, { headers, remoteAddress: addressOf(index) })
    })
    await expect(flood[34]).rejects.toMatchObject({ code: 'ERR_REQUEST_OVERLOAD', status: 503 })
    hashing.letGo()
    await platform.pass(500)
    await Promise.allSettled(flood)
  })
})

describe('an address with many failures', () => {
  async function fail(check: SecretCheck, count: number, from?: string): Promise<void> {
    for (let index = 0; index < count; index++) {
      // Faster than they are held back, so that time gives none of them back.
      void ask(check, basic('a', `wrong-${index}`, from))
      await settled()
    }
    await settled()
  }

  it('is told to come back later without any hashing, until that time has passed', async () => {
    const check = checkOf({ a: caller('right') })
    await fail(check, 20)
    expect(hashing.begun).toHaveLength(20)
    await expect(ask(check, basic('a', 'guess'))).rejects.toMatchObject({
      code: 'ERR_CALLER_LIMIT',
      status: 429,
      retryAfterMs: 3_000,
    })
    await expect(ask(check, basic('a', 'right'))).rejects.toMatchObject({ code: 'ERR_CALLER_LIMIT' })
    expect(hashing.begun).toHaveLength(20)
    await platform.pass(3_000)
    expect(await ask(check, basic('a', 'right'))).toMatchObject({ caller: 'a' })
  })

  it('locks nobody else out: neither other addresses nor a neighbour that was verified', async () => {
    const check = checkOf({ a: caller('right'), b: caller('good') })
    await ask(check, basic('b', 'good'))
    await fail(check, 20)
    expect(await ask(check, basic('a', 'right', '10.0.0.2'))).toMatchObject({ caller: 'a' })
    expect(check.check(basic('b', 'good'), noForm)).toEqual({ caller: 'b', by: 'secret' })
  })

  it('locks no client out that shows another id, as behind one proxy, until many were wrong', async () => {
    const check = checkOf({ a: caller('right'), b: caller('good'), c: caller('fine') })
    await fail(check, 25)
    expect(await ask(check, basic('b', 'good'))).toMatchObject({ caller: 'b' })
    for (let index = 0; index < 200; index++) {
      void ask(check, basic(`guess-${index}`, 'x'))
      await settled()
    }
    await expect(ask(check, basic('c', 'fine'))).rejects.toMatchObject({ code: 'ERR_CALLER_LIMIT' })
    expect(await ask(check, basic('c', 'fine', '10.0.0.2'))).toMatchObject({ caller: 'c' })
  })

  it('may be one of a great many, of which the oldest are forgotten', async () => {
    const check = checkOf({ a: caller('right') })
    await fail(check, 20, '10.0.0.1')
    const address = (index: number): string => `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
    for (let index = 0; index < 10_000; index++) {
      void ask(check, basic('a', 'wrong', address(index)))
      await settled()
    }
    await settled()
    expect(await ask(check, basic('a', 'right', '10.0.0.1'))).toMatchObject({ caller: 'a' })
  })
})

describe('close', () => {
  it('sends away who waits, and answers at once whose failure was held back', async () => {
    const check = checkOf({ a: caller('right') })
    const failed = ask(check, basic('a', 'wrong'))
    await settled()
    hashing.hold()
    const waiting = ['1', '2', '3'].map((secret) => ask(check, basic('a', secret)))
    await settled()
    check.close()
    await expect(failed).rejects.toMatchObject({ code: 'ERR_CALLER_UNKNOWN' })
    await expect(waiting[2]).rejects.toMatchObject({ code: 'ERR_REQUEST_OVERLOAD' })
    hashing.letGo()
    await settled()
    check.close()
    await Promise.allSettled(waiting)
    expect(platform.pendingTimers).toBe(0)
  })
})
