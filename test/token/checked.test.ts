import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { checked } from '../../src/token/checked.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'

const now = Date.UTC(2026, 0, 1)
const seconds = now / 1000
const platform = fakePlatform({ now })
const request = { profile: 'orders' }
const never = new AbortController().signal

function jwt(claims: object, header: object = { alg: 'RS256' }): Secret {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return new Secret(`${part(header)}.${part(claims)}.c2ln`)
}

function checkedSource(value: Secret, options: { principalClaim?: string } = {}) {
  const events: SidecarEvent[] = []
  const source = fakeSource(platform)
  source.answer({ value })
  const emit = (event: SidecarEvent): void => void events.push(event)
  return { source, events, checked: checked(source, { platform, emit, ...options }) }
}

describe('a checked source', () => {
  it('takes end and principal from the claims', async () => {
    const { checked } = checkedSource(jwt({ sub: 'orders', iat: seconds, exp: seconds + 300 }))
    const token = await checked.getToken(request, never)
    expect(token).toMatchObject({ subject: 'orders', expiresAt: now + 300_000 })
  })

  it('takes the principal from the claim that brokers are told', async () => {
    const { checked } = checkedSource(jwt({ azp: 'orders', iat: seconds, exp: seconds + 300 }), {
      principalClaim: 'azp',
    })
    expect((await checked.getToken(request, never)).subject).toBe('orders')
  })

  it('names the claim that is missing', async () => {
    const { checked } = checkedSource(jwt({ sub: 'x', iat: seconds, exp: seconds + 300 }), { principalClaim: 'azp' })
    await expect(checked.getToken(request, never)).rejects.toMatchObject({
      code: 'ERR_TOKEN_CLAIMS',
      message: 'the claim azp of the token is missing, Kafka clients need a non-empty string',
    })
  })

  it('tells once what brokers may refuse, and again when it is something else', async () => {
    const { checked, source, events } = checkedSource(jwt({ sub: 'x', exp: seconds + 300 }))
    await checked.getToken(request, never)
    await checked.getToken(request, never)
    const message = 'profile orders: the token has no iat, which brokers ask for'
    expect(events).toEqual([{ type: 'warning', message }])
    source.answer({ value: jwt({ sub: 'x', iat: seconds, exp: seconds + 300 }, { alg: 'HS256' }) })
    await checked.getToken(request, never)
    expect(events).toHaveLength(2)
  })
})
