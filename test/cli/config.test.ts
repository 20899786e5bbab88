import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tools } from '../../src/client-config/index.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import { run } from './command-line.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-config-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('config', () => {
  it('lists every tool with what it takes', async () => {
    const { code, out } = await run('config')
    expect(code).toBe(0)
    for (const { name } of tools) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(out).toContain('Cannot be helped')
  })

  it('lists them as JSON', async () => {
    const { out } = await run('config --json')
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(tools.map(({ name }) => name))
  })

  it.each(tools)('prints $name for people and as JSON', async ({ name }) => {
    const words = await run(`config ${name}`)
    expect(words).toMatchObject({ code: 0, err: '' })
    const json = await run(`config ${name} --json`)
    const { snippets } = JSON.parse(json.out) as { snippets: { where: string; text: string }[] }
    for (const { where, text } of snippets) {
      expect(words.out).toContain(text)
      expect((await run(['config', name, '--only', where])).out).toBe(text)
    }
  })

  it('prints one file as it is, for the flags that were given', async () => {
    const { code, out } = await run(
      'config java --only client.properties --client-version 3 --bootstrap-server k.example:9092 --plaintext --profile orders --client-id app',
    )
    expect(code).toBe(0)
    const settings = parseJavaProperties(out)
    expect(settings.get('bootstrap.servers')).toBe('k.example:9092')
    expect(settings.get('security.protocol')).toBe('SASL_PLAINTEXT')
    expect(settings.get('sasl.oauthbearer.token.endpoint.url')).toBe('http://localhost:14293/token/orders')
    expect(settings.get('sasl.jaas.config')).toContain('clientId="app" clientSecret="<secret of app>"')
  })

  it('says what was meant instead of a tool, a piece or a flag that there is not', async () => {
    expect((await run('config kcta')).err).toContain('did you mean kcat?')
    expect((await run('config java --only client.propertys')).err).toContain('did you mean client.properties?')
    expect((await run('config java --bootstrap-servers k:9092')).err).toContain('did you mean --bootstrap-server?')
    for (const line of ['config nothing', 'config java --onyl x', 'config --url'])
      expect((await run(line)).code).toBe(2)
  })

  it('refuses a flag that the tool has no place for', async () => {
    const { code, err } = await run('config kcat --delegation-token-file /run/token')
    expect(code).toBe(2)
    expect(err).toContain('--delegation-token-file (given: /run/token): is of no use to kcat')
    expect((await run('config filebeat --scope x')).err).toContain('takes no token')
    expect((await run('config java --issuer https://idp.example')).code).toBe(2)
  })

  it('tells all values that would be taken for something else, at once', async () => {
    const { code, err } = await run([
      'config',
      'java',
      '--client-id',
      'a"b',
      '--scope',
      '${HOME}',
      '--url',
      'localhost',
    ])
    expect(code).toBe(2)
    for (const name of ['--client-id', '--scope', '--url']) expect(err).toContain(name)
  })

  it('refuses a URL with a password, and does not repeat it', async () => {
    const { code, err } = await run('config java --url https://user:hunter2@tokens.example/token')
    expect(code).toBe(2)
    expect(err).not.toContain('hunter2')
  })
})

describe('config broker', () => {
  const server = async (line: string | readonly string[]) => {
    const words = typeof line === 'string' ? line.split(' ') : line
    const { code, out, err } = await run(['config', ...words, '--only', 'server.properties'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return parseJavaProperties(out)
  }
  const key = (name: string) => `listener.name.client.oauthbearer.sasl.oauthbearer.${name}`

  it('says what was given', async () => {
    const settings = await server(
      'broker --issuer https://idp.example --audience kafka --jwks-url https://idp.example/keys --principal-claim azp --listener Out-Side',
    )
    const place = 'listener.name.out-side.oauthbearer.sasl.oauthbearer.'
    expect(settings.get(`${place}expected.issuer`)).toBe('https://idp.example')
    expect(settings.get(`${place}jwks.endpoint.url`)).toBe('https://idp.example/keys')
    expect(settings.get(`${place}sub.claim.name`)).toBe('azp')
  })

  it('says what a profile of the built-in issuer says, from flags', async () => {
    const settings = await server('broker --source self-issued --subject orders --audience orders-kafka --port 15000')
    expect(settings.get(key('expected.issuer'))).toBe('http://localhost:15000')
    expect(settings.get(key('expected.audience'))).toBe('orders-kafka')
    expect(settings.get(key('jwks.endpoint.url'))).toBe('http://localhost:15000/jwks')
  })

  it('says what the profiles of a file say, each its own', async () => {
    const file = join(folder, 'config.yaml')
    const profiles = {
      orders: { source: 'self-issued', subject: 'orders' },
      fraud: {
        source: 'client-credentials',
        ...{
          issuer: 'https://idp.example/realms/k',
          clientId: 'fraud',
          clientAuth: 'none',
          audience: 'kafka',
          principalClaim: 'azp',
        },
      },
    }
    writeFileSync(file, JSON.stringify({ profiles }))
    const orders = await server(`broker --config ${file} --profile orders`)
    expect(orders.get(key('expected.issuer'))).toBe('http://localhost:14293/orders')
    expect(orders.get(key('jwks.endpoint.url'))).toBe('http://localhost:14293/jwks/orders')
    const fraud = await server(`broker --config ${file} --profile fraud --jwks-url https://idp.example/keys`)
    expect(fraud.get(key('expected.issuer'))).toBe('https://idp.example/realms/k')
    expect(fraud.get(key('sub.claim.name'))).toBe('azp')
    expect(fraud.get(key('jwks.endpoint.url'))).toBe('https://idp.example/keys')
    const { code, err } = await run(`config broker --config ${file} --profile order`)
    expect(code).toBe(2)
    expect(err).toContain('orders')
  })

  it('does not set up brokers of Google', async () => {
    const { code, err } = await run('config broker --source gcp')
    expect(code).toBe(2)
    expect(err).toContain('Google Managed Kafka')
  })
})
