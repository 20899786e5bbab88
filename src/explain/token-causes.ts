import type { JwtShape } from '../token/jwt-shape.ts'
import { fixOf } from './in-words.ts'
import { shown, type Suspicion } from './suspicion.ts'
import { formCauses } from './token-form-causes.ts'
import { timeCauses } from './token-time-causes.ts'
import { troubleById } from './troubles.ts'

/** What is known of the broker that refused a token; what is not known is left out. */
export interface RefusingBroker {
  /** `sasl.oauthbearer.expected.issuer`, where it is known. */
  readonly expectedIssuer?: string | undefined
  /** `sasl.oauthbearer.expected.audience`; empty where the broker expects none. */
  readonly expectedAudiences?: readonly string[] | undefined
  /** `kid`s of the JWK Set that the broker reads. */
  readonly keyIds?: readonly string[] | undefined
  /** It is Google's Managed Kafka, by its host name. */
  readonly isGoogle?: boolean | undefined
  /** By how much the clock of the broker is ahead of ours. */
  readonly clockAheadMs?: number | undefined
}

/** Why a broker may have answered `{"status":"invalid_token"}`. */
export interface TokenCause {
  /** A trouble of the table. */
  readonly id: string
  /** How sure it is, from what the token itself shows. */
  readonly likelihood: 'certain' | 'likely' | 'possible'
  /** What the token shows, as in `the token has aud kafka`. */
  readonly because: string
  readonly fixes: readonly { readonly say: string; readonly paste?: string }[]
  /** What the log of the broker then says, to look for. */
  readonly brokerSays: string
}

const ranks = { certain: 0, likely: 1, possible: 2 } as const

/** Why a broker may refuse this token, the likeliest first. */
export function tokenCauses(token: JwtShape, broker: RefusingBroker, nowMs: number): readonly TokenCause[] {
  const suspicions = [
    ...formCauses(token, broker),
    ...timeCauses(token, nowMs + (broker.clockAheadMs ?? 0)),
    ...issuerCauses(token, broker),
    ...audienceCauses(token, broker),
    ...alwaysPossible(broker),
  ]
  const unique = suspicions.filter(({ id }, index) => suspicions.findIndex((other) => other.id === id) === index)
  return unique.toSorted((a, b) => ranks[a.likelihood] - ranks[b.likelihood]).map(causeOf)
}

function issuerCauses({ claims }: JwtShape, { expectedIssuer, isGoogle }: RefusingBroker): readonly Suspicion[] {
  if (isGoogle) return []
  const issuer = shown(claims['iss'])
  const has = issuer === undefined ? 'has no iss' : `has iss ${issuer}`
  const found = { ...(issuer !== undefined && { issuer }), ...(expectedIssuer && { expected: expectedIssuer }) }
  if (expectedIssuer === undefined) {
    return [
      {
        id: 'broker-issuer',
        likelihood: 'possible',
        because: `the token ${has}; the broker may expect another`,
        found,
      },
    ]
  }
  if (claims['iss'] === expectedIssuer) return []
  return [
    {
      id: 'broker-issuer',
      likelihood: 'certain',
      because: `the token ${has}, the broker expects ${expectedIssuer}`,
      found,
    },
  ]
}

function audienceCauses({ claims }: JwtShape, { expectedAudiences, isGoogle }: RefusingBroker): readonly Suspicion[] {
  if (isGoogle) return []
  const audiences = [claims['aud']].flat().flatMap((one) => shown(one) ?? [])
  const audience = audiences.join(', ')
  const found = audience === '' ? {} : { audience }
  if (expectedAudiences === undefined) {
    if (audience === '') {
      return [
        {
          id: 'broker-no-audience',
          likelihood: 'possible',
          because: 'the token has no aud; the broker may expect one',
        },
      ]
    }
    return [
      {
        id: 'broker-audience',
        likelihood: 'possible',
        because: `the token has aud ${audience}; the broker may expect another`,
        found,
      },
      {
        id: 'broker-audience-unexpected',
        likelihood: 'possible',
        because: `the token has aud ${audience}; a broker without sasl.oauthbearer.expected.audience refuses that`,
        found,
      },
    ]
  }
  const expected = expectedAudiences.join(', ')
  if (audience === '') {
    if (expected === '') return []
    return [
      {
        id: 'broker-no-audience',
        likelihood: 'certain',
        because: `the token has no aud, the broker expects ${expected}`,
      },
    ]
  }
  if (expected === '') {
    const because = `the token has aud ${audience}, the broker expects none`
    return [{ id: 'broker-audience-unexpected', likelihood: 'certain', because, found }]
  }
  if (audiences.some((one) => expectedAudiences.includes(one))) return []
  const because = `the token has aud ${audience}, the broker expects ${expected}`
  return [{ id: 'broker-audience', likelihood: 'certain', because, found: { ...found, expected } }]
}

/** What no token shows. */
function alwaysPossible({ isGoogle, expectedIssuer, expectedAudiences, keyIds }: RefusingBroker): readonly Suspicion[] {
  if (isGoogle) return []
  const isValidating = expectedIssuer !== undefined || (expectedAudiences?.length ?? 0) > 0 || keyIds !== undefined
  return [
    {
      id: 'broker-signature',
      likelihood: 'possible',
      because: 'a signature cannot be judged without the keys of the broker',
    },
    ...(isValidating
      ? []
      : [
          {
            id: 'broker-unsecured',
            likelihood: 'possible' as const,
            because: 'a listener without sasl.server.callback.handler.class takes no signed token at all',
          },
        ]),
  ]
}

function causeOf({ id, likelihood, because, found = {} }: Suspicion): TokenCause {
  const trouble = troubleById(id)
  const said = trouble?.texts[0]?.text.replace(/<(\w+)>/g, (name, key: string) => found[key] ?? name)
  return {
    id,
    likelihood,
    because,
    fixes: (trouble?.fixes ?? []).map((fix) => fixOf(fix, found)),
    brokerSays: said ?? 'no reason: only that the authentication failed',
  }
}
