import { describe, expect, it } from 'vitest'
import { requestsOf, type Allowance, type Wishes } from '../../src/token/allowance.ts'
import { TokenError } from '../../src/token/error.ts'

const allow: Allowance = {
  scopes: ['kafka', 'kafka.read', 'kafka.write'],
  audiences: ['kafka', 'urn:b'],
  others: 'ignore',
}
const strict: Allowance = { ...allow, others: 'refuse' }

function refused(wishes: Wishes, allowance: Allowance = strict): TokenError {
  try {
    requestsOf('orders', allowance)(wishes)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TokenError)
    return thrown as TokenError
  }
  throw new Error('was not refused')
}

describe('what a client asks for', () => {
  it.each<[string, Wishes, object]>([
    ['nothing', {}, {}],
    ['one scope', { scope: 'kafka' }, { scope: 'kafka' }],
    ['several', { scope: 'kafka.read kafka' }, { scope: 'kafka kafka.read' }],
    ['the same in another order', { scope: 'kafka kafka.read' }, { scope: 'kafka kafka.read' }],
    ['one twice', { scope: 'kafka kafka' }, { scope: 'kafka' }],
    ['spaces around', { scope: '  kafka   kafka.read ' }, { scope: 'kafka kafka.read' }],
    ['an audience', { audience: 'urn:b' }, { audience: 'urn:b' }],
    ['both', { scope: 'kafka', audience: 'kafka' }, { scope: 'kafka', audience: 'kafka' }],
  ])('is given where it is allowed: %s', (_case, wishes, expected) => {
    expect(requestsOf('orders', allow)(wishes)).toEqual({ profile: 'orders', ...expected })
    expect(requestsOf('orders', strict)(wishes)).toEqual({ profile: 'orders', ...expected })
  })

  it.each<[string, Wishes, object]>([
    ['another scope', { scope: 'admin' }, {}],
    ['one allowed, one not', { scope: 'admin kafka' }, { scope: 'kafka' }],
    ['capital letters', { scope: 'KAFKA' }, {}],
    ['a part of a name', { scope: 'kafk' }, {}],
    ['a pattern', { scope: 'kafka.*' }, {}],
    ['a tab, which separates no scopes', { scope: 'kafka\tkafka.read' }, {}],
    ['a comma', { scope: 'kafka,kafka.read' }, {}],
    ['another audience', { audience: 'urn:c' }, {}],
    ['another audience with a scope', { scope: 'kafka', audience: 'urn:c' }, { scope: 'kafka' }],
    ['another scope with an audience', { scope: 'admin', audience: 'urn:b' }, { audience: 'urn:b' }],
    ['two audiences in one', { audience: 'kafka urn:b' }, {}],
    ['names of JavaScript', { scope: '__proto__ constructor toString', audience: 'constructor' }, {}],
  ])('is ignored where it is not: %s', (_case, wishes, expected) => {
    expect(requestsOf('orders', allow)(wishes)).toEqual({ profile: 'orders', ...expected })
  })

  it.each<[string, Wishes, 'ERR_REQUEST_SCOPE' | 'ERR_REQUEST_AUDIENCE']>([
    ['another scope', { scope: 'admin' }, 'ERR_REQUEST_SCOPE'],
    ['one of two', { scope: 'kafka admin' }, 'ERR_REQUEST_SCOPE'],
    ['another audience', { audience: 'urn:c' }, 'ERR_REQUEST_AUDIENCE'],
    ['another audience with a scope', { scope: 'kafka', audience: 'urn:c' }, 'ERR_REQUEST_AUDIENCE'],
  ])('is refused where that is configured: %s', (_case, wishes, code) => {
    const error = refused(wishes)
    expect(error.code).toBe(code)
    expect(error.status).toBe(400)
    expect(error.oauth).toBe(code === 'ERR_REQUEST_SCOPE' ? 'invalid_scope' : 'invalid_target')
  })

  it('is told in words what there is', () => {
    expect(refused({ scope: 'kafka admin' }).description).toBe(
      'the scope admin may not be asked of profile orders. Ask for kafka, kafka.read, kafka.write, or for no scope: the profile has its own. [ERR_REQUEST_SCOPE]',
    )
    expect(refused({ audience: 'urn:c' }).description).toBe(
      'the audience urn:c may not be asked of profile orders. Ask for kafka, urn:b, or for no audience: the profile has its own. [ERR_REQUEST_AUDIENCE]',
    )
  })

  it('is told in words that there is nothing', () => {
    const none: Allowance = { scopes: [], audiences: [], others: 'refuse' }
    expect(refused({ scope: 'kafka' }, none).description).toBe(
      'the scope kafka may not be asked of profile orders. Ask for no scope: the profile has its own. [ERR_REQUEST_SCOPE]',
    )
    expect(refused({ audience: 'kafka' }, none).description).toBe(
      'the audience kafka may not be asked of profile orders. Ask for no audience: the profile has its own. [ERR_REQUEST_AUDIENCE]',
    )
  })

  it('is told shortly, however long it is', () => {
    expect(refused({ scope: 'a'.repeat(60_000) }).message.length).toBeLessThan(200)
    expect(refused({ audience: 'a'.repeat(60_000) }).message.length).toBeLessThan(200)
  })

  it('is one entry of the cache for all that mean the same', () => {
    const requestFor = requestsOf('orders', allow)
    const plain = requestFor({})
    for (const wishes of [{ scope: 'admin' }, { audience: 'urn:c' }, { scope: ' ' }, { scope: 'x', audience: 'y' }]) {
      expect(requestFor(wishes)).toBe(plain)
    }
    const keys = ['kafka kafka.read', 'kafka.read kafka', 'kafka.read admin kafka kafka'].map((scope) =>
      JSON.stringify(requestFor({ scope })),
    )
    expect(new Set(keys).size).toBe(1)
  })

  it('is not looked at where nothing is allowed', () => {
    const requestFor = requestsOf('orders')
    expect(requestFor({ scope: 'kafka', audience: 'kafka' })).toEqual({ profile: 'orders' })
    expect(requestFor({ scope: 'kafka' })).toBe(requestFor({}))
  })

  it('costs time in proportion to its length', () => {
    const many = Array.from({ length: 30_000 }, (_, index) => String(index)).join(' ')
    const startedAt = performance.now()
    requestsOf('orders', allow)({ scope: `${' '.repeat(60_000)}${many}` })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})
