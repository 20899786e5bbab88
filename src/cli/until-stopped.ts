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
  /** Where the log goes; default 1, standard output. */
  readonly logTo?: 1 | 2
  /** What ends it, once it has begun; default: the first SIGTERM or SIGINT, which then have no other effect. */
  readonly until?: (running: Begun) => Promise<Ended>
}

/** What runs, for who decides when it ends. */
export interface Begun {
  readonly sidecar: ComposedSidecar
  readonly config: Config
  readonly platform: Platform
  readonly emit: Emit
  /** Resolves when `POST /quitquitquit` comes. */
  readonly quit: Promise<string>
}

export interface Ended {
  /** Of the log, as the name of a signal. */
  readonly reason: string
  readonly code: number
}

/** A second signal, or this, ends a stop that takes too long. */
const graceMs = 3_000

/** Runs a sidecar that follows its configuration, with its log and its audit stream, until a signal stops it. */
export async function untilStopped(running: Running): Promise<number> {
  const { argv, terminal, load, begin, logTo = 1, until } = running
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
      const sidecar = await composed.promise
      sidecar.replace(changed)
      audited ??= await auditOf(changed, platform, logged, logTo)
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
  logged = log({ ...logging(terminal, config, logTo), fd: logTo, platform })
  audited = await auditOf(config, platform, logged, logTo)
  warnings.forEach(warn)
  // From here on a stop is an orderly one, also in the middle of a start.
  const quit = Promise.withResolvers<string>()
  const onQuit = (): void => {
    quit.resolve('quitquitquit')
  }
  const stopSignal = until ? Promise.resolve('') : Promise.race([firstSignal(), quit.promise])
  const sidecar = composeSidecar(config, { onEvent: emit, platform, hasAdmin: true, onQuit })
  composed.resolve(sidecar)
  try {
    await begin(sidecar, config)
    const { reason, code } = until
      ? await until({ sidecar, config, platform, emit, quit: quit.promise })
      : { reason: await stopSignal, code: exitCode.ok }
    const startedAt = platform.monotonicNow()
    emit({ type: 'stopping', signal: reason })
    live.close()
    await sidecar.stop({ graceMs })
    emit({ type: 'stopped', tookMs: Math.round(platform.monotonicNow() - startedAt) })
    return code
  } finally {
    live.close()
    await audited?.close()
  }
}

/** Beside the output of another program, a person is told only what is wrong. */
function logging({ isWatched, isErrorWatched }: Terminal, { log: { level } }: Config, to: 1 | 2) {
  if (to === 1) return { level, pretty: isWatched }
  return { level: isErrorWatched && level === 'info' ? ('warn' as const) : level, pretty: isErrorWatched }
}

/** Refusals, of which there may be thousands a second when somebody guesses or asks too often. */
function isOfAudit(event: SidecarEvent): boolean {
  return event.type === 'request-answered' && (event.outcome === 'refused' || event.code === 'ERR_REQUEST_OVERLOAD')
}

/** The audit stream: where it is configured to go, or beside the log where there are callers. */
async function auditOf(config: Config, platform: Platform, emit: Emit, logTo: 1 | 2): Promise<Audit | undefined> {
  const beside = logTo === 1 ? 'stdout' : 'stderr'
  const to = config.audit.to ?? (Object.keys(config.callers).length > 0 ? beside : 'off')
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
