import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { startKafka, type FakeKafka, type FakeKafkaOptions } from '../fakes/kafka/cluster.ts'
import { run, type Ran, type RunOptions } from './command-line.ts'

/** A cluster, and the command with a login there. Both are gone when the test is over. */
export interface CommandedKafka {
  readonly kafka: FakeKafka
  readonly folder: string
  /** Properties of a Java client that logs in as this user. */
  readonly properties: (user: string, more?: string) => string
  /** `delegation-token`, by default as `User:admin`. What it prints on standard error has no HMAC. */
  readonly command: (line: string, options?: CommandOptions) => Promise<Ran>
  /** Makes a token, and tells its id and HMAC. */
  readonly made: (line?: string, user?: string) => Promise<{ readonly tokenId: string; readonly tokenHmac: string }>
}

export interface CommandOptions extends RunOptions {
  /** Undefined: the command line says how it logs in. */
  readonly user?: string | undefined
}

export const passwords = { admin: 'password-of-admin', spark: 'password-of-spark', bob: 'password-of-bob' }

const hmacShape = /[A-Za-z0-9+/]{86}==/

export async function commandedKafka(options: FakeKafkaOptions = {}): Promise<CommandedKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'kts-delegation-token-'))
  const kafka = await startKafka({ users: passwords, superUsers: ['User:admin'], ...options })
  onTestFinished(async () => {
    await kafka.close()
    rmSync(folder, { recursive: true })
  })

  function properties(user: string, more = ''): string {
    const file = join(folder, `${user}.properties`)
    const password = passwords[user as keyof typeof passwords]
    const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
    const lines = [
      `bootstrap.servers=${kafka.bootstrap.join(',')}`,
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=${module} required username="${user}" password="${password}";`,
      more,
    ]
    writeFileSync(file, lines.join('\n'))
    return file
  }

  async function command(line: string, { user, ...rest }: CommandOptions = { user: 'admin' }): Promise<Ran> {
    const login = user === undefined ? '' : `--command-config ${properties(user)}`
    const ran = await run(`delegation-token ${line} ${login}`, rest)
    expect(ran.err).not.toMatch(hmacShape)
    expect(kafka.malformed).toEqual([])
    return ran
  }

  return {
    kafka,
    folder,
    properties,
    command,
    async made(line = '', user = 'admin') {
      const { code, out, err } = await command(`create --output json ${line}`, { user })
      expect([code, err]).toEqual([0, expect.anything()])
      return JSON.parse(out) as { tokenId: string; tokenHmac: string }
    },
  }
}
