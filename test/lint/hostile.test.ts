import { describe, expect, it } from 'vitest'
import { lint, type FileKind } from '../../src/lint/lint.ts'
import { decoded, mostCharacters } from '../../src/lint/text.ts'

const rulesOf = async (text: string, name?: string): Promise<string[]> =>
  (await lint({ text, name })).findings.map(({ rule }) => rule)

/** Whatever is read as text by somebody; each form has its own way of going wrong. */
const names = ['x.properties', 'x.yaml', 'x.json', 'x.xml', 'x.ini', 'x.py', undefined]

const most = mostCharacters
const repeated = (text: string, length = most): string => text.repeat(Math.ceil(length / text.length)).slice(0, length)

/** As large as what is read at all, and of a kind that has brought down parsers. */
const huge: Readonly<Record<string, string>> = {
  'one line': `sasl.jaas.config=${repeated('a ')}`,
  'one value without an end': `sasl.jaas.config="${repeated('x=')}`,
  backslashes: repeated('\\'),
  'quotes of both kinds': repeated(`"'`),
  'triple quotes': repeated(`"""'`),
  'comments without an end': repeated('/*'),
  'brackets of YAML': repeated('['),
  'braces of JSON': repeated('{"a":'),
  'deep blocks of YAML': Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  'elements of XML': repeated('<a>'),
  'attributes of XML': `<a ${repeated('b="c" ')}`,
  'old line ends': repeated('a=b\r'),
  'options of commands': repeated('-X sasl.a=b '),
  'one option of a command': repeated('-X a=b=c '),
  'names of constants': repeated('SASL_'),
  'words with dots': repeated('sasl.mechanism.'),
  'lines of settings': repeated('sasl.mechanism=OAUTHBEARER\nx.sasl.jaas.config=a b c\n'),
  'clients without number': Array.from({ length: 60_000 }, (_, at) => `p${at}.sasl.mechanism=OAUTHBEARER`).join('\n'),
  'unicode escapes': repeated('\\u'),
  'allowed URLs': repeated('-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='),
  hmacs: repeated('String( hmac'),
  zeros: repeated('\0'),
  extensions: `sasl.mechanisms=OAUTHBEARER\nsasl.oauthbearer.method=oidc\nsasl.oauthbearer.extensions=${repeated('a_b=c,')}`,
  listeners: `node.id=1\nlisteners=${repeated('A://b,')}`,
}

describe('hostile text', () => {
  it.each(Object.entries(huge))(
    '%s: is read to the end in bounded time',
    async (_what, text) => {
      const before = process.cpuUsage()
      for (const name of names) expect(Array.isArray(await rulesOf(text, name))).toBe(true)
      // Seven readings, by what they cost and not by the clock; what is not linear takes minutes.
      expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10)
    },
    60_000,
  )

  it('is not read beyond its bound, and that is told', async () => {
    expect(await rulesOf(`${repeated('#\n', most)}sasl.mechanism=x`, 'x.properties')).toContain('file-too-long')
  })

  it('with a hundred megabytes in a line takes no more than its beginning', async () => {
    expect(await rulesOf('x'.repeat(100_000_000), 'x.properties')).toContain('file-too-long')
  })
})

describe('aliases of YAML', () => {
  it('of which each stands for many others come to an end', async () => {
    const levels = Array.from({ length: 40 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}*l${at}]`)
    const before = process.cpuUsage()
    await rulesOf(`l0: &l0 {sasl.mechanism: OAuthBearer}\n${levels.join('\n')}`, 'x.yaml')
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5)
  })

  it('in a chain that is as long as a file comes to an end', async () => {
    const links = Array.from({ length: 50_000 }, (_, at) => `- &a${at + 1} [*a${at}]`)
    expect(await rulesOf(`- &a0 x\n${links.join('\n')}`, 'x.yaml')).toEqual(expect.any(Array))
  })

  it('of themselves come to an end', async () => {
    expect(await rulesOf('a: &a\n  b: *a\n  sasl.mechanism: OAuthBearer', 'x.yaml')).toContain('mechanism-misspelled')
  })

  it('and merge keys count where they stand', async () => {
    const text = 'base: &base\n  sasl.mechanism: OAuthBearer\nclient:\n  <<: *base\n  security.protocol: SASL_SSL\n'
    const { findings } = await lint({ text, name: 'x.yaml' })
    expect(findings.filter(({ rule }) => rule === 'mechanism-misspelled').map(({ line }) => line)).toEqual([2])
  })
})

describe('XML', () => {
  it.each([
    [
      'an entity that is a file',
      '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><kafka><sasl_mechanism>&e;</sasl_mechanism></kafka>',
    ],
    [
      'an entity of entities',
      `<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "${'&a;'.repeat(1_000)}"><!ENTITY c "${'&b;'.repeat(1_000)}">]><kafka><a>&c;</a></kafka>`,
    ],
    ['a document type elsewhere', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><kafka><a>b</a></kafka>'],
    ['a stylesheet', '<?xml-stylesheet href="file:///etc/passwd"?><kafka><a>b</a></kafka>'],
  ])('with %s is read as it stands, and nothing else is', async (_what, text) => {
    const answer = await lint({ text, name: 'x.xml' })
    expect(JSON.stringify(answer)).not.toMatch(/root:|xxxxxxxxxx/)
  })
})

describe('other encodings', () => {
  const text = 'security.protocol=SASL_SSL\r\nsasl.mechanism=OAuthBearer\r\n'
  const utf16 = (order: 'le' | 'be', mark: boolean): Uint8Array => {
    const bytes = Buffer.from((mark ? '\uFEFF' : '') + text, 'utf16le')
    return order === 'le' ? bytes : bytes.swap16()
  }

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, little end first', utf16('le', true)],
    ['UTF-16, big end first', utf16('be', true)],
    ['UTF-16 without a mark', utf16('le', false)],
    ['UTF-16 without a mark, big end first', utf16('be', false)],
    ['ISO 8859-1', Buffer.from(`# Schlüssel\r\n${text}`, 'latin1')],
  ])('%s is read', async (_name, bytes) => {
    const { text: decodedText, encoding } = decoded(bytes)
    const { findings } = await lint({ text: decodedText, encoding, name: 'x.properties' })
    expect(findings.map(({ rule }) => rule)).toContain('mechanism-misspelled')
    expect(findings.some(({ rule }) => rule === 'file-encoding')).toBe(encoding === 'UTF-16')
  })

  it('a byte order mark before a key is told', async () => {
    expect(await rulesOf(`\uFEFF${text}`, 'x.properties')).toContain('byte-order-mark')
  })
})

describe('secrets', () => {
  const secret = 'hunter2-hunter2'
  const kinds: readonly (FileKind | undefined)[] = [
    undefined,
    'java-client',
    'broker',
    'librdkafka',
    'spark',
    'flink',
    'connect',
  ]
  it.each([
    `sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientSecret="${secret}"`,
    `sasl.jaas.config=${secret}`,
    `sasl.jaas.config="${secret}`,
    `sasl.jaas.config=a required x="y" ${secret}`,
    `sasl.jaas.config=a ${secret} x="y";`,
    `sasl.password=${secret}\nsasl.mechanisms=OAUTHBEARER`,
    `sasl.oauthbearer.client.secret='${secret}'`,
    `sasl.oauthbearer.client.credentials.client.secret="${secret}"`,
    `sasl.oauthbearer.assertion.private.key.passphrase="${secret}"`,
    `sasl.oauthbearer.token.endpoint.url=http://user:${secret}@idp.example/token\nsasl.mechanism=OAUTHBEARER`,
    `sasl.oauthbearer.token.endpoint.url=user:${secret}@idp.example/token\nsasl.mechanism=OAUTHBEARER\nsasl.jaas.config=x y;`,
    `delegation.token.master.key=${secret}\nnode.id=1\ndelegation.token.secret.keys="${secret}"`,
    `ssl.keystore.password="${secret}"\nssl.key.passwort=${secret}`,
    `a: {"sasl.jaas.config": "${secret}`,
    `<kafka><sasl_password>${secret}</sasl_password`,
    `sasl_access_token = "${secret}"`,
    `kcat -X sasl.password=${secret} -X sasl.mechanisms=OAuthBearer`,
    `export KAFKA_OPTS="-Djavax.net.ssl.trustStorePassword=${secret} -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=*"`,
    `http_proxy=http://user:${secret}@proxy:1\nsasl.oauthbearer.method=oidc\nsasl.mechanisms=OAUTHBEARER\nsasl.oauthbearer.token.endpoint.url=localhost:1`,
  ])('are not repeated: %#', async (text) => {
    for (const name of names) {
      for (const kind of kinds) {
        const answer = await lint({ text, name, kind, env: {} })
        expect(JSON.stringify(answer)).not.toContain('hunter2')
      }
    }
  })
})
