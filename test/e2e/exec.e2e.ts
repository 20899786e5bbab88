import { execFile } from 'node:child_process'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { freePorts, startChild } from './child-process.ts'
import { startJavaClient, type JavaClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

const isRoot = process.getuid?.() === 0
const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
/** Of the tokens, as those of the shared sidecar. */
const lifetime = '20s'

let relocatable: string

beforeAll(async () => {
  const { tools, folder } = inject('e2e')
  const out = join(folder, 'relocatable')
  const script = join(import.meta.dirname, '../../scripts/relocatable.ts')
  await promisify(execFile)(process.execPath, [script, '--dist', dirname(dirname(tools.cli)), '--out', out])
  relocatable = join(out, globSync('*', { cwd: out })[0] ?? '', 'bin', 'kafka-token-sidecar')
})

/** One for all: what differs comes with the environment. */
function generic(version: JavaClient['version'], endpoint = '${env:SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL}'): JavaClient {
  const client =
    version === '4.3'
      ? `
    sasl.oauthbearer.client.credentials.client.id=unused
    sasl.oauthbearer.client.credentials.client.secret=unused
    sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required;`
      : `
    sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`
  return {
    version,
    configuration: `
    bootstrap.servers=${inject('e2e').jwks}
    security.protocol=SASL_PLAINTEXT
    sasl.mechanism=OAUTHBEARER
    sasl.login.callback.handler.class=${oauthbearer}.OAuthBearerLoginCallbackHandler
    sasl.oauthbearer.token.endpoint.url=${endpoint}
    config.providers=env
    config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider${client}
  `,
    jvm: [],
  }
}

/** Nothing of this machine's, and nothing of the tests'. */
const onItsOwn = ['env', '-i', `PATH=${process.env['PATH'] ?? ''}`, 'HOME=/nonexistent']

/** `exec` with the issuer that the broker trusts; what follows is the command. */
function through(options: Readonly<Record<string, string | number>>, program?: string): readonly string[] {
  const { issuer, tools } = inject('e2e')
  const { keyFile, ...names } = issuer
  const all = {
    source: 'self-issued',
    ...names,
    'key-file': keyFile,
    subject: 'alice',
    lifetime,
    'admin-port': 'false',
    'log-level': 'debug',
    ...options,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
  return [...onItsOwn, ...(program === undefined ? [process.execPath, tools.cli] : [program]), 'exec', ...flags, '--']
}

describe.concurrent('a client under exec', () => {
  it('of Java 4.3 produces and consumes over a renewal by the environment alone, from the relocatable folder', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'exec-4.3'
    const load = { topic, durationMs: oneRenewalMs, through: through({ port: 0 }, relocatable) }
    await using run = startJavaClient(e2e, load, generic('4.3'))
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })

  it('of Java 3.9 does so, too', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'exec-3.9'
    const load = { topic, durationMs: oneRenewalMs, through: through({ port: 0 }) }
    await using run = startJavaClient(e2e, load, generic('3.9'))
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })

  it('goes on when the instance whose port it shares ends', async () => {
    const e2e = inject('e2e')
    const [port = 0] = await freePorts(1)
    const topic = 'exec-shared-port'
    const [command = '', ...args] = [...through({ port }), 'sleep', '600'] as readonly string[]
    await using first = startChild({ command, args, log: join(e2e.folder, 'exec-first') })
    await first.shows(/first token obtained/, 30_000)
    const load = { topic, durationMs: oneRenewalMs, through: through({ port }) }
    await using run = startJavaClient(e2e, load, generic('4.3'))
    await run.producing()
    await run.shows(/another instance of this user listens on port/, 1_000)
    await sleep(5_000)
    first.kill('SIGTERM')
    expect(await first.exited(10_000)).toBe(128 + 15)
    await run.shows(/this one took its place/, 5_000)
    expectComplete(await run.exchange())
    // Tokens of the second one, which the client never knew of.
    await run.shows(/"client":"java"[^\n]*token given/, 1_000)
  })

  it('reads a token from the file that exec keeps fresh', async () => {
    const e2e = inject('e2e')
    const topic = 'exec-file'
    const file = join(e2e.folder, 'exec-token')
    const json = join(e2e.folder, 'exec-token.json')
    const { keyFile, ...names } = e2e.issuer
    const config = join(e2e.folder, 'exec-file.yaml')
    const configuration = {
      listen: { port: 0 },
      admin: { port: false },
      profiles: { default: { source: 'self-issued', ...names, keyFile, subject: 'alice', lifetime } },
      outlets: [
        { from: { profile: 'default' }, to: { file } },
        { from: { profile: 'default' }, to: { file: json }, format: 'json' },
      ],
    }
    writeFileSync(config, JSON.stringify(configuration))
    const exec = [...onItsOwn, process.execPath, e2e.tools.cli, 'exec', '--config', config, '--']
    const load = { topic, durationMs: oneRenewalMs, through: exec }
    await using run = startJavaClient(e2e, load, generic('4.3', pathToFileURL(file).href))
    await run.producing()
    const first = readFileSync(file, 'utf8')
    expect(decodeJwt(first).sub).toBe('alice')
    expectComplete(await run.exchange())
    expect(readFileSync(file, 'utf8')).not.toBe(first)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const held = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>
    expect(held).toMatchObject({ token_type: 'Bearer', principal: 'alice' })
    expect(held['expires_at']).toBe(decodeJwt(String(held['access_token'])).exp)
  })

  it('ends in order on SIGTERM, whose code comes through, also from process 1', async () => {
    const e2e = inject('e2e')
    const file = join(e2e.folder, 'exec-job.properties')
    writeFileSync(file, generic('4.3').configuration)
    const java = ['java', '-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', e2e.tools.java43, 'JobClient', file, 'exec-job']
    // A pid namespace of its own is what a container has; only root may make one.
    const namespace = isRoot ? ['unshare', '--pid', '--fork', '--mount-proc'] : []
    const [command = '', ...args] = [...namespace, ...through({ port: 0 }), ...java]
    await using job = startChild({ command, args, log: join(e2e.folder, 'exec-job') })
    await job.shows(/"event":"producing"/, 60_000)
    process.kill(isRoot ? childOf(job.pid) : job.pid, 'SIGTERM')
    expect(await job.exited(20_000)).toBe(128 + 15)
    const closed = /{"event":"closed".*}/.exec(job.stdout())?.[0] ?? '{}'
    const { sent, acknowledged } = JSON.parse(closed) as Record<string, number>
    expect(acknowledged).toBeGreaterThan(0)
    expect(acknowledged).toBe(sent)
  })
})

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}
