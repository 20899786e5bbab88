import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { parseConfig } from '../../src/config/load.ts'
import { isSame } from '../../src/config/same.ts'
import { isRecord, type Config } from '../../src/config/schema.ts'
import { isLoopback } from '../../src/platform/loopback.ts'
import { composeSidecar } from '../../src/sidecar.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'
import { load } from './loading.ts'

const hash = `scrypt$ln=14,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

const whole = `listen:
  host: 0.0.0.0
  port: 14293
  tls: { certFile: tls.crt, keyFile: tls.key, clientCaFile: ca.crt }
  allowedHosts: [tokens.kafka.svc]
  drainDelay: 5s
profiles:
  default: { source: gcp }
  orders: &orders
    source: client-credentials
    issuer: https://idp.example
    clientId: orders
    clientAuth: none
    allow: { scopes: [kafka, kafka.read], audiences: [kafka], others: refuse }
  exchange: { source: token-exchange, issuer: https://idp.example, subjectToken: { profile: orders } }
  fraud: { source: self-issued, subject: fraud, lifetime: 1h, claims: { roles: [a, b], deep: { a: 1 } } }
  same: *orders
callers:
  orders-app: { secretHashes: ["${hash}"], profiles: [orders, fraud], requestsPerMinute: 60 }
  fraud-app:
    assertion: { issuer: https://k8s.example, audience: [kafka], subject: "system:serviceaccount:fraud:*" }
    profiles: [fraud]
  batch: { certificate: { subjectDn: "CN=batch,O=Example" }, profiles: [default] }
  job: { secretHashes: ["${hash}"], delegationTokens: [spark] }
issuers:
  https://k8s.example: { verifyBy: jwks, jwksFile: jwks.json, jti: once }
limits: { requestsPerMinute: 1000, upstreamCalls: 10 }
audit: { to: stderr }
delegationTokens:
  spark: { bootstrapServers: "k-1:9093,k-2:9093", login: { profile: orders }, owner: "User:spark", overlap: 10m }
outlets: [{ from: { profile: fraud }, to: { file: token, mode: "0640" } }]
`

/** What YAML, JavaScript and we have special ideas of. */
const bits = [
  ...['\n', '\n  ', ' ', ':', ': ', '- ', '{', '}', '[', ']', ',', '&a ', '*orders', '*a', '!!str ', '!!binary ', '? '],
  ...['|', '>', '"', "'", '#', '---\n', '...\n', '%YAML 1.2\n', '<<: ', '\t', '\u0000', '\ufeff', '\u2028', 'ä'],
  ...['null', '~', 'true', '.nan', '.inf', '-0', '0x10', '1e999', '9007199254740993', '2026-01-01', '0o17', '""'],
  ...['__proto__: ', '__proto__', 'constructor', 'toString', 'profiles:', 'callers:', 'default: ', 'source: ', 'a'],
]

interface Edit {
  readonly at: number
  readonly length: number
  readonly put: string
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.nat(6), fc.nat(200)),
  put: fc.oneof(fc.constant(''), fc.constantFrom(...bits), fc.string({ unit: 'binary', maxLength: 5 })),
})

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, length, put }) => {
    const from = Math.floor(at * before.length)
    return before.slice(0, from) + put + before.slice(from + length)
  }, text)
}

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value)
  return [path, ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]))]
}

function withValue(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...(value as unknown[])] as never)
    : { ...(value as object) }
  copy[key] = withValue(copy[key], rest, put)
  return copy
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '', 'orders', '*', '__proto__', -1, 0, 1e21, true, [], {}, [[]], [{}]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.object({ maxDepth: 2, withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
)

/** What holds for every configuration that is taken. */
function expectSound(config: Config, input?: unknown): void {
  const { listen, callers, profiles, delegationTokens } = config
  if (!isLoopback(listen.host)) {
    expect(Object.keys(callers).length > 0 || listen.allowAnonymousNetwork).toBe(true)
    expect(listen.tls !== undefined || listen.allowPlaintextNetwork).toBe(true)
  }
  for (const { secretHashes, assertion, certificate, ...may } of Object.values(callers)) {
    expect((may.profiles ?? may.delegationTokens ?? []).length).toBeGreaterThan(0)
    for (const name of may.profiles ?? []) expect(Object.hasOwn(profiles, name)).toBe(true)
    for (const name of may.delegationTokens ?? []) expect(Object.hasOwn(delegationTokens, name)).toBe(true)
    expect(secretHashes ?? assertion ?? certificate).toBeDefined()
  }
  expect(Object.isFrozen(config) && Object.isFrozen(profiles)).toBe(true)
  // Nothing is lost in silence.
  for (const section of ['profiles', 'callers', 'issuers', 'delegationTokens'] as const) {
    const written: unknown = isRecord(input) ? input[section] : undefined
    if (isRecord(written)) expect(Object.keys(config[section])).toEqual(Object.keys(written))
  }
}

/** The configuration, or undefined where it is refused in our words. */
async function taken(read: () => Config | Promise<Config>): Promise<Config | undefined> {
  try {
    return await read()
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    expect(thrown.faults.length).toBeGreaterThan(0)
    expect(thrown.message).not.toBe('')
    return undefined
  }
}

describe('a configuration', () => {
  it('is taken as it is written here', async () => {
    expectSound(await load({ file: whole }))
  })

  it(
    'is taken or refused in words, however its file was damaged',
    () =>
      fuzz(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
          const config = await taken(() => load({ file: edited(whole, edits) }))
          if (config) expectSound(config)
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'is taken or refused in words, whatever stands in one of its places',
    async () => {
      const good = JSON.parse(JSON.stringify(await writtenObject())) as object
      const places = pathsOf(good)
      await fuzz(
        fc.asyncProperty(fc.constantFrom(...places), anything, async (path, put) => {
          const input = withValue(good, path, put)
          const config = await taken(() => parseConfig(input))
          if (!config) return
          expectSound(config, input)
          expect(isSame(config, parseConfig(input))).toBe(true)
        }),
      )
    },
    fuzzTimeoutMs,
  )

  it(
    'that is taken makes a sidecar, and no timer',
    async () => {
      const good = JSON.parse(JSON.stringify(await writtenObject())) as object
      const places = pathsOf(good)
      await fuzz(
        fc.asyncProperty(fc.constantFrom(...places), anything, async (path, put) => {
          const config = await taken(() => parseConfig(withValue(good, path, put)))
          if (!config) return
          const platform = fakePlatform()
          const sidecar = composeSidecar(config, { platform })
          sidecar.replace(config)
          expect(platform.pendingTimers).toBe(0)
          await sidecar.stop()
        }),
      )
    },
    fuzzTimeoutMs,
  )

  it(
    'does not repeat what may be a secret, in whatever form it stands there',
    () => {
      const { value } = fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
          { maxDepth: 3 },
          fc.constantFrom('hunter2', 'hunter2 x', ' hunter2', 'hunter2\n', 'scrypt$ln=14,r=8,p=1$hunter2$hunter2'),
          fc.array(tie('value'), { maxLength: 3 }),
          fc.dictionary(fc.constantFrom('a', 'secret', 'hash', 'file'), tie('value'), { maxKeys: 2 }),
        ),
      }))
      const key = fc.constantFrom('secret', 'secretHashes', 'password', 'clientSecret', 'secretHash', 'token')
      return fuzz(
        fc.property(key, value, (name, put) => {
          try {
            const callers = { app: { [name]: put, profiles: ['default'] } }
            parseConfig({ callers })
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(ConfigError)
            expect((thrown as ConfigError).message).not.toContain('hunter2')
            expect(JSON.stringify((thrown as ConfigError).faults)).not.toContain('hunter2')
          }
        }),
      )
    },
    fuzzTimeoutMs,
  )
})

/** The file above as a program would hand it over. */
async function writtenObject(): Promise<unknown> {
  const { load: parse } = await import('js-yaml')
  return parse(whole)
}
