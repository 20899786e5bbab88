import { version } from '../version.ts'
import { brokerLogAbout, type BrokerLog } from './broker-log.ts'
import { brokers } from './brokers.ts'
import { clientSettings } from './client-settings.ts'
import { clocks } from './clocks.ts'
import { connection } from './connection.ts'
import { credentials } from './credentials.ts'
import { names } from './names.ts'
import type { Patient } from './patient.ts'
import { principal } from './principal.ts'
import { sasl } from './sasl.ts'
import { session } from './session.ts'
import type { Step } from './step.ts'
import { tls } from './tls.ts'
import { token } from './token.ts'
import { topic } from './topic.ts'
import { walk, type Walked } from './walk.ts'

/** The whole way, in its order. */
export const steps: readonly Step[] = [
  credentials,
  principal,
  token,
  clocks,
  clientSettings,
  names,
  connection,
  tls,
  sasl,
  session,
  brokers,
  topic,
]

/** What was found, in the form that JSON has. Members are added, and none changes its meaning. */
export interface Report {
  /** Of this form. */
  readonly format: 1
  readonly version: string
  readonly node: string
  readonly system: string
  readonly at: string
  readonly profile?: string
  readonly source?: string
  readonly commandConfig?: string
  readonly bootstrapServers: readonly string[]
  readonly ok: boolean
  readonly exitCode: number
  readonly tookMs: number
  readonly steps: readonly Walked[]
  /** Where the broker tells what it does not tell clients; only where it refused something. */
  readonly brokerLog?: BrokerLog
}

/** Walks from the credentials to the topic. Rejects only for a defect of ours. */
export async function examine(patient: Patient, onStep?: (walked: Walked) => void): Promise<Report> {
  const { platform, profile, client, servers } = patient
  const startedAt = platform.monotonicNow()
  const walked = await walk(steps, patient, onStep ? { onStep } : {})
  const told = walked.steps.flatMap(({ toldByBroker }) => toldByBroker ?? [])[0]
  return {
    format: 1,
    version,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    at: new Date(platform.now()).toISOString(),
    ...(profile && { profile: profile.name, source: profile.config.source }),
    ...(client && { commandConfig: client.file }),
    bootstrapServers: servers,
    ok: walked.broken === undefined,
    exitCode: walked.broken?.exitCode ?? 0,
    tookMs: Math.round(platform.monotonicNow() - startedAt),
    steps: walked.steps,
    ...(told && { brokerLog: brokerLogAbout(told) }),
  }
}
