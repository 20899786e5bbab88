import { execFile } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from './child-process.ts'
import type { Exchange } from './client.ts'
import type { Mechanism } from './kafka-cluster-properties.ts'
import type { Shared } from './setup.ts'

/** What a command has printed, and how it ended. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Standard input. */
  readonly input?: string
}

/** `kafka-token-sidecar delegation-token` as a user has it. What it prints as errors is searched for secrets at the end of the run. */
export async function delegationToken(
  shared: Shared,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ran> {
  const { tools, folder } = shared
  const ran = await run(process.execPath, [tools.cli, 'delegation-token', ...args], options)
  appendFileSync(join(folder, 'sidecar-delegation-token.stderr'), ran.stderr)
  return ran
}

/** A class of `kafka-tools`: `DelegationTokenCommand` is `kafka-delegation-tokens.sh`. */
export function kafkaCommand({ tools }: Shared, name: string, args: readonly string[]): Promise<Ran> {
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', tools.kafkaTools]
  return run('java', [...java, `org.apache.kafka.tools.${name}`, ...args])
}

async function run(command: string, args: readonly string[], { input = '' }: CommandOptions = {}): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }
  const ended = promisify(execFile)(command, args, { env, timeout: 60_000 })
  ended.child.stdin?.end(input)
  try {
    const { stdout, stderr } = await ended
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as Ran
    if (typeof code === 'number') return { code, stdout, stderr }
    throw error
  }
}

/** Tells `secrets.e2e.ts` what must be in no log. */
export function keepFromLogs({ folder }: Shared, hmacs: readonly string[]) {
  appendFileSync(join(folder, 'hmacs.secret'), hmacs.map((hmac) => `${hmac}\n`).join(''))
}

const modules: Readonly<Record<Exclude<Mechanism, 'OAUTHBEARER'>, string>> = {
  PLAIN: 'plain.PlainLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
}

/** The lines of a Java client's properties that say who it is. */
export function passwordLogin(
  user: string,
  password: string,
  mechanism: keyof typeof modules = 'SCRAM-SHA-512',
): string {
  const jaas = `org.apache.kafka.common.security.${modules[mechanism]} required username="${user}" password="${password}";`
  return `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=${mechanism}\nsasl.jaas.config=${jaas}\n`
}

/** See java/src/TokenFileClient.java. */
export interface TokenFileLoad {
  /** Properties with everything but the bootstrap servers. */
  readonly file: string
  readonly bootstrap: string
  readonly topic: string
  /** A new producer whenever the file changes; or one for the whole life of the token that was there first. */
  readonly mode: 'follow' | 'hold'
  /** Default: until it is stopped. */
  readonly records?: number
  readonly version?: '4.3' | '3.9'
  /** Options of the JVM. */
  readonly jvm?: readonly string[]
}

/** What became of the records, and the ids of the tokens that were used. */
export interface TokenFileExchange extends Exchange {
  readonly tokens: readonly string[]
}

export interface TokenFileClient extends AsyncDisposable {
  /** Resolves at the first acknowledged record. */
  producing(): Promise<void>
  /** No more records; what was sent is read and counted. */
  stop(): void
  /** Waits for the end. */
  exchange(): Promise<TokenFileExchange>
  /** The error that kept it from starting. */
  refused(): Promise<string>
  output(): string
  readonly shows: (pattern: RegExp, timeoutMs: number) => Promise<void>
}

/** Records are sent every 40 ms. */
export function startTokenFileClient({ tools, folder }: Shared, load: TokenFileLoad): TokenFileClient {
  const { file, bootstrap, topic, mode, records = 2 ** 31 - 1, version = '4.3', jvm = [] } = load
  const log = join(folder, `client-${topic}`)
  const stopFile = `${log}.stop`
  const java = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...jvm]
  const classpath = version === '4.3' ? tools.java43 : tools.java39
  const program = ['-cp', classpath, 'TokenFileClient', file, bootstrap, topic, mode, stopFile, `${records}`]
  const child = startChild({ command: 'java', args: [...java, ...program], log })
  const printed = (event: string) => {
    const lines = child
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    const found = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => line['event'] === event)
    if (!found) throw new Error(`the client printed no ${event}:\n${child.stdout()}\n${child.output().slice(-2000)}`)
    return found
  }
  return {
    producing: () => child.shows(/"event":"producing"/, 60_000),
    stop: () => {
      writeFileSync(stopFile, '')
    },
    exchange: async () => {
      await child.exited(180_000)
      return printed('result') as unknown as TokenFileExchange
    },
    refused: async () => {
      await child.exited(60_000)
      return String(printed('refused')['error'])
    },
    output: () => child.output(),
    shows: child.shows,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
