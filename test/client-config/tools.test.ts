import { Script } from 'node:vm'
import { loadAll } from 'js-yaml'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { tools, toolNamed } from '../../src/client-config/index.ts'
import { shadingPrefixes, systemProperties } from '../../src/client-config/names.ts'
import type { Format, Snippet, Target, Tool } from '../../src/client-config/tool.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'

// Odd, so that nothing but the text itself can match it.
const url = 'https://tokens.example:8443/token/orders?tenant=a&b=c~d'
const full: Target = {
  tokenEndpoint: url,
  bootstrapServers: 'b1.example:9093,b2.example:9093',
  clientId: 'orders app',
  scope: 'kafka https://x.example/.default',
  logicalCluster: 'lkc-1',
  identityPoolId: 'pool-1',
  endpointCaFile: '/etc/ca files/ca.pem',
  trust: {
    issuer: url,
    audience: 'kafka',
    jwksUrl: url,
    listener: 'CLIENT',
    principalClaim: 'azp',
    delegationTokens: true,
  },
}
const plain: Target = { tokenEndpoint: url }

const endpointTools = tools.filter(({ takes }) => takes === 'endpoint')
const printed = tools.flatMap((tool) =>
  [plain, full].flatMap((target) => tool.settings(target).snippets.map((snippet) => ({ tool, target, snippet }))),
)
const inFormat = (...formats: Format[]) =>
  printed
    .filter(({ snippet }) => formats.includes(snippet.format))
    .map(({ tool, target, snippet }) => ({
      name: `${tool.name} ${snippet.where} ${target === full ? 'full' : 'plain'}`,
      snippet,
    }))

/** What stands in values, with the escapes of XML taken back. */
const unescaped = ({ format, text }: Snippet): string => (format === 'xml' ? text.replaceAll('&amp;', '&') : text)

describe('the list of tools', () => {
  it('has each name once, aliases too', () => {
    const names = tools.flatMap(({ name, aliases = [] }) => [name, ...aliases])
    expect(names).toEqual([...new Set(names)])
    for (const name of names) expect(name).toMatch(/^[a-z0-9.][a-z0-9.-]*$/)
  })

  it('finds a tool by name, by alias, and in capitals', () => {
    expect(toolNamed('kafkacat')?.name).toBe('kcat')
    expect(toolNamed('OTel')?.name).toBe('otel-collector')
    expect(toolNamed('nothing')).toBeUndefined()
  })

  it('says where the names of each tool come from, and why a tool without settings has none', () => {
    for (const tool of tools) {
      const { name, source, takes } = tool
      expect(source, name).not.toBe('')
      const { snippets, notes } = tool.settings(plain)
      expect(snippets.length > 0, name).toBe(takes !== 'none')
      expect(notes.length, name).toBeGreaterThan(0)
    }
  })
})

describe('what is printed', () => {
  it.each(endpointTools)('has the URL byte for byte: $name', (tool: Tool) => {
    for (const target of [plain, full]) {
      const { snippets } = tool.settings(target)
      expect(snippets.some((snippet) => unescaped(snippet).includes(url))).toBe(true)
      // Nowhere another one.
      for (const snippet of snippets) {
        const found = unescaped(snippet).match(/https:\/\/tokens\.example[^\s"'<;,]*/g) ?? []
        expect(found.filter((other) => other !== url)).toEqual([])
      }
    }
  })

  it.each(tools.filter(({ library, takes }) => library === 'java' && takes === 'endpoint'))(
    'has the flag of the JVM under a name that the jar reads: $name',
    (tool) => {
      const { name } = tool
      const text = tool
        .settings(plain)
        .snippets.map((snippet) => snippet.text)
        .join('')
      const shading = name === 'databricks' ? 'databricks' : name === 'flink-sql' ? 'flink-sql' : 'none'
      expect(text).toContain(`-D${shadingPrefixes[shading]}${systemProperties.allowedUrls}=${url}`)
    },
  )

  it.each(printed.map(({ tool, snippet }) => ({ name: `${tool.name} ${snippet.where}`, text: snippet.text })))(
    'ends in one line break: $name',
    ({ text }) => {
      expect(text).toMatch(/[^\n]\n$/)
    },
  )

  it.each(inFormat('properties', 'ini'))('is properties: $name', ({ snippet }) => {
    const entries = parseJavaProperties(snippet.text)
    expect(entries.size).toBeGreaterThan(1)
    const lines = snippet.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(entries.size).toBe(lines.length)
  })

  it.each(inFormat('yaml'))('is YAML: $name', ({ snippet }) => {
    const documents = loadAll(snippet.text)
    expect(documents.length).toBeGreaterThan(0)
    for (const document of documents) expect(document).toBeTypeOf('object')
  })

  it.each(inFormat('json'))('is JSON: $name', ({ snippet }) => {
    expect(JSON.parse(snippet.text)).toBeTypeOf('object')
  })

  it.each(inFormat('xml'))('is XML: $name', ({ snippet }) => {
    const elements: string[] = []
    const parser = new SaxesParser()
    parser.on('error', (error) => {
      throw error
    })
    parser.on('opentag', ({ name }) => elements.push(name))
    parser.write(snippet.text).close()
    expect(elements).toContain('sasl_oauthbearer_token_endpoint_url')
  })

  it.each(inFormat('js'))('is JavaScript: $name', ({ snippet }) => {
    const body = snippet.text.replaceAll(/^export |^import .*$/gm, '')
    expect(() => new Script(`async () => {${body}}`)).not.toThrow()
  })
})

describe('the values', () => {
  const javaLike = ['connect', 'mirrormaker', 'ksqldb', 'camel']

  it('of Java are those of Kafka 3, of Kafka 4, or of both', () => {
    const settings = (clientVersion?: '3' | '4') =>
      parseJavaProperties(toolNamed('ksqldb')?.settings({ ...plain, clientVersion }).snippets[0]?.text ?? '')
    const handler = 'sasl.login.callback.handler.class'
    expect(settings('3').get(handler)).toContain('.secured.')
    expect(settings('4').get(handler)).not.toContain('.secured.')
    expect(settings('4').get('sasl.oauthbearer.client.credentials.client.id')).toBe('unused')
    expect(settings().get(handler)).not.toContain('.secured.')
    expect(settings().get('sasl.jaas.config')).toContain('clientId="unused" clientSecret="unused"')
  })

  it.each(javaLike)('of %s have the extensions of Confluent, spelled right', (name) => {
    const text = toolNamed(name)?.settings(full).snippets[0]?.text
    expect(text).toContain('extension_logicalCluster="lkc-1" extension_identityPoolId="pool-1"')
  })

  it('of librdkafka have them too, and the CA of the endpoint', () => {
    const settings = parseJavaProperties(toolNamed('librdkafka')?.settings(full).snippets[0]?.text ?? '')
    expect(settings.get('sasl.oauthbearer.extensions')).toBe('logicalCluster=lkc-1,identityPoolId=pool-1')
    expect(settings.get('https.ca.location')).toBe('/etc/ca files/ca.pem')
  })

  it('leave the secret of a caller open, and never hold one', () => {
    for (const { tool, snippet } of printed) {
      if (!tool.uses.includes('clientId')) continue
      expect(snippet.text, tool.name).not.toMatch(/secret"?[=:] ?"?unused.*orders app/)
    }
    expect(toolNamed('kcat')?.settings(full).snippets[0]?.text).toContain('<secret of orders app>')
  })

  it('look a delegation token up in the file of its keeper', () => {
    const target: Target = { ...plain, delegationTokenFile: '/run/kafka/token.properties' }
    for (const name of ['java', 'connect', 'flink-sql', 'spark']) {
      const { snippets } = toolNamed(name)?.settings(target) ?? { snippets: [] }
      expect(snippets[0]?.text, name).toContain('${file:/run/kafka/token.properties:sasl.jaas.config}')
      // Nobody asks a URL then.
      expect(snippets.map(({ text }) => text).join(''), name).not.toContain(url)
    }
  })

  it('are each a setting for every client of a worker', () => {
    const worker = parseJavaProperties(toolNamed('connect')?.settings(plain).snippets[0]?.text ?? '')
    for (const prefix of ['', 'producer.', 'consumer.', 'admin.']) {
      expect(worker.get(`${prefix}sasl.oauthbearer.token.endpoint.url`)).toBe(url)
    }
  })
})
