import { describe, expect, it } from 'vitest'
import { type RefusingBroker, tokenCauses } from '../../src/explain/token-causes.ts'
import { troubleById } from '../../src/explain/troubles.ts'

const now = 1_800_000_000
const good = { iss: 'https://issuer.example', aud: 'kafka', sub: 'alice', iat: now - 60, exp: now + 3600 }
const signed = { alg: 'RS256', typ: 'JWT', kid: 'k1' }
const strict: RefusingBroker = { expectedIssuer: good.iss, expectedAudiences: ['kafka'], keyIds: ['k1'] }

function causes(change: { readonly claims?: object; readonly header?: object } = {}, broker: RefusingBroker = strict) {
  const token = { header: { ...signed, ...change.header }, claims: { ...good, ...change.claims } }
  return tokenCauses(token, broker, now * 1000)
}

const first = (...args: Parameters<typeof causes>) => {
  const [cause] = causes(...args)
  return [cause?.id, cause?.likelihood]
}

describe('the reasons for invalid_token', () => {
  it.each<readonly [what: string, change: { claims?: object; header?: object }, id: string, likelihood: string]>([
    ['another issuer', { claims: { iss: 'https://issuer.example/' } }, 'broker-issuer', 'certain'],
    ['no issuer', { claims: { iss: undefined } }, 'broker-issuer', 'certain'],
    ['another audience', { claims: { aud: ['a', 'b'] } }, 'broker-audience', 'certain'],
    ['no audience', { claims: { aud: undefined } }, 'broker-no-audience', 'certain'],
    ['an end long ago', { claims: { exp: now - 3600 } }, 'broker-expired', 'certain'],
    ['an end within the skew', { claims: { exp: now - 10 } }, 'expired-credential-loop', 'likely'],
    ['an end in a moment', { claims: { exp: now + 10 } }, 'broker-expired', 'possible'],
    ['no end', { claims: { exp: undefined } }, 'broker-no-exp', 'certain'],
    ['an end that is a text', { claims: { exp: `${now}` } }, 'token-claim-type', 'certain'],
    ['a start in the future', { claims: { nbf: now + 300 } }, 'broker-nbf', 'certain'],
    ['an issue in the future', { claims: { iat: now + 300 } }, 'broker-nbf', 'possible'],
    ['no iat', { claims: { iat: undefined } }, 'broker-no-iat', 'certain'],
    ['no signature', { header: { alg: 'none', kid: undefined } }, 'broker-no-key', 'certain'],
    ['a shared secret', { header: { alg: 'HS256' } }, 'broker-no-key', 'likely'],
    ['an algorithm that nobody knows', { header: { alg: 'RS1' } }, 'broker-alg-unknown', 'certain'],
    ['a key that is not in the set', { header: { kid: 'k2' } }, 'broker-kid', 'certain'],
    ['the envelope of Google', { header: { alg: 'GOOG_OAUTH2_TOKEN' } }, 'google-token-at-broker', 'likely'],
    ['no principal', { claims: { sub: undefined } }, 'token-no-sub', 'likely'],
    ['half a megabyte of groups', { claims: { groups: 'x'.repeat(600_000) } }, 'broker-receive-size', 'certain'],
  ])('are told by %s', (_what, change, id, likelihood) => {
    expect(first(change)).toEqual([id, likelihood])
  })

  it('name an audience that the broker does not want', () => {
    expect(first({}, { ...strict, expectedAudiences: [] })).toEqual(['broker-audience-unexpected', 'certain'])
    expect(first({ claims: { aud: undefined } }, { ...strict, expectedAudiences: [] })).toEqual([
      'broker-signature',
      'possible',
    ])
  })

  it('are only possible where nothing is known of the broker', () => {
    const all = causes({}, {})
    expect(all.map(({ id }) => id)).toEqual([
      'broker-kid',
      'broker-issuer',
      'broker-audience',
      'broker-audience-unexpected',
      'broker-signature',
      'broker-unsecured',
    ])
    expect(new Set(all.map(({ likelihood }) => likelihood))).toEqual(new Set(['possible']))
  })

  it('come with the clock of the broker', () => {
    expect(first({ claims: { exp: now + 100 } }, { ...strict, clockAheadMs: 200_000 })).toEqual([
      'broker-expired',
      'certain',
    ])
    expect(first({ claims: { nbf: now } }, { ...strict, clockAheadMs: -200_000 })).toEqual(['broker-nbf', 'certain'])
  })

  it('tell that a Google token is in the log of a broker that is not of Google', () => {
    const [cause] = causes({ header: { alg: 'GOOG_OAUTH2_TOKEN', kid: undefined } }, { ...strict, isGoogle: false })
    expect(cause).toMatchObject({ id: 'google-token-at-broker', likelihood: 'certain' })
    expect(cause?.because).toContain('treat the access token as leaked')
    expect(cause?.brokerSays).toContain('GOOG_OAUTH2_TOKEN is an unknown')
  })

  it("are others at Google's Managed Kafka", () => {
    const google = { isGoogle: true }
    expect(first({}, google)).toEqual(['google-refuses', 'certain'])
    const envelope = { header: { alg: 'GOOG_OAUTH2_TOKEN', kid: undefined }, claims: { sub: 'p.svc.id.goog' } }
    const [cause] = causes(envelope, google)
    expect(cause).toMatchObject({ id: 'google-refuses', likelihood: 'likely' })
    expect(cause?.because).toContain('p.svc.id.goog')
  })

  it('put what is certain first, each once, and each is a trouble with remedies', () => {
    const all = causes(
      { claims: { iss: 'x', aud: 'y', exp: now - 99, iat: undefined }, header: { kid: undefined } },
      {},
    )
    const ranks = all.map(({ likelihood }) => ['certain', 'likely', 'possible'].indexOf(likelihood))
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const { id, fixes, brokerSays } of all) {
      expect(troubleById(id), id).toBeDefined()
      expect(fixes.length).toBeGreaterThan(0)
      expect(brokerSays).not.toBe('')
    }
  })

  it('fill in what the token has', () => {
    const [cause] = causes({}, { ...strict, expectedAudiences: [] })
    expect(cause?.fixes[0]?.paste).toBe('listener.name.<listener>.oauthbearer.sasl.oauthbearer.expected.audience=kafka')
    expect(cause?.brokerSays).toContain('Audience (aud) claim [kafka] present')
  })

  it('show no secret and no endless claim', () => {
    const token = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(100)}.${'b'.repeat(50)}`
    const all = causes({ claims: { iss: token, aud: 'z'.repeat(10_000) }, header: { kid: 'q'.repeat(9_000) } })
    expect(JSON.stringify(all)).not.toContain('aaaaaaaa')
    for (const { because } of all) expect(because.length).toBeLessThan(500)
  })
})
