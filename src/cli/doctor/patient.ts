import type { ConfigFault } from '../../config/fault.ts'
import { ConfigError } from '../../config/fault.ts'
import { brokerSettings } from '../../doctor/broker-settings.ts'
import { examineClient } from '../../doctor/client.ts'
import type { ClockReading } from '../../doctor/clock-readings.ts'
import type { ExaminedProfile, Patient } from '../../doctor/patient.ts'
import { reachOf } from '../../doctor/reach.ts'
import { errorCode } from '../../platform/error-code.ts'
import type { Platform } from '../../platform/platform.ts'
import { readTextFile } from '../read-text-file.ts'
import type { DoctorFlags } from './flags.ts'

export interface ToExamine {
  readonly given: DoctorFlags
  readonly platform: Platform
  readonly readings: () => readonly ClockReading[]
  readonly profile: ExaminedProfile | undefined
  readonly warn: (message: string) => void
  readonly tell: (doing: string) => void
  readonly faults: ConfigFault[]
}

/** What the command line names, read. Throws ConfigError for a file that cannot be read. */
export async function patientOf({
  given,
  platform,
  readings,
  profile,
  warn,
  tell,
  faults,
}: ToExamine): Promise<Patient> {
  const { commandConfig, brokerConfig, topic, operation, clientVersion } = given
  const client =
    commandConfig === undefined
      ? undefined
      : await examineClient({
          file: commandConfig,
          text: await textOf('--command-config', commandConfig),
          servers: given.servers,
          platform,
          warn,
        })
  const servers = given.servers ?? client?.servers ?? []
  const settings =
    brokerConfig === undefined ? undefined : brokerSettings(await textOf('--broker-config', brokerConfig), servers)
  if (brokerConfig !== undefined && !settings) {
    faults.push({ option: '--broker-config', given: brokerConfig, problem: 'holds no Java properties' })
  }
  return {
    platform,
    signal: new AbortController().signal,
    tell,
    profile,
    client,
    servers,
    reach: await reachOf({ client, securityProtocol: given.securityProtocol, caFile: given.brokerCaFile }),
    clientVersion,
    topic,
    operation,
    broker: settings,
    allow: { tokenOverPlaintext: given.tokenOverPlaintext, googleTokenElsewhere: given.googleTokenElsewhere },
    clocks: readings,
  }
}

async function textOf(flag: string, path: string): Promise<string> {
  try {
    return await readTextFile(path)
  } catch (thrown) {
    const problem = `cannot be read (${errorCode(thrown)})`
    throw new ConfigError([{ option: flag, given: path, problem }], { unreadable: true })
  }
}
