import { generateKeyPairSync } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { lint } from '../../src/lint/lint.ts'
import { rules } from '../../src/lint/rules.ts'
import { decoded } from '../../src/lint/text.ts'
import { audience, explainEndpoint, issuer } from './explain-endpoint.ts'
import { clusterTls } from './kafka-cluster-tls.ts'
import { failedStart, lintBroker, listenerLines, serverLines, type LintBroker } from './lint-broker.ts'
import {
  allowedUrls,
  goodProperties,
  javaSettingsCases,
  settingsOf,
  type JavaSettingsCase,
  type Target,
} from './lint-cases.ts'
import { brokerStarts, librdkafkaCases } from './lint-other-cases.ts'
import { found, mended, tried, type Settings, type SettingsCase } from './lint-world.ts'

const nameOf = ({ rule, version, name }: JavaSettingsCase): string => [rule, version, name].filter(Boolean).join('-')
const major = (version: '4.3' | '3.9'): '4' | '3' => (version === '4.3' ? '4' : '3')
const shared = inject('e2e')
const folder = join(shared.folder, 'lint')
let endpoint: Awaited<ReturnType<typeof explainEndpoint>>
let target: Target
let lintable: LintBroker

beforeAll(async () => {
  await mkdir(join(folder, 'keys'), { recursive: true })
  endpoint = await explainEndpoint()
  endpoint.answers('forged', { token: { signedBy: 'another key', claims: { sub: 'alice' } } })
  endpoint.answers('never', 'hangs')
  const tls = clusterTls(join(folder, 'tls'))
  lintable = await lintBroker(shared, join(folder, 'broker'), `${endpoint.origin}/jwks`)
  target = {
    bootstrap: lintable.broker.bootstrap['GOOD'] ?? '',
    endpoint: `${endpoint.origin}/token`,
    secureEndpoint: `${await endpoint.secureOrigin(tls.serverFile)}/token`,
    caFile: tls.caFile,
    keys: await keyFiles(join(folder, 'keys')),
    template: join(folder, 'keys', 'template.json'),
  }
  await writeFile(target.template, JSON.stringify({ payload: { iss: 'client' } }))
})
afterAll(async () => {
  await lintable.broker.stop()
  await endpoint[Symbol.asyncDispose]()
})

/** Each rule is broken at a real client, which prints what the linter said, and works with the lines that it has pasted. */
describe('lint, with Java clients', () => {
  let wrong: ReadonlyMap<string, string>
  let right: ReadonlyMap<string, string>
  beforeAll(async () => {
    const all = javaSettingsCases
    wrong = await tried(
      shared,
      join(folder, 'wrong'),
      all.map((one) => caseOf(one, wrongSettings(one))),
    )
    const mendedCases = await Promise.all(all.map(async (one) => caseOf(one, await rightSettings(one))))
    right = await tried(shared, join(folder, 'right'), mendedCases)
  })

  it.each(javaSettingsCases.map((one) => [nameOf(one), one] as const))('%s', async (name, one) => {
    const finding = await found(wrongSettings(one), major(one.version), one.rule)
    expect(finding, 'the linter finds it').toBeDefined()
    expect(wrong.get(name), 'the client fails').not.toMatch(/^OK/)
    expectPrinted(wrong.get(name) ?? '', one.printed ?? finding?.printed ?? 'nothing is said of it')
    expect(right.get(name), 'the client works with the remedy').toMatch(/^OK/)
    expect(await found(await rightSettings(one), major(one.version), one.rule)).toBeUndefined()
  })
})

describe('lint, with delegation tokens', () => {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
  let attempts: ReadonlyMap<string, string>
  let login: (options: string, hmac?: string) => Settings
  beforeAll(async () => {
    const made = await tried(shared, join(folder, 'token'), [
      {
        name: 'token',
        version: '4.3',
        settings: settingsOf({ ...goodProperties(target), 'try.delegation.token': 'yes' }, allowedUrls(target)),
      },
    ])
    const [, id = '', hmac = ''] = (made.get('token') ?? '').split(' ')
    login = (options, password = hmac) =>
      settingsOf(
        {
          'bootstrap.servers': lintable.broker.bootstrap['OTHER'],
          'security.protocol': 'SASL_PLAINTEXT',
          'sasl.mechanism': 'SCRAM-SHA-512',
          'sasl.jaas.config': `${scram} username="${id}" password="${password}"${options};`,
        },
        '',
      )
    // As new String(hmac) makes letters of bytes; what is none becomes a question mark.
    const letters = Buffer.from(hmac, 'base64')
      .toString('latin1')
      .replace(/[^A-Za-z0-9]/g, '?')
    attempts = await tried(shared, join(folder, 'tokens'), [
      { name: 'right', version: '4.3', settings: login(' tokenauth="true"') },
      { name: 'right-3.9', version: '3.9', settings: login(' tokenauth="true"') },
      { name: 'delegation-token-without-tokenauth', version: '4.3', settings: login('') },
      { name: 'delegation-token-tokenauth-value', version: '4.3', settings: login(' tokenauth="yes"') },
      { name: 'delegation-token-hmac', version: '4.3', settings: login(' tokenauth="true"', letters) },
    ])
  })

  it('the right settings work, and nothing is found in them', async () => {
    expect(attempts.get('right')).toBe('OK')
    expect(attempts.get('right-3.9')).toBe('OK')
    const { findings } = await lint({ text: login(' tokenauth="true"').file, name: 'x.properties' })
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('broker-token-key-missing: a broker without a key makes none', async () => {
    const wanting = {
      ...goodProperties({ ...target, bootstrap: shared.jwks, endpoint: `${shared.sidecar}/token` }),
      'try.delegation.token': 'yes',
    }
    const jvm = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${shared.sidecar}/token`
    const printed = await tried(shared, join(folder, 'no-key'), [
      { name: 'no-key', version: '4.3', settings: settingsOf(wanting, jvm) },
    ])
    expectPrinted(printed.get('no-key') ?? '', 'Delegation Token feature is not enabled.')
    const text = `${serverLines({ internal: 1, client: 2, controller: 3 })}\ndelegation.token.max.lifetime.ms=1000`
    const { findings } = await lint({ text, name: 'server.properties' })
    expect(findings.map(({ rule }) => rule)).toContain('broker-token-key-missing')
  })

  it.each(['delegation-token-without-tokenauth', 'delegation-token-tokenauth-value', 'delegation-token-hmac'])(
    '%s',
    async (name) => {
      expectPrinted(attempts.get(name) ?? '', rules.find((rule) => rule.name === name)?.printed ?? '')
      if (name === 'delegation-token-hmac') return
      const settings = login(name.endsWith('value') ? ' tokenauth="yes"' : '')
      expect(await found(settings, '4', name)).toBeDefined()
    },
  )
})

describe('lint, with files as editors save them', () => {
  it('a mark before the first key, and UTF-16, are found, and a client does not read what it should', async () => {
    const good = settingsOf(goodProperties(target), allowedUrls(target))
    const marked = { ...good, file: `\uFEFF${good.file}` }
    const wide = { ...good, file: `\uFEFF${good.file}`, encoding: 'utf16le' as const }
    const printed = await tried(shared, join(folder, 'encodings'), [
      { name: 'good', version: '4.3', settings: good },
      { name: 'marked', version: '4.3', settings: marked },
      { name: 'wide', version: '4.3', settings: wide },
    ])
    expect(printed.get('good')).toBe('OK')
    // The first key is that of the servers.
    expect(printed.get('marked')).toContain('You must set either bootstrap.servers')
    expect(printed.get('wide')).not.toBe('OK')
    const rulesOf = async (bytes: Buffer): Promise<string[]> =>
      (await lint({ ...decoded(bytes), name: 'client.properties' })).findings.map(({ rule }) => rule)
    expect(await rulesOf(Buffer.from(marked.file))).toContain('byte-order-mark')
    expect(await rulesOf(Buffer.from(wide.file, 'utf16le'))).toContain('file-encoding')
  })
})

describe('lint, with an endpoint that never answers', () => {
  it('a client without a read timeout waits; with the lines that are pasted it ends', async () => {
    const settings = settingsOf(
      { ...goodProperties(target), 'sasl.oauthbearer.token.endpoint.url': `${endpoint.origin}/never` },
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${endpoint.origin}/never`,
    )
    const finding = await found(settings, '4', 'read-timeout-missing')
    expect(finding?.paste).toContain('sasl.login.read.timeout.ms=10000')
    const limited = {
      ...settings,
      file: `${settings.file}\nsasl.login.read.timeout.ms=500\nsasl.login.retry.backoff.max.ms=500`,
    }
    const printed = await tried(shared, join(folder, 'never'), [{ name: 'limited', version: '4.3', settings: limited }])
    expect(printed.get('limited')).toContain('Read timed out')
    const waits = tried(shared, join(folder, 'forever'), [{ name: 'waits', version: '4.3', settings }]).then(
      () => 'ended',
      () => 'ended',
    )
    expect(
      await Promise.race([
        waits,
        new Promise((resolve) =>
          setTimeout(() => {
            resolve('still waits')
          }, 8_000),
        ),
      ]),
    ).toBe('still waits')
    endpoint.answers('never', undefined)
  })
})

describe('lint, with brokers', () => {
  const bootstrap = (name: string): string => lintable.broker.bootstrap[name] ?? ''
  let logins: ReadonlyMap<string, string>
  beforeAll(async () => {
    const jvm = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${endpoint.origin}/token,${endpoint.origin}/forged`
    const at = (name: string, settings: Readonly<Record<string, string | undefined>> = {}): SettingsCase['settings'] =>
      settingsOf({ ...goodProperties(target), 'bootstrap.servers': bootstrap(name), ...settings }, jvm)
    const forged = { 'sasl.oauthbearer.token.endpoint.url': `${endpoint.origin}/forged` }
    const unsigned = {
      'sasl.login.callback.handler.class': undefined,
      'sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice";',
    }
    const all = {
      right: at('GOOD'),
      'right-forged': at('GOOD', forged),
      'right-unsigned': at('GOOD', unsigned),
      'no-audience': at('NOAUDIENCE'),
      'no-keys-forged': at('NOKEYS', forged),
      'no-signature-forged': at('NOSIGNATURE', forged),
      'prefixed-forged': at('PREFIXED', forged),
      'unsecured-unsigned': at('UNSECURED', unsigned),
      unsecured: at('UNSECURED'),
      other: at('OTHER'),
    }
    logins = await tried(
      shared,
      join(folder, 'logins'),
      Object.entries(all).map(([name, settings]) => ({ name, version: '4.3' as const, settings })),
    )
  })

  it('the right listener takes the token of the issuer and no other, and has no error', async () => {
    expect(logins.get('right')).toBe('OK')
    expect(logins.get('right-forged')).toContain('{"status":"invalid_token"}')
    expect(logins.get('right-unsigned')).toContain('{"status":"invalid_token"}')
    const lines = Object.values(listenerLines('client', `${endpoint.origin}/jwks`))
    const text = [
      serverLines({ internal: 1, client: 2, controller: 3 }),
      ...lines,
      'listener.name.client.sasl.enabled.mechanisms=OAUTHBEARER',
    ].join('\n')
    const { findings, kind } = await lint({
      text,
      name: 'server.properties',
      version: '4',
      env: { KAFKA_OPTS: `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${endpoint.origin}/jwks` },
    })
    expect(kind).toBe('broker')
    expect(findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule)).toEqual([])
    expect(`${issuer} ${audience}`).toBe('https://issuer.example kafka')
  })

  it.each([
    ['broker-audience-unset', 'noaudience', 'no-audience', '{"status":"invalid_token"}'],
    // The worst of all: whoever makes a token is whom he says.
    ['broker-jwks-missing', 'nokeys', 'no-keys-forged', 'OK'],
    ['broker-signature-unchecked', 'nosignature', 'no-signature-forged', 'OK'],
    // The class would have let it in.
    ['broker-validator-class-prefix', 'prefixed', 'prefixed-forged', '{"status":"invalid_token"}'],
    ['broker-validator-missing', 'unsecured', 'unsecured-unsigned', 'OK'],
    ['broker-validator-missing', 'unsecured', 'unsecured', '{"status":"invalid_token"}'],
    [
      'broker-mechanism-not-enabled',
      'other',
      'other',
      "Client SASL mechanism 'OAUTHBEARER' not enabled in the server, enabled mechanisms are [SCRAM-SHA-512]",
    ],
  ])('%s is found at the listener %s, and a client meets it', async (rule, listener, login, printed) => {
    const { findings } = await lint({ text: lintable.file, name: 'server.properties', version: '4' })
    const own = findings.filter((finding) => finding.rule === rule)
    expect(own.map(({ key, paste }) => `${key ?? ''} ${paste ?? ''}`).join()).toContain(`listener.name.${listener}.`)
    expect(logins.get(login)).toContain(printed)
  })

  describe('that do not start', () => {
    const allowed = (): string => `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${endpoint.origin}/jwks`
    const linesOf = ({ change }: (typeof brokerStarts)[number]): readonly string[] =>
      change({
        ...listenerLines('client', `${endpoint.origin}/jwks`),
        mechanisms: 'listener.name.client.sasl.enabled.mechanisms=OAUTHBEARER',
      })
    let outputs: readonly string[]
    beforeAll(async () => {
      outputs = await Promise.all(
        brokerStarts.map((one) => failedStart(shared, join(folder, `start-${one.rule}`), linesOf(one), allowed())),
      )
    })

    it.each(brokerStarts.map((one, index) => [one.rule, index] as const))('%s', async (rule, index) => {
      const one = brokerStarts[index]
      if (!one) throw new Error(rule)
      const text = [serverLines({ internal: 1, client: 2, controller: 3 }), ...linesOf(one)].join('\n')
      const env = { KAFKA_OPTS: allowed() }
      const { findings } = await lint({ text, name: 'server.properties', version: '4', env })
      const finding = findings.find((candidate) => candidate.rule === rule)
      expect(finding?.severity).toBe('error')
      expectPrinted(outputs[index] ?? '', one.printed ?? finding?.printed ?? 'nothing is said of it')
    })
  })
})

describe('lint, with librdkafka', () => {
  let attempts: ReadonlyMap<string, { readonly works: boolean; readonly printed: string }>
  beforeAll(async () => {
    const file = join(folder, 'librdkafka.json')
    const all = librdkafkaCases(target).flatMap(({ name, wrong, right }) => [
      { name: `${name}-wrong`, topic: 'lint', settings: wrong, seconds: 4 },
      { name: `${name}-right`, topic: 'lint', settings: right, seconds: 20 },
    ])
    await writeFile(file, JSON.stringify(all))
    const script = join(import.meta.dirname, 'python', 'attempts.py')
    const env = { ...process.env, no_proxy: '', NO_PROXY: '' }
    const { stdout } = await promisify(execFile)(shared.tools.python, [script, file], { env })
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    attempts = new Map(
      lines.map((line) => {
        const { case: name, works, printed } = JSON.parse(line) as { case: string; works: boolean; printed: string[] }
        return [name, { works, printed: printed.join('\n') }] as const
      }),
    )
  })

  it.each(librdkafkaCases({} as Target).map(({ name }) => name))('%s', async (name) => {
    const one = librdkafkaCases(target).find((candidate) => candidate.name === name)
    if (!one) throw new Error(name)
    const text = (settings: Readonly<Record<string, string>>): string =>
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}`)
        .join('\n')
    const rulesOf = async (settings: Readonly<Record<string, string>>): Promise<string[]> =>
      (await lint({ text: text(settings), name: 'x.properties', kind: 'librdkafka' })).findings.map(({ rule }) => rule)
    expect(await rulesOf(one.wrong)).toContain(one.rule)
    expect(await rulesOf(one.right)).not.toContain(one.rule)
    expect(attempts.get(`${name}-wrong`)?.works).toBe(false)
    const printed = one.printed ?? rules.find((rule) => rule.name === one.rule)?.printed
    if (printed) expectPrinted(attempts.get(`${name}-wrong`)?.printed ?? '', printed)
    expect(attempts.get(`${name}-right`), attempts.get(`${name}-right`)?.printed).toMatchObject({ works: true })
  })

  it('proxy-for-loopback: a proxy is asked for localhost, unless no_proxy names it', async () => {
    const settings = librdkafkaCases(target)[0]?.right ?? {}
    const file = join(folder, 'proxy.json')
    await writeFile(file, JSON.stringify([{ name: 'proxy', topic: 'lint', settings, seconds: 5 }]))
    const attempt = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const { stdout } = await promisify(execFile)(
        shared.tools.python,
        [join(import.meta.dirname, 'python', 'attempts.py'), file],
        { env: { PATH: process.env['PATH'], ...env } },
      )
      return stdout
    }
    const proxy = { http_proxy: 'http://127.0.0.1:9' }
    const text = Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')
    const rulesWith = async (env: Readonly<Record<string, string>>): Promise<string[]> =>
      (await lint({ text, kind: 'librdkafka', name: 'x.properties', env })).findings.map(({ rule }) => rule)
    expect(await rulesWith(proxy)).toContain('proxy-for-loopback')
    expect(await rulesWith({ ...proxy, no_proxy: 'localhost,127.0.0.1,::1' })).not.toContain('proxy-for-loopback')
    const [wrong, right] = await Promise.all([
      attempt(proxy),
      attempt({ ...proxy, no_proxy: 'localhost,127.0.0.1,::1' }),
    ])
    expect(wrong).toContain('over proxy 127.0.0.1')
    expect(right).toContain('"works": true')
  })
})

function expectPrinted(output: string, printed: string): void {
  for (const piece of printed.split(/<[\w .:]+>/)) expect(output).toContain(piece)
}

const caseOf = (one: JavaSettingsCase, settings: Settings): SettingsCase => ({
  name: nameOf(one),
  version: one.version,
  settings,
})

function wrongSettings(one: JavaSettingsCase): Settings {
  return settingsOf({ ...goodProperties(target), ...one.wrong(target) }, (one.jvm ?? allowedUrls)(target))
}

async function rightSettings(one: JavaSettingsCase): Promise<Settings> {
  const own = one.right?.(target)
  const wrong = wrongSettings(one)
  if (own)
    return settingsOf({ ...goodProperties(target), ...one.wrong(target), ...own.properties }, own.jvm ?? wrong.jvm)
  const finding = await found(wrong, major(one.version), one.rule)
  if (!finding) throw new Error(`${nameOf(one)} is not found`)
  return mended(wrong, finding, {
    'http://localhost:14293/token': target.endpoint,
    SASL_SSL: 'SASL_PLAINTEXT',
    '<id>': 'unused',
    '<secret>': 'unused',
    '<client id>': 'client',
  })
}

async function keyFiles(at: string): Promise<Target['keys']> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const file = async (name: string, pem: string | Buffer): Promise<string> => {
    const path = join(at, `${name}.pem`)
    await writeFile(path, pem, { mode: 0o600 })
    return path
  }
  return {
    pkcs8: await file('pkcs8', privateKey.export({ type: 'pkcs8', format: 'pem' })),
    pkcs1: await file('pkcs1', privateKey.export({ type: 'pkcs1', format: 'pem' })),
    encrypted: await file(
      'encrypted',
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'of this run' }),
    ),
  }
}
