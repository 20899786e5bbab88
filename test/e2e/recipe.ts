import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Admin } from '@platformatic/kafka'
import { type BrokerLog, brokerLog } from './broker.ts'
import { type Child, freePorts, startChild } from './child-process.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { repository, sectionOf } from './readme.ts'
import type { Shared } from './setup.ts'
import { startSidecar } from './sidecar.ts'

export interface RecipeOptions {
  /** Of the folder below `examples/`, and of the page. */
  readonly name: string
  /** Profiles and whom their tokens name: `{ default: 'invoices' }`. */
  readonly subjects: Readonly<Record<string, string>>
  readonly topics: readonly string[]
  /** Scripts that the reader has, by name: what stands behind `exec`. */
  readonly scripts: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** A reader of `docs/<name>.md` with a clone, a configuration of the sidecar, and a cluster whose ACLs are those of the page. */
export interface Recipe extends AsyncDisposable {
  /** The clone: `examples/<name>`, and `sidecar.yaml`. */
  readonly folder: string
  readonly cluster: KafkaCluster
  /** `host:port` for whoever has a token. */
  readonly bootstrap: string
  /** Also with the port of the sidecar in place of 14293, and what else differs here. */
  substituted(text: string): string
  /** The only block of shell commands under this heading that holds this, substituted. */
  commands(heading: string, holding: string): string
  /** Runs commands to their end; resolves with what they printed. */
  run(commands: string): Promise<string>
  /** One command that goes on. */
  start(name: string, command: string, env?: Readonly<Record<string, string>>): Child
  /** What the broker says from now on. */
  log(): BrokerLog
}

/** Two thirds of the tokens' life pass until each client has the next one. */
const lifetime = '20s'
const connectionsMaxReauthMs = 8_000

export async function startRecipe(e2e: Shared, options: RecipeOptions): Promise<Recipe> {
  const { name, subjects, topics, scripts, env = {} } = options
  const folder = join(e2e.folder, `recipe-${name}`)
  mkdirSync(folder)
  const [port] = (await freePorts(1)) as [number]
  const { keyFile } = e2e.issuer
  const profiles = Object.fromEntries(
    Object.entries(subjects).map(([profile, subject]) => [
      profile,
      // One issuer for all, as one provider would be.
      { source: 'self-issued', ...e2e.issuer, keyFile, subject, lifetime },
    ]),
  )
  const configuration = { profiles, listen: { port }, admin: { port: false }, log: { level: 'debug' } }
  writeFileSync(join(folder, 'sidecar.yaml'), JSON.stringify(configuration))
  // Its keys are the brokers' from the first moment; the reader's own sidecar comes and goes.
  const issuer = await startSidecar({
    cli: e2e.tools.cli,
    log: join(e2e.folder, `sidecar-issuer-of-${name}`),
    options: { source: 'self-issued', ...e2e.issuer, subject: 'nobody' },
  })
  const { issuer: expected, audience } = e2e.issuer
  const cluster = await startCluster({
    classpath: e2e.tools.broker,
    folder: join(folder, 'cluster'),
    listeners: {
      OAUTH: {
        protocol: 'SASL_PLAINTEXT',
        mechanisms: ['OAUTHBEARER'],
        oauth: { jwksUrl: `${issuer.origin}/jwks`, issuer: expected, audience },
        connectionsMaxReauthMs,
      },
      SCRAM: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] },
    },
    secretKey: 'a key',
    users: { keeper: 'keepers-password' },
    acls: [{ user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:invoices' }],
  })
  const bootstrap = cluster.bootstrap['OAUTH'] ?? ''
  const places = [
    ['localhost:14293', `localhost:${port}`],
    ['localhost:9092', cluster.internal],
    ['kafka.example:9092', bootstrap],
    // The cluster has no TLS.
    ['SASL_SSL', 'SASL_PLAINTEXT'],
  ] as const
  const substituted = (text: string) => places.reduce((so, [from, to]) => so.replaceAll(from, to), text)
  const examples = join(folder, 'examples', name)
  cpSync(join(repository, 'examples', name), examples, { recursive: true })
  for (const path of globSync('**', { cwd: examples }).map((one) => join(examples, one)))
    if (statSync(path).isFile()) writeFileSync(path, substituted(readFileSync(path, 'utf8')))

  const bin = join(folder, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(e2e.tools.cli, join(bin, 'kafka-token-sidecar'))
  const kafka = (main: string) => `exec java -XX:TieredStopAtLevel=1 -cp '${e2e.tools.kafkaTools}' ${main} "$@"`
  const all = { 'kafka-acls.sh': kafka('org.apache.kafka.tools.AclCommand'), ...scripts }
  for (const [script, text] of Object.entries(all))
    writeFileSync(join(bin, script), `#!/bin/bash\n${text}\n`, { mode: 0o755 })
  const environment = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, NO_COLOR: '1', ...env }

  const run = async (commands: string) => {
    const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', commands], { cwd: folder, env: environment })
    return stdout
  }
  const commands = (heading: string, holding: string) =>
    substituted(sectionOf(`docs/${name}.md`, heading).block('sh', holding))
  await makeTopics(cluster.internal, topics)
  await run(commands('Rights', 'kafka-acls.sh'))
  return {
    folder,
    cluster,
    bootstrap,
    substituted,
    commands,
    run,
    start: (of, command, more = {}) =>
      startChild({
        command: 'sh',
        // npx does not hand on every signal, and would be one more process between.
        args: ['-c', `exec ${command.trim().replace(/^npx /, '')}`],
        cwd: folder,
        env: { ...environment, ...more },
        // Searched for tokens at the end of the run, as all that begin so.
        log: join(e2e.folder, `sidecar-recipe-${of}`),
      }),
    log: () => brokerLog(join(folder, 'cluster', 'node-1', 'life-1.stderr')),
    [Symbol.asyncDispose]: async () => {
      await cluster.stop()
      await issuer.stop()
    },
  }
}

async function makeTopics(bootstrap: string, topics: readonly string[]) {
  const admin = new Admin({ clientId: 'topics', bootstrapBrokers: [bootstrap] })
  await admin.createTopics({ topics: [...topics], partitions: 2, replicas: 1 }).finally(() => admin.close())
}
