import { open } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import { configFiles } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import type { Audit } from '../ops/audit.ts'
import { log } from '../ops/log.ts'
import { errorCode } from '../platform/error-code.ts'
import { nodePlatform, type Platform } from '../platform/platform.ts'
import { composeSidecar, type ComposedSidecar } from '../sidecar.ts'
import type { Emit, SidecarEvent } from '../token/event.ts'
import type { Terminal } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { exitCode } from './exit-code.ts'
import { liveConfig } from './live-config.ts'
import { firstSignal, onHangup } from './signals.ts'

/** A command that goes on until it is told to stop. */
export interface Running {
  /** The arguments that say where the configuration is. */
  readonly argv: readonly string[]
  readonly terminal: Terminal
  /** Reads the configuration, also again when its files change. Rejects with ConfigError. */
  readonly load: (warn: (message: string) => void) => Promise<Config>
  /** What the command is there for. */
  readonly begin: (sidecar: ComposedSidecar, config: Config) => Promise<void>
}

/** A second signal, or this, ends a stop that takes too long. */
const graceMs = 3_000

/** Runs a sidecar that follows its configuration, with its log and its audit stream, until a signal stops it. */
export async function untilStopped({ argv, terminal, load, begin }: Running): Promise<number> {
  const { env } = terminal
  const platform = nodePlatform(env)
  const composed = Promise.withResolvers<ComposedSidecar>()
  let logged: Emit = () => undefined
  let audited: Audit | undefined
  const emit: Emit = (event) => {
    // What the audit stream tells of need not stand in the log as well.
    if (!audited || !isOfAudit(event)) logged(event)
    audited?.emit(event)
  }
  const warn = (message: string): void => {
    emit({ type: 'warning', message })
  }
  const live = liveConfig({
    files: configFiles({ argv, env }),
    load: () => load(warn),
    async onChange(changed) {
      const running = await composed.promise
      running.replace(changed)
      audited ??= await auditOf(changed, platform, logged)
    },
    platform,
    emit,
  })
  onHangup(live.look)
  // Whatever changes after this look is seen, also while the rest begins.
  await live.begun
  const warnings: string[] = []
  const config = await load((message) => void warnings.push(message))
  requireNoDebugging(terminal)
  await requireWritable(config.audit.to)
  logged = log({ level: config.log.level, pretty: terminal.isWatched, platform })
  audited = await auditOf(config, platform, logged)
  warnings.forEach(warn)
  // From here on a stop is an orderly one, also in the middle of a start.
  const stopSignal = firstSignal()
  const sidecar = composeSidecar(config, { onEvent: emit, platform })
  composed.resolve(sidecar)
  try {
    await begin(sidecar, config)
    const signal = await stopSignal
    const startedAt = platform.monotonicNow()
    emit({ type: 'stopping', signal })
    live.close()
    await sidecar.stop({ graceMs })
    emit({ type: 'stopped', tookMs: Math.round(platform.monotonicNow() - startedAt) })
  } finally {
    live.close()
    await audited?.close()
  }
  return exitCode.ok
}

/** Refusals, of which there may be thousands a second when somebody guesses or asks too often. */
function isOfAudit(event: SidecarEvent): boolean {
  return event.type === 'request-answered' && (event.outcome === 'refused' || event.code === 'ERR_REQUEST_OVERLOAD')
}

/** The audit stream: where it is configured to go, or beside the log where there are callers. */
async function auditOf(config: Config, platform: Platform, emit: Emit): Promise<Audit | undefined> {
  const to = config.audit.to ?? (Object.keys(config.callers).length > 0 ? 'stdout' : 'off')
  if (to === 'off') return undefined
  const { audit } = await import('../ops/audit.ts')
  return audit({ to, platform, emit })
}

/** Throws ConfigError for a file that cannot be appended to; later than at start that is told, and ends nothing. */
async function requireWritable(to = 'off'): Promise<void> {
  if (['stdout', 'stderr', 'off'].includes(to)) return
  try {
    await (await open(to, 'a', 0o600)).close()
  } catch (cause) {
    const problem = `cannot be written (${errorCode(cause)})`
    throw new ConfigError([{ option: 'audit.to', given: to, problem }], { unreadable: true })
  }
}
