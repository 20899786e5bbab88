import { scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import type { CallersConfig, IssuerConfig, PeerCertificate } from '../../src/callers/caller.ts'
import type { CallersSettings } from '../../src/callers/index.ts'
import { places } from '../../src/callers/places.ts'
import { configuredGate, type ConfiguredGate } from '../../src/gate.ts'
import { delegationTokenRoute, type GivenDelegationToken } from '../../src/http/delegation-token-route.ts'
import { dispatch } from '../../src/http/route.ts'
import { tokenRoutes } from '../../src/http/token-route.ts'
import type { WireRequest, WireResponse } from '../../src/http/wire-message.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import { Secret } from '../../src/platform/secret.ts'
import { cached } from '../../src/token/cache.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { profiles } from '../../src/token/profiles.ts'
import { issuerConfig } from '../callers/assertion/assertions.ts'
import { jwt, publicJwk, rsa, type JwtOptions } from '../callers/assertion/jwt.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'
import { wire } from './wire.ts'

export const issuer = 'https://kubernetes.default.svc.cluster.local'
const folder = mkdtempSync(join(tmpdir(), 'kts-delegation-tokens-'))
const jwksFile = join(folder, 'jwks.json')
writeFileSync(jwksFile, JSON.stringify({ keys: [publicJwk(rsa, { kid: 'one', alg: 'RS256' })] }))

/** A real hash that costs next to nothing. */
export function hashOf(secret: string): string {
  const salt = Buffer.alloc(16)
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
  return `scrypt$ln=1,r=1,p=1$${text(salt)}$${text(scryptSync(secret, salt, 32, { N: 2, r: 1, p: 1 }))}`
}

/** A job known by its service account, one by its secret, one by its certificate; and one that may read none. */
export const callers: CallersConfig = {
  job: {
    delegationTokens: ['spark', 'late'],
    assertion: { issuer, audience: ['kafka-tokens'], subject: ['system:serviceaccount:jobs:spark'] },
  },
  nightly: { delegationTokens: ['spark'], secretHashes: [hashOf('s3cret')], requestsPerMinute: 600 },
  batch: { profiles: ['default'], delegationTokens: ['spark'], certificate: { sanDns: 'batch.example' } },
  orders: { profiles: ['default'], secretHashes: [hashOf('orders')] },
}

export const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
export const nightly = { authorization: basic('nightly:s3cret') }
export const batch = (): PeerCertificate => ({ subjectDn: '', sanDns: ['batch.example'], sanUris: [] })

export const hmac = 'kJ8sQ0/+'.repeat(11)

/** As the keeper gives it, for an hour. */
export function givenToken(name: string, changes: Partial<GivenDelegationToken['told']> = {}): GivenDelegationToken {
  const told = {
    name,
    tokenId: `id-of-${name}`,
    owner: 'User:spark',
    renewers: ['User:sidecar'],
    expiresAt: Date.UTC(2026, 0, 1, 1),
    maxLifetimeAt: Date.UTC(2026, 0, 8),
    ...changes,
  }
  const forms = {
    json: new Secret(JSON.stringify({ tokenId: told.tokenId, tokenHmac: hmac, owner: told.owner })),
    properties: new Secret(`# ${told.tokenId} of ${told.owner}\nsasl.jaas.config=… password="${hmac}";\n`),
    env: new Secret(`KAFKA_TOKEN_ID=${told.tokenId}\nKAFKA_TOKEN_HMAC=${hmac}\n`),
  }
  return { told, forms }
}

export interface EndpointOptions {
  readonly callers?: CallersConfig
  readonly issuer?: Partial<IssuerConfig>
  readonly admit?: () => void
  /** Requests that may wait. */
  readonly most?: number
}

const made: ConfiguredGate[] = []
afterEach(() => {
  for (const gate of made.splice(0)) gate.close()
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** The route behind a real gate, with a clock moved by hand. `spark` is there, `late` is not yet, `flink` is nobody's. */
export function endpoint({ callers: who = callers, issuer: more = {}, admit, most = 10_000 }: EndpointOptions = {}) {
  const platform = { ...fakePlatform(), fetch: nodePlatform({}).fetch }
  const events: SidecarEvent[] = []
  const emit = (event: SidecarEvent): void => void events.push(event)
  const settings = (changed: CallersConfig): CallersSettings => ({
    callers: changed,
    issuers: { [issuer]: issuerConfig(more.verifyBy === 'token-review' ? more : { jwksFile, ...more }) },
    limits: { callerRequestsPerMinute: 6_000 },
  })
  const known = profiles(['default'], () => cached(fakeSource(platform), { platform, emit }))
  const gate = configuredGate(settings(who), { platform, emit, profiles: known })
  made.push(gate)
  const tokens = new Map(['spark', 'flink'].map((name) => [name, givenToken(name)]))
  const common = { platform, gate, places: places(() => ({ total: most, each: most })), emit, admit }
  const answer = dispatch([
    ...tokenRoutes({ ...common, profiles: known }),
    delegationTokenRoute({ ...common, delegationTokens: { current: (name) => tokens.get(name) } }),
  ])

  async function send({ headers, ...changes }: Partial<WireRequest> = {}): Promise<WireResponse> {
    return answer(
      wire({
        method: 'GET',
        path: '/delegation-tokens/spark',
        headers: { 'content-type': undefined, 'user-agent': 'curl/8.5.0', ...headers },
        body: '',
        ...changes,
      }),
    )
  }

  /** Time passes until it is answered: hashing and signatures are for threads, failures are held back. */
  async function ask(changes: Partial<WireRequest> = {}): Promise<WireResponse> {
    let answered: WireResponse | undefined
    void send(changes).then((late) => (answered = late))
    for (let waited = 0; waited < 4_000; waited++) {
      await new Promise((done) => setImmediate(done))
      if (answered) return answered
      await platform.pass(10)
      await new Promise((done) => setTimeout(done, 1))
    }
    throw new Error('was never answered')
  }

  return {
    platform,
    events,
    answered: () => events.filter((event) => event.type === 'request-answered'),
    answer,
    send,
    ask,
    tokens,
    replace: (changed: CallersConfig) => {
      gate.replace(settings(changed))
    },
    /** A service account token; claims and signature as the test wants them. */
    jwt: (claims: object = {}, options?: JwtOptions): string => {
      const now = Math.floor(platform.now() / 1000)
      const sub = 'system:serviceaccount:jobs:spark'
      return jwt({ iss: issuer, sub, aud: ['kafka-tokens'], exp: now + 3600, iat: now, ...claims }, options)
    },
  }
}

export const bearer = (token: string): WireRequest['headers'] => ({ authorization: `Bearer ${token}` })
