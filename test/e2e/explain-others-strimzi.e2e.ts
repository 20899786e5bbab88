import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { type Attempted, attempted, expectFirst, unprinted } from './attempts.ts'
import { attemptsIssuer, issuerName } from './attempts-issuer.ts'
import { goodLogin, keys, listeners, logins, type Options, settings, tokens } from './attempts-strimzi.ts'
import { type Broker, startBroker, type Validation } from './broker.ts'
import { startChild } from './child-process.ts'
import { failingEndpoint } from './failing-endpoint.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'

const { tools, folder, jwks, sidecar } = inject('e2e')
let issuer: Awaited<ReturnType<typeof attemptsIssuer>>
let failing: Awaited<ReturnType<typeof failingEndpoint>>
let broker: Broker
let answered: ReadonlyMap<string, Attempted>
let loggedIn: ReadonlyMap<string, Attempted>
let validated: ReadonlyMap<string, string>
let loginLog: string

beforeAll(async () => {
  issuer = await attemptsIssuer()
  failing = await failingEndpoint(`${sidecar}/token`)
  const [started, logs, validations] = await Promise.all([startListeners(), tryLogins(), tryValidators()])
  broker = started
  loggedIn = logs
  validated = validations
  answered = await tryTokens()
})

afterAll(async () => {
  await broker.stop()
  await issuer[Symbol.asyncDispose]()
  await failing[Symbol.asyncDispose]()
})

/** Empty options are left out. */
const filled = (options: Options, origin: string) =>
  Object.entries(options)
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        [name, value.replace(/^https$/, origin.replace('http', 'https')).replace(/^\//, `${origin}/`)] as const,
    )

const validatorOptions = (options: Options) =>
  filled({ 'oauth.jwks.endpoint.uri': keys, 'oauth.valid.issuer.uri': issuerName, ...options }, issuer.origin)

const jaas = (options: readonly (readonly [string, string])[]) =>
  `${oauthbearer}.OAuthBearerLoginModule required${options.map(([name, value]) => ` ${name}="${value}"`).join('')};`

async function startListeners() {
  const validation = (name: string, options: Options): Validation => {
    const prefix = `listener.name.${name.toLowerCase()}.oauthbearer`
    // The login module wants the first; nobody logs in with it.
    const login = jaas([['unsecuredLoginStringClaim_sub', 'unused'], ...validatorOptions(options)])
    const handler = 'io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler'
    const lines = `${prefix}.sasl.jaas.config=${login}\n${prefix}.sasl.server.callback.handler.class=${handler}`
    return { lines, jwksUrl: `${issuer.origin}${keys}` }
  }
  const all = Object.entries(listeners).map(
    ([name, options]) => [name, { validation: validation(name, options) }] as const,
  )
  return startBroker({
    classpath: tools.broker,
    folder: join(folder, 'broker-of-attempts-strimzi'),
    superUsers: ['alice'],
    listeners: Object.fromEntries(all),
    // As the explanation of a runtime failure says.
    debug: ['io.strimzi.kafka.oauth'],
  })
}

/** kafka-go, as it looks at no token and prints what brokers say. */
async function tryTokens() {
  // The third time, so that the validator has taken in what it read the second time.
  while (issuer.rotations() < 3) await sleep(100)
  const attempt = (listener: keyof typeof listeners, token: string) => ({
    Name: `${listener} ${token}`,
    Library: 'kafka-go',
    Bootstrap: broker.bootstrap[listener] ?? '',
    Topic: 'strimzi-attempts',
    Mechanism: 'OAUTHBEARER',
    Endpoint: `${issuer.origin}/token/${token}`,
    Seconds: 40,
  })
  const cases = tokens.flatMap(([, listener, token, mended, good]) => [attempt(listener, token), attempt(mended, good)])
  return attempted({ name: 'strimzi-tokens', command: tools.attempts.goAttempts, args: [], cases })
}

async function tryLogins() {
  const file = (name: string, options: Options) => {
    const path = join(folder, `strimzi-login-${name}.properties`)
    const properties = {
      'bootstrap.servers': jwks,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.login.callback.handler.class': 'io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler',
      'sasl.jaas.config': jaas(filled(options, failing.origin)),
      'attempt.topic': 'strimzi-logins',
    }
    writeFileSync(
      path,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    return path
  }
  const files = [...logins.map(([, name, options]) => file(name, options)), file('good', goodLogin)]
  const args = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', tools.attempts.strimziClient, 'Attempts', '', ...files]
  const found = await attempted({
    name: 'strimzi-logins',
    command: 'java',
    args,
    of: (name) => (line) => line.includes(`[${name}`),
  })
  loginLog = readFileSync(join(folder, 'attempts-strimzi-logins.stderr'), 'utf8')
  return found
}

async function tryValidators() {
  const file = (name: string, options: Options) => {
    const path = join(folder, `strimzi-validator-${name}.properties`)
    writeFileSync(
      path,
      validatorOptions(options)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    return path
  }
  const files = settings.flatMap(([, name, options, mended]) => [file(name, options), file(`${name}-mended`, mended)])
  const args = [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    tools.attempts.strimziValidator,
    'StrimziValidator',
    ...files,
  ]
  await using child = startChild({ command: 'java', args, log: join(folder, 'strimzi-validator') })
  await child.exited(60_000)
  const parts = child.stdout().split(/^== strimzi-validator-/m)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]))
}

describe('the validator of Strimzi tells clients why it refuses a token, and the fix helps:', () => {
  it.each(tokens)('%s at %s with a token that is %s', (is, listener, token, mended, good) => {
    const broken = answered.get(`${listener} ${token}`)
    expect(broken?.works).toBe(false)
    expectFirst(broken?.text ?? '', is)
    const fixed = answered.get(`${mended} ${good}`)
    expect(fixed?.works, fixed?.text).toBe(true)
  })

  it('and its log what it tells no client', () => {
    const found = explain(readFileSync(broker.log.file, 'utf8')).map(({ id }) => id)
    expect(found).toEqual(
      expect.arrayContaining([
        'strimzi-principal',
        'strimzi-introspection-fails',
        'strimzi-keys-unreadable',
        'strimzi-unknown-key',
      ]),
    )
  })
})

describe('the validator of Strimzi says what it cannot start with, and the fix helps:', () => {
  it.each(settings)('%s: %s', (is, name) => {
    const broken = validated.get(name) ?? ''
    expect(broken).not.toMatch(/^works$/m)
    expect(explain(broken).map(({ id }) => id)).toContain(is)
    expect(validated.get(`${name}-mended`)).toMatch(/^works$/m)
  })
})

describe('the login handler of Strimzi says what is wrong:', () => {
  it.each(logins)('%s: %s', (is, name) => {
    const { works, text } = loggedIn.get(`strimzi-login-${name}`) ?? { works: true, text: '' }
    expect(works).toBe(false)
    // It gives the reason to its log alone.
    if (is === 'strimzi-client-endpoint-away') expect(explain(loginLog).map(({ id }) => id)).toContain(is)
    else expectFirst(text, is)
  })

  it('and goes with the settings that are right', () => {
    const { works, text } = loggedIn.get('strimzi-login-good') ?? { works: false, text: '' }
    expect(works, text).toBe(true)
  })
})

it('each text of the table was printed', () => {
  const told = [...answered.values(), ...loggedIn.values()].map(({ text }) => text)
  const logs = [loginLog, readFileSync(broker.log.file, 'utf8'), ...validated.values()]
  expect(unprinted('explain-others-strimzi.e2e.ts', [...told, ...logs].join('\n'))).toEqual([])
})
