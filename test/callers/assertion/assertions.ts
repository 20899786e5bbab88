import { assertionCheck, type AssertionCheck } from '../../../src/callers/assertion/assertion.ts'
import type { CallersConfig, IssuerConfig, IssuersConfig, Proof } from '../../../src/callers/caller.ts'
import { nodePlatform } from '../../../src/platform/platform.ts'
import type { SidecarEvent } from '../../../src/token/event.ts'
import { fakePlatform, type FakePlatform } from '../../fakes/platform.ts'
import { scriptedServer, type ScriptedServer } from '../../fakes/scripted-server.ts'
import { refusalOf } from '../../sources/outcome.ts'
import { jwt, publicJwk, rsa, type JwtOptions } from './jwt.ts'

/** An issuer over real HTTP, a check of two callers, and a clock moved by hand. */
export interface AssertionFixture {
  readonly issuer: string
  readonly server: ScriptedServer
  readonly platform: FakePlatform
  readonly events: SidecarEvent[]
  /** What the issuer publishes. */
  keys: object[]
  readonly check: AssertionCheck
  /** Claims of a good assertion. */
  claims(more?: object): Record<string, unknown>
  good(more?: object, options?: JwtOptions): string
  present(token: string, more?: Readonly<Record<string, string>>, from?: string): Proof | Promise<Proof>
  refusal(token: string, more?: Readonly<Record<string, string>>): ReturnType<typeof refusalOf>
  replace(callers?: CallersConfig, issuers?: IssuersConfig): void
  close(): Promise<void>
}

export interface FixtureOptions {
  readonly callers?: (issuer: string) => CallersConfig
  readonly issuer?: Partial<IssuerConfig>
  readonly env?: Readonly<Record<string, string>>
}

export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export function issuerConfig(more: Partial<IssuerConfig> = {}): IssuerConfig {
  return { verifyBy: 'jwks', allowPlaintext: false, jti: 'any', ...more }
}

export function twoCallers(issuer: string): CallersConfig {
  return {
    fraud: {
      profiles: ['fraud'],
      assertion: { issuer, audience: ['kafka-tokens'], subject: ['system:serviceaccount:fraud:app'] },
    },
    orders: {
      profiles: ['orders'],
      assertion: { issuer, audience: ['kafka-tokens', 'orders'], subject: ['system:serviceaccount:orders:*'] },
    },
    secretive: { profiles: ['orders'], secretHashes: ['scrypt$x'] },
  }
}

export async function assertionFixture({
  callers = twoCallers,
  issuer: config,
  env = {},
}: FixtureOptions = {}): Promise<AssertionFixture> {
  let keys: object[] = [publicJwk(rsa, { kid: 'one', alg: 'RS256', use: 'sig' })]
  const server = await scriptedServer(({ path }) => {
    if (path === '/.well-known/openid-configuration') {
      return { body: { issuer: server.origin, jwks_uri: `${server.origin}/jwks` } }
    }
    return path === '/jwks' ? { body: { keys } } : { status: 404 }
  })
  const issuer = server.origin
  const platform = fakePlatform({ env })
  const world = { ...platform, fetch: nodePlatform({}).fetch }
  const events: SidecarEvent[] = []
  const issuers: IssuersConfig = config ? { [issuer]: issuerConfig(config) } : {}
  const check = assertionCheck(callers(issuer), issuers, {
    platform: world,
    emit: (event) => void events.push(event),
  })
  let serial = 0

  const fixture: AssertionFixture = {
    issuer,
    server,
    platform,
    events,
    get keys() {
      return keys
    },
    set keys(next) {
      keys = next
    },
    check,
    claims(more = {}) {
      const now = Math.floor(platform.now() / 1000)
      return {
        iss: issuer,
        sub: 'system:serviceaccount:fraud:app',
        aud: ['kafka-tokens'],
        exp: now + 3600,
        iat: now,
        nbf: now,
        serial: ++serial,
        ...more,
      }
    },
    good: (more, options) => jwt(fixture.claims(more), options),
    present(token, more = {}, from = '10.0.0.1') {
      const form = { client_assertion_type: clientAssertionType, client_assertion: token, ...more }
      const proof = check.check({ headers: {}, remoteAddress: from }, new Map(Object.entries(form)))
      if (!proof) throw new Error('the request does not try it')
      return proof
    },
    refusal: (token, more) => refusalOf((async () => fixture.present(token, more))()),
    replace(next = callers(issuer), nextIssuers = issuers) {
      check.replace(next, nextIssuers)
    },
    async close() {
      check.close()
      await server.close()
    },
  }
  return fixture
}
