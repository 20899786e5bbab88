import { describe, expect, it, onTestFinished } from 'vitest'
import { jwtFor } from '../fakes/kafka/bearer.ts'
import { fuzzed } from './garbage.ts'
import { scriptedServer, type Answer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { clientFile, examined, fakeKafka, read, testFolder } from './doctors.ts'

const endpointProperty = 'sasl.oauthbearer.token.endpoint.url'
const hour = 3_600_000

async function endpoint(answer: () => Answer, paths: readonly string[] = ['/token']): Promise<ScriptedServer> {
  const server = await scriptedServer(({ path }) => (paths.includes(path) ? answer() : { status: 404, body: 'no' }))
  onTestFinished(() => server.close())
  return server
}

const commandConfig = (url: string, changes: Readonly<Record<string, string | undefined>> = {}) => [
  '--command-config',
  clientFile(testFolder(), { [endpointProperty]: url, ...changes }),
]

const refusing = (status: number, error: string, description: string) => () => ({
  status,
  body: { error, error_description: description },
})

describe('the token endpoint of the client', () => {
  it('is asked as the client asks it, and its token logs in', async () => {
    const kafka = await fakeKafka()
    const server = await endpoint(() => ({ body: { access_token: jwtFor('alice', Date.now() + hour) } }))
    const changes = { 'bootstrap.servers': kafka.bootstrap.join(','), 'sasl.oauthbearer.scope': 'kafka' }
    const seen = await examined(commandConfig(`${server.origin}/token`, changes))
    expect([seen.code, seen.step('principal').found]).toEqual([0, 'User:alice'])
    expect(server.calls).toHaveLength(1)
    const [call] = server.calls
    expect(call?.headers.authorization).toBe(`Basic ${Buffer.from('orders:s3cret-of-orders').toString('base64')}`)
    expect(new URLSearchParams(call?.body).get('scope')).toBe('kafka')
    expect(kafka.logins.at(-1)).toMatchObject({ principal: 'User:alice' })
  })

  it('has another path, which is found', async () => {
    const server = await endpoint(() => ({ body: { access_token: jwtFor('alice', Date.now() + hour) } }))
    const seen = await examined(commandConfig(`${server.origin}/oauth`))
    expect([seen.code, seen.step('token').found]).toEqual([
      12,
      expect.stringContaining('nothing is served at /oauth') as string,
    ])
    expect(seen.step('token').remedies?.[0]?.paste).toBe(
      `${endpointProperty}=${server.origin}/token\nexport KAFKA_OPTS="-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${server.origin}/token"`,
    )
  })

  it.each([
    [refusing(401, 'invalid_client', 'no such client. Compare. [ERR_CALLER_UNKNOWN]'), 12, 'ERR_CALLER_UNKNOWN'],
    [refusing(503, 'temporarily_unavailable', 'nothing found. [ERR_GCP_NO_CREDENTIALS]'), 10, 'ERR_GCP_NO_CREDENTIALS'],
    [refusing(400, 'unauthorized_client', 'it is p.svc.id.goog. [ERR_GCP_PRINCIPAL]'), 11, 'ERR_GCP_PRINCIPAL'],
    [refusing(400, 'unauthorized_client', 'something new. [ERR_OF_ANOTHER_VERSION]'), 12, undefined],
    [() => ({ body: { access_token: 'ya29.opaque' } }), 12, 'ERR_TOKEN_NOT_JWT'],
    [() => ({ body: { access_token: jwtFor('alice', Date.now() - hour) } }), 12, 'ERR_TOKEN_EXPIRED'],
    [() => ({ body: { access_token: jwtFor('', Date.now() + hour) } }), 12, 'ERR_TOKEN_CLAIMS'],
    [() => ({ body: '<html>Log in</html>' }), 12, undefined],
    [() => ({ body: '' }), 12, undefined],
    [() => ({ body: '[]' }), 12, undefined],
    [() => ({ status: 302, headers: { Location: 'http://example.com/' } }), 12, undefined],
  ])('answers %#: exit code %i, %s', async (answer, exit, code) => {
    const server = await endpoint(answer)
    const seen = await examined(commandConfig(`${server.origin}/token`))
    const broken = seen.steps.find(({ status }) => status === 'broken')
    expect([seen.code, broken?.code]).toEqual([exit, code])
    expect(broken?.remedies?.length).toBeGreaterThan(0)
    expect(JSON.stringify(seen)).not.toMatch(/s3cret-of-orders|ya29/)
  })

  it('closes the connection', async () => {
    const server = await endpoint(() => ({}))
    server.fail('/token', 'reset')
    const seen = await examined(commandConfig(`${server.origin}/token`))
    expect([seen.code, seen.step('token').found]).toEqual([
      12,
      expect.stringContaining('closes the connection') as string,
    ])
  })

  it('is gone', async () => {
    const server = await endpoint(() => ({}))
    await server.close()
    const seen = await examined(commandConfig(`${server.origin}/token`))
    expect([seen.code, seen.step('token').found]).toEqual([
      12,
      expect.stringContaining('no sidecar listens there') as string,
    ])
    expect(seen.step('token').remedies?.map(({ paste }) => paste)).toContain(
      `npx kafka-token-sidecar serve --port ${server.port}`,
    )
  })

  it('has a clock that is wrong', async () => {
    const server = await scriptedServer(() => ({
      headers: { Date: new Date(Date.now() - 120_000).toUTCString() },
      body: { access_token: jwtFor('alice', Date.now() + hour) },
    }))
    onTestFinished(() => server.close())
    const seen = await examined(commandConfig(`${server.origin}/token`))
    expect([seen.code, seen.step('clocks').found]).toEqual([13, expect.stringContaining('behind this host') as string])
  })

  it('tells things that would move the cursor', async () => {
    const token = jwtFor('\u001b[2Jalice\u0007', Date.now() + hour)
    const server = await endpoint(() => ({ body: { access_token: token } }))
    const { out, err } = await read(commandConfig(`${server.origin}/token`))
    // eslint-disable-next-line no-control-regex -- that is what must not come through
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(out).toContain('alice')
  })
})

describe('properties of a client that are', () => {
  it.each(fuzzed)('%s end in a report', async (_what, text) => {
    const folder = testFolder()
    const file = clientFile(folder, { [endpointProperty]: text })
    const seen = await examined(['--command-config', file])
    expect([12, 14]).toContain(seen.code)
    expect(JSON.stringify(seen)).not.toContain('s3cret-of-orders')
  })

  it('for a handler that only Java can run are walked with the token of a profile', async () => {
    const kafka = await fakeKafka()
    const folder = testFolder()
    const file = clientFile(folder, {
      'bootstrap.servers': kafka.bootstrap.join(','),
      'sasl.login.callback.handler.class': 'com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler',
      'sasl.jaas.config': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    })
    const alone = await examined(['--command-config', file])
    expect([alone.code, alone.step('tls').status, alone.step('sasl').status]).toEqual([0, 'ok', 'skipped'])
    const seen = await examined(['--command-config', file, '--source', 'self-issued', '--subject', 'alice'])
    expect([seen.code, seen.step('client-settings').status]).toEqual([0, 'warning'])
    expect(kafka.logins.at(-1)).toMatchObject({ principal: 'User:alice', isAccepted: true })
  })

  it('not there are a matter of the file', async () => {
    const { code, err } = await read(['--command-config', '/nonexistent/client.properties'])
    expect([code, err]).toEqual([4, expect.stringContaining('--command-config') as string])
  })
})
