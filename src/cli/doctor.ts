import { ConfigError, type ConfigFault } from '../config/fault.ts'
import { withClockReadings } from '../doctor/clock-readings.ts'
import { examine } from '../doctor/doctor.ts'
import type { ExaminedProfile } from '../doctor/patient.ts'
import { nodePlatform } from '../platform/platform.ts'
import { defaultProfile } from '../token/profiles.ts'
import type { Command, Terminal } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { doctorFlags, readDoctorFlags, type DoctorFlags } from './doctor/flags.ts'
import { doctorHelp } from './doctor/help.ts'
import { patientOf } from './doctor/patient.ts'
import { reportLines } from './doctor/report.ts'
import { progress } from './progress.ts'
import { withSidecar } from './with-sidecar.ts'

export const doctor: Command = {
  flags: doctorFlags,
  takesOptions: true,
  help: doctorHelp,
  async run(argv, terminal) {
    const given = readDoctorFlags(argv)
    const { platform, readings } = withClockReadings(nodePlatform(terminal.env))
    const name =
      given.profile ?? (given.rest.length > 0 || given.commandConfig === undefined ? defaultProfile : undefined)
    const look = (profile: ExaminedProfile | undefined): Promise<number> =>
      lookAt({ given, terminal, platform, readings, profile })
    if (name === undefined) {
      requireNoDebugging(terminal)
      return look(undefined)
    }
    return withSidecar(
      given.rest,
      terminal,
      name,
      ({ profile: config, listen, getToken }) => {
        const origin = `${listen.tls ? 'https' : 'http'}://localhost:${listen.port}`
        return look({ name, config, getToken, origin })
      },
      platform,
    )
  },
}

interface Looking extends Pick<Parameters<typeof patientOf>[0], 'platform' | 'readings' | 'profile'> {
  readonly given: DoctorFlags
  readonly terminal: Terminal
}

async function lookAt({ given, terminal, platform, readings, profile }: Looking): Promise<number> {
  const waiting = progress(terminal, platform)
  const warn = (message: string): void => {
    waiting.end()
    terminal.err(`kafka-token-sidecar: ${message}\n`)
  }
  const faults: ConfigFault[] = []
  const tell = (doing: string): void => {
    waiting.at(doing)
  }
  const patient = await patientOf({ given, platform, readings, profile, warn, tell, faults })
  if (faults.length > 0) throw new ConfigError(faults)
  const lines = reportLines(terminal)
  // Whoever waits for nothing but a time limit does not keep the process by itself.
  const awake = platform.setTimer(() => undefined, Infinity, { holdsProcess: true })
  try {
    if (!given.json) terminal.out(lines.head(patient))
    const report = await examine(patient, (walked) => {
      waiting.end()
      if (!given.json) terminal.out(lines.step(walked))
    })
    waiting.end()
    terminal.out(given.json ? `${JSON.stringify(report, undefined, 2)}\n` : lines.end(report))
    return report.exitCode
  } finally {
    awake.cancel()
    waiting.end()
  }
}
