import { open } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import { configFiles, loadConfig } from '../config/load.ts'
import type { Config, ProfileConfig } from '../config/schema.ts'
import type { Audit } from '../ops/audit.ts'
import { log } from '../ops/log.ts'
import { errorCode } from '../platform/error-code.ts'
import { nodePlatform, type Platform } from '../platform/platform.ts'
import { composeSidecar, type ComposedSidecar } from '../sidecar.ts'
import type { Emit, SidecarEvent } from '../token/event.ts'
import { defaultProfile } from '../token/profiles.ts'
import type { Command } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { exitCode } from './exit-code.ts'
import { liveConfig } from './live-config.ts'
import { optionHelp } from './option-help.ts'
import { ownFlags } from './own-flags.ts'
import { quickStart, type IssuedTokens } from './quick-start.ts'
import { readTextFile } from './read-text-file.ts'
import { firstSignal, onHangup } from './signals.ts'

/** A second signal, or this, ends a stop that takes too long. */
const graceMs = 3_000

export const serve: Command = {
  name: 'serve',
  summary: 'Listen for token requests (Google credentials by default).',
  help: (argv) => `Usage: kafka-token-sidecar serve [options]

Listens on port 14293 of this host and answers POST /token with an access token (RFC 6749).

  kafka-token-sidecar serve                                      Google Application Default Credentials
  kafka-token-sidecar serve --source self-issued --subject app   its own tokens, no cloud needed
  kafka-token-sidecar serve --properties client.properties       as a Java client has it (KIP-768, KIP-1139, KIP-1258)
  kafka-token-sidecar serve --config sidecar.yaml

  --quick-start
      Print a curl command and client settings to paste; so it does when a person watches.

${optionHelp(argv)}`,
  async run(argv, terminal) {
    const { switches, rest } = ownFlags(argv, { switches: ['--quick-start'] })
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
    const load = (onWarning: typeof warn): Promise<Config> =>
      loadConfig({ argv: rest, env, readFile: readTextFile, warn: onWarning })
    const live = liveConfig({
      files: configFiles({ argv: rest, env }),
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
      const { url } = await sidecar.start()
      // What it prints is for clients that need neither credentials nor a CA.
      const isOpen = Object.keys(config.callers).length === 0 && !config.listen.tls
      if ((terminal.isWatched && isOpen) || switches['--quick-start']) {
        terminal.out(quickStart(url, issuedTokens(config.profiles[defaultProfile], url)))
      }
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
  },
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

function issuedTokens(profile: ProfileConfig | undefined, url: string): IssuedTokens | undefined {
  if (profile?.source !== 'self-issued') return undefined
  return { issuer: profile.issuer ?? url, audience: [profile.audience].flat().join(',') }
}
