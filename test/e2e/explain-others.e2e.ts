import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import {
  type Attempted,
  attempted,
  attemptTopic,
  brokenAndMended,
  type Case,
  expectExplained,
  expectFirst,
  unprinted,
} from './attempts.ts'
import { goCases } from './attempts-go.ts'
import { librdkafkaCases } from './attempts-librdkafka.ts'
import { pythonCases } from './attempts-python.ts'
import { type AttemptWorld, attemptWorld } from './attempts-world.ts'
import { startChild } from './child-process.ts'
import { librdkafka } from './client.ts'

// The cases need addresses, and tests have to be there before those are.
const nowhere: AttemptWorld = {
  oauth: '',
  tls: '',
  scram: '',
  nobody: '',
  caFile: '',
  good: '',
  failing: '',
  failingByTls: '',
  failingCaFile: '',
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

const { tools } = inject('e2e')
const python = (name: string) => join(import.meta.dirname, 'python', name)
const results = new Map<string, Attempted>()
const printedElsewhere: string[] = []
let world: AttemptWorld

beforeAll(async () => {
  world = await attemptWorld()
  const { purePython, kafkaPython2, goAttempts } = tools.attempts
  const asked = await Promise.all([
    attempted({
      name: 'librdkafka',
      command: tools.python,
      args: [python('attempts.py')],
      cases: brokenAndMended(librdkafkaCases(world), 24, (attempt, settings) => ({ ...attempt, ...settings })),
      of: (name) => (line) => line.includes(`|${name}#`),
    }),
    attempted({
      name: 'librdkafka-2.3',
      command: tools.python,
      args: [python('attempts.py')],
      env: { PYTHONPATH: tools.attempts.confluentKafka23 },
      cases: formerly(),
      of: (name) => (line) => line.includes(`|${name}#`),
    }),
    // The environment is that of all clients of a process.
    attempted({
      name: 'proxy',
      command: tools.python,
      args: [python('attempts.py')],
      env: { http_proxy: `http://${world.nobody}` },
      cases: [proxied('proxy')],
      of: () => () => true,
    }),
    attempted({
      name: 'no-proxy',
      command: tools.python,
      args: [python('attempts.py')],
      env: { http_proxy: `http://${world.nobody}`, no_proxy: 'localhost,127.0.0.1,::1' },
      cases: [proxied('proxy-mended')],
    }),
    attempted({
      name: 'go',
      command: goAttempts,
      args: [],
      cases: brokenAndMended(goCases(world), 12, ({ name, topic, seconds }, settings) => ({
        Name: name,
        Topic: topic,
        Seconds: seconds,
        ...settings,
      })),
    }),
    attempted({
      name: 'python',
      command: purePython,
      args: [python('pure_attempts.py')],
      cases: pure(['kafka-python', 'aiokafka']),
    }),
    attempted({
      name: 'python-2',
      command: purePython,
      args: [python('pure_attempts.py')],
      env: { PYTHONPATH: kafkaPython2 },
      cases: pure(['kafka-python-2']),
    }),
  ])
  for (const some of asked) for (const [name, result] of some) results.set(name, result)
})

afterAll(() => world[Symbol.asyncDispose]())

const proxied = (name: string) => {
  const settings = librdkafka({ bootstrap: world.oauth, tokenEndpoint: world.good })
  return { name, topic: attemptTopic, seconds: name.endsWith('mended') ? 60 : 5, settings }
}

/** Versions of two years ago, whose words for these differ. */
const formerly = () =>
  librdkafkaCases(world)
    .filter(({ name }) => ['endpoint-nobody', 'endpoint-no-ca-file', 'plaintext-at-tls'].includes(name))
    .map(({ name, broken }) => ({ name: `former-${name}`, topic: attemptTopic, seconds: 6, ...broken }))

const pure = (libraries: readonly string[]) => {
  const cases = pythonCases(world).filter(({ name }) => libraries.some((library) => name.startsWith(`${library} `)))
  return brokenAndMended(cases, 10, (attempt, settings) => ({ ...attempt, ...settings }))
}

describe.each([
  ['librdkafka by confluent-kafka', librdkafkaCases(nowhere)],
  ['Go', goCases(nowhere)],
  ['Python', pythonCases(nowhere)],
] satisfies [string, readonly Case[]][])('%s says what is wrong, and the fix helps:', (_, cases) => {
  it.each(cases)('$name: $is', (one) => {
    expectExplained(results, one)
  })
})

describe('librdkafka', () => {
  it('asks a proxy for localhost, and no_proxy helps', () => {
    expectExplained(results, { name: 'proxy', is: 'librdkafka-proxy' })
  })

  it.each([
    ['endpoint-nobody', 'librdkafka-endpoint-refused'],
    ['endpoint-no-ca-file', 'librdkafka-endpoint-no-ca-file'],
    ['plaintext-at-tls', 'librdkafka-plaintext-at-tls'],
  ])('2.3 had other words for %s', (name, is) => {
    const { works, text } = results.get(`former-${name}`) ?? { works: true, text: '' }
    expect(works).toBe(false)
    expectFirst(text, is)
  })

  it('and libcurl for a CA that it does not know', async () => {
    const log = join(inject('e2e').folder, 'attempts-curl')
    await using child = startChild({ command: 'curl', args: ['--noproxy', '*', `${world.failingByTls}/mended`], log })
    await child.exited(30_000)
    printedElsewhere.push(child.output())
    expectFirst(child.output(), 'librdkafka-endpoint-unknown-ca')
  })
})

/** Only Debian's packages have a librdkafka without OIDC, and so old; elsewhere these texts are not produced. */
function describeKcat({ command, env }: NonNullable<typeof tools.attempts.kcat>) {
  const list = async (name: string, bootstrap: string, settings: Readonly<Record<string, string>>) => {
    const args = [
      '-L',
      '-m',
      '3',
      '-b',
      bootstrap,
      ...Object.entries(settings).flatMap(([key, value]) => ['-X', `${key}=${value}`]),
    ]
    const log = join(inject('e2e').folder, `kcat-${name}`)
    await using child = startChild({ command, args, env: { ...env, HOME: '/nonexistent' }, log })
    await child.exited(30_000)
    printedElsewhere.push(child.output())
    return { text: child.output() }
  }
  const plain = { 'sasl.mechanisms': 'PLAIN', 'sasl.username': 'alice', 'sasl.password': 'wrong' }
  const unsecured = { 'sasl.mechanisms': 'OAUTHBEARER', 'enable.sasl.oauthbearer.unsecure.jwt': 'true' }

  it.concurrent('has no OIDC', async () => {
    const { text } = await list('oidc', world.oauth, { 'sasl.oauthbearer.method': 'oidc' })
    expectFirst(text, 'librdkafka-without-oidc')
    const own = await list('own', world.oauth, { 'sasl.oauthbearer.assertion.file': '/nonexistent' })
    expectFirst(own.text, 'librdkafka-unknown-property')
  })

  it.concurrent('does not log in, without a word about the login', async () => {
    const { text } = await list('no-login', world.oauth, {})
    expectFirst(text, 'librdkafka-no-login')
  })

  it.concurrent('speaks to a listener with TLS', async () => {
    const { text } = await list('plaintext-at-tls', world.tls, { 'security.protocol': 'SASL_PLAINTEXT', ...plain })
    expectFirst(text, 'librdkafka-plaintext-at-tls')
  })

  it.concurrent('speaks TLS to a listener without', async () => {
    const { text } = await list('tls-at-plaintext', world.oauth, { 'security.protocol': 'SASL_SSL', ...plain })
    expectFirst(text, 'librdkafka-tls-at-plaintext')
  })

  it.concurrent('has no mechanism', async () => {
    const { text } = await list('no-mechanism', world.oauth, { 'security.protocol': 'SASL_PLAINTEXT' })
    expectFirst(text, 'librdkafka-no-mechanism')
  })

  it.concurrent('waits for a token that nobody gets', async () => {
    const settings = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanisms': 'OAUTHBEARER' }
    const { text } = await list('silent', world.oauth, settings)
    expectFirst(text, 'librdkafka-silent')
  })

  it.concurrent('makes up tokens', async () => {
    const settings = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.oauthbearer.config': 'principal=alice',
      ...unsecured,
    }
    const { text } = await list('unsecured', world.oauth, settings)
    expectFirst(text, 'invalid-token')
    expect(explain(text).map(({ id }) => id)).not.toContain('librdkafka-no-token')
  })
}

const { kcat } = tools.attempts
if (kcat) {
  describe('kcat of Debian', () => {
    describeKcat(kcat)
  })

  it('each text of the table was printed', () => {
    const logs = ['librdkafka', 'librdkafka-2.3', 'go', 'python', 'python-2'].map((name) =>
      readFileSync(join(inject('e2e').folder, `attempts-${name}.stderr`), 'utf8'),
    )
    const printed = [...results.values()].map(({ text }) => text).concat(logs, printedElsewhere)
    expect(unprinted('explain-others.e2e.ts', printed.join('\n'))).toEqual([])
  })
}
