import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Report } from '../../src/doctor/doctor.ts'
import type { Walked } from '../../src/doctor/walk.ts'
import { startKafka, type FakeKafka, type FakeKafkaOptions } from '../fakes/kafka/cluster.ts'
import { run, type Ran } from '../cli/command-line.ts'

/** A folder that is gone when the test is over. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kts-doctor-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  return folder
}

export async function fakeKafka(options: FakeKafkaOptions = {}): Promise<FakeKafka> {
  const kafka = await startKafka(options)
  onTestFinished(() => kafka.close())
  return kafka
}

/** Nothing of this machine's: no credentials, no home. */
const environment = {
  HOME: '/nonexistent',
  GCE_METADATA_HOST: '127.0.0.1:1',
  METADATA_SERVER_DETECTION: 'none',
  AWS_EC2_METADATA_DISABLED: 'true',
}

export interface Seen extends Report {
  readonly code: number
  readonly err: string
  step(id: string): Walked
}

/** The report of the command, as JSON has it. */
export async function examined(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const ran = await run(['doctor', ...args, '--json'], { env: { ...environment, ...env } })
  if (ran.out === '') throw new Error(`no report, and exit code ${ran.code}: ${ran.err}`)
  const report = JSON.parse(ran.out) as Report
  return {
    ...report,
    code: ran.code,
    err: ran.err,
    step(id) {
      const found = report.steps.find(({ step }) => step === id)
      if (!found) throw new Error(`there is no step ${id}`)
      return found
    },
  }
}

/** What people read. */
export function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return run(['doctor', ...args], { env: { ...environment, ...env } })
}

const security = 'org.apache.kafka.common.security'

/** Properties of a Java client that gets its tokens at an endpoint; `changes` of undefined leave a line out. */
export function clientFile(
  folder: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  name = 'client.properties',
): string {
  const properties: Readonly<Record<string, string | undefined>> = {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.login.callback.handler.class': `${security}.oauthbearer.OAuthBearerLoginCallbackHandler`,
    'sasl.jaas.config': `${security}.oauthbearer.OAuthBearerLoginModule required clientId="orders" clientSecret="s3cret-of-orders";`,
    ...changes,
  }
  const file = join(folder, name)
  const lines = Object.entries(properties).filter(([, value]) => value !== undefined)
  writeFileSync(file, lines.map(([key, value]) => `${key}=${value ?? ''}\n`).join(''))
  return file
}

/** A profile that issues its own tokens, whose key stays. */
export function issuing(folder: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
  const options = { source: 'self-issued', 'key-file': join(folder, 'issuer.pem'), subject: 'alice', ...more }
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
}
