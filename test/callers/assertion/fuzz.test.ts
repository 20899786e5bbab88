import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenError } from '../../../src/token/error.ts'
import { fuzz, fuzzTimeoutMs } from '../../fakes/fuzz.ts'
import { assertionFixture, type AssertionFixture } from './assertions.ts'
import { ed25519, jwt, p256, part, publicJwk, rsa } from './jwt.ts'

let of: AssertionFixture
let good: readonly string[]
beforeAll(async () => {
  of = await assertionFixture()
  of.keys = [publicJwk(rsa, { kid: 'one' }), publicJwk(p256, { kid: 'ec' }), publicJwk(ed25519, { kid: 'ed' })]
  good = [
    of.good(),
    of.good({ sub: 'system:serviceaccount:orders:x' }, { key: p256, alg: 'ES256', kid: 'ec' }),
    of.good({ aud: 'kafka-tokens' }, { key: ed25519, alg: 'EdDSA', kid: 'ed' }),
    of.good({ sub: 'system:serviceaccount:orders:y' }, { key: ed25519, alg: 'EdDSA', kid: 'ed' }),
  ]
  for (const token of good) await of.present(token)
})
afterAll(() => of.close())

const codes = ['ERR_CALLER_ASSERTION', 'ERR_CALLER_KEYS', 'ERR_REQUEST_OVERLOAD']

/** The caller, or undefined where it is refused as everything should be that is refused. */
async function outcome(token: string): Promise<string | undefined> {
  try {
    return (await of.present(token)).caller
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    expect(codes).toContain(error.code)
    expect(error.description).toMatch(/^[\x20-\x7e]{1,1100}$/)
    for (const piece of token.split('.')) if (piece.length >= 60) expect(error.description).not.toContain(piece)
    return undefined
  }
}

const index = fc.nat({ max: 10_000 })
const which = fc.nat({ max: 3 })
const json = fc.jsonValue({ maxDepth: 2 })
const headers = fc.record(
  {
    alg: fc.oneof(fc.constantFrom('RS256', 'ES256', 'EdDSA', 'none', 'HS256', 'PS256'), json),
    kid: fc.oneof(fc.constantFrom('one', 'ec', 'ed'), json),
    crit: json,
    jwk: json,
    typ: json,
  },
  { requiredKeys: [] },
)

/** A good token in which something is different. */
const mutated = fc.oneof(
  fc.tuple(which, index, fc.nat({ max: 7 })).map(([w, at, bit]) => {
    const bytes = Buffer.from(good[w] ?? '')
    const place = at % bytes.length
    bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
    return bytes.toString('latin1')
  }),
  fc.tuple(which, which, which).map((from) => from.map((w, n) => good[w]?.split('.')[n]).join('.')),
  fc.tuple(which, headers).map(([w, header]) => [part(header), ...(good[w] ?? '').split('.').slice(1)].join('.')),
  fc.tuple(which, json).map(([w, claims]) => {
    const [header, , signature] = (good[w] ?? '').split('.')
    return [header, part(JSON.stringify(claims)), signature].join('.')
  }),
  fc.tuple(which, index, fc.string({ maxLength: 5 })).map(([w, at, more]) => {
    const token = good[w] ?? ''
    const place = at % token.length
    return token.slice(0, place) + more + token.slice(place)
  }),
  fc.tuple(which, index).map(([w, at]) => (good[w] ?? '').slice(0, at % (good[w]?.length ?? 1))),
  fc
    .tuple(headers, json, fc.uint8Array({ maxLength: 80 }))
    .map(
      ([header, claims, signature]) =>
        `${part(header)}.${part(JSON.stringify(claims))}.${Buffer.from(signature).toString('base64url')}`,
    ),
  fc.string({ unit: 'binary', maxLength: 300 }),
)

const near = fc.integer({ min: -100, max: 100 })
/** Claims of which some are as they should be. */
const signedClaims = fc.record(
  {
    iss: fc.oneof({ weight: 5, arbitrary: fc.constant('ISSUER') }, json),
    sub: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          'system:serviceaccount:fraud:app',
          'system:serviceaccount:orders:x',
          'system:serviceaccount:orders:x:y',
        ),
      },
      json,
    ),
    aud: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('kafka-tokens', 'orders', 'else') },
      fc.array(fc.constantFrom('kafka-tokens', 'orders', 'else')),
      json,
    ),
    exp: fc.oneof({ weight: 5, arbitrary: near }, json),
    nbf: fc.option(fc.oneof(near, json), { nil: undefined }),
    iat: fc.option(fc.oneof(near, json), { nil: undefined }),
    jti: fc.option(fc.oneof(fc.string(), json), { nil: undefined }),
  },
  { requiredKeys: ['iss'] },
)

describe('whatever somebody makes of a good assertion', () => {
  it(
    'is refused with a TokenError that quotes no token',
    async () => {
      const property = fc.asyncProperty(mutated, async (token) => {
        if (!good.includes(token)) expect(await outcome(token)).toBeUndefined()
      })
      await fuzz(property)
      for (const token of good) expect(await outcome(token)).toBeDefined()
    },
    fuzzTimeoutMs,
  )
})

describe('whatever an issuer signs', () => {
  it(
    'is accepted if and only if it says what it has to',
    async () => {
      const now = of.platform.now() / 1000
      const property = fc.asyncProperty(signedClaims, async (random) => {
        const claims: Record<string, unknown> = { ...random, ...(random.iss === 'ISSUER' && { iss: of.issuer }) }
        for (const name of ['exp', 'nbf', 'iat'])
          if (typeof claims[name] === 'number') claims[name] = now + claims[name]
        // As it is read: JSON has no -0, and no undefined.
        const read = JSON.parse(JSON.stringify(claims)) as Record<string, unknown>
        expect(await outcome(jwt(claims, { key: ed25519, alg: 'EdDSA', kid: 'ed' }))).toBe(expectedOf(read, now))
      })
      await fuzz(property)
    },
    fuzzTimeoutMs,
  )
})

/** The same rules, said in another way. */
function expectedOf({ iss, sub, aud, exp, nbf, iat, jti }: Record<string, unknown>, now: number): string | undefined {
  const begins = (time: unknown): boolean => time === undefined || (typeof time === 'number' && time <= now + 30)
  if (iss !== of.issuer || !begins(nbf) || !begins(iat) || typeof exp !== 'number' || exp <= now - 30) return undefined
  if (jti !== undefined && typeof jti !== 'string') return undefined
  const list: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!list.every((one) => typeof one === 'string')) return undefined
  if (sub === 'system:serviceaccount:fraud:app') return list.includes('kafka-tokens') ? 'fraud' : undefined
  const isOrders = typeof sub === 'string' && /^system:serviceaccount:orders:[^:/]*$/.test(sub)
  return isOrders && (list.includes('kafka-tokens') || list.includes('orders')) ? 'orders' : undefined
}
