import { describe, expect, it } from 'vitest'
import { anonymousGate } from '../../src/callers/anonymous.ts'
import type { TokenError } from '../../src/token/error.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

function chosen(
  names: readonly string[],
  { authorization, form = {}, inPath }: { authorization?: string; form?: Record<string, string>; inPath?: string } = {},
): string {
  const gate = anonymousGate({ size: names.length, has: (name) => names.includes(name) })
  const headers = authorization === undefined ? {} : { authorization }
  const parameters = new Map(Object.entries(form))
  expect(gate.identify({ headers }, parameters)).toBeUndefined()
  return gate.profileFor(undefined, { headers }, parameters, inPath)
}

const names = ['default', 'orders', 'fraud', 'a+b', 'a b']

describe('an anonymous client', () => {
  it.each([
    ['nothing', {}, 'default'],
    ['the path', { inPath: 'orders' }, 'orders'],
    ['a path that leads nowhere', { inPath: 'nope' }, 'nope'],
    ['its id in Basic', { authorization: basic('orders:unused') }, 'orders'],
    ['its id in Basic, form-encoded', { authorization: basic('%6frders:unused') }, 'orders'],
    ['its id in Basic without a secret', { authorization: basic('orders:') }, 'orders'],
    ['its id in the form', { form: { client_id: 'orders' } }, 'orders'],
    ['its id in the form with a secret', { form: { client_id: 'orders', client_secret: 'x' } }, 'orders'],
    ['Basic before the form', { authorization: basic('orders:x'), form: { client_id: 'fraud' } }, 'orders'],
    ['the path before its id', { authorization: basic('orders:x'), inPath: 'fraud' }, 'fraud'],
    ['an id that is no profile', { authorization: basic('unused:unused') }, 'default'],
    ['an id in other letters', { authorization: basic('ORDERS:x') }, 'default'],
    [
      'an id that is no profile, and one that is',
      { authorization: basic('x:x'), form: { client_id: 'fraud' } },
      'fraud',
    ],
    ['a header that cannot be read', { authorization: 'Basic %%%' }, 'default'],
    ['a header of another kind', { authorization: 'Bearer orders' }, 'default'],
    ['a secret that is the name of a profile', { authorization: basic('x:orders') }, 'default'],
    ['names of JavaScript', { authorization: basic('__proto__:x'), form: { client_id: 'constructor' } }, 'default'],
    ['an id as it stands before an id decoded', { authorization: basic('a+b:x') }, 'a+b'],
  ])('gets the profile that it chooses by %s', (_case, request, expected) => {
    expect(chosen(names, request)).toBe(expected)
  })

  it('gets the only profile by its name, as it would beside others', () => {
    expect(chosen(['orders'], { authorization: basic('orders:x') })).toBe('orders')
    expect(chosen(['orders'], { form: { client_id: 'orders' } })).toBe('orders')
    expect(chosen(['orders'])).toBe('default')
    expect(chosen(['default'], { authorization: basic('default:x') })).toBe('default')
  })

  it('reads no delegation token, whatever it is called', () => {
    const gate = anonymousGate({ size: 1, has: () => true })
    const heard = ['spark', 'nope', '__proto__'].map((name) => {
      try {
        gate.requireDelegationToken(undefined, name)
      } catch (thrown) {
        return (thrown as TokenError).description
      }
      return 'was let in'
    })
    expect(new Set(heard)).toEqual(
      new Set([
        'delegation tokens are read by callers who prove who they are. Configure who may: callers.<client id>.delegationTokens. Or have the token written to a file or a Kubernetes Secret, by outlets. [ERR_CALLER_DELEGATION_TOKEN]',
      ]),
    )
  })

  it('may send whatever it has to', () => {
    expect(anonymousGate({ size: 1, has: () => true }).authMethods).toEqual([
      'none',
      'client_secret_basic',
      'client_secret_post',
    ])
  })
})
