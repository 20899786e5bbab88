import { loadConfig } from '../config/load.ts'
import type { ProfileConfig } from '../config/schema.ts'
import { log } from '../ops/log.ts'
import { nodePlatform } from '../platform/platform.ts'
import { composeSidecar } from '../sidecar.ts'
import { defaultProfile } from '../token/profiles.ts'
import type { Command } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { exitCode } from './exit-code.ts'
import { optionHelp } from './option-help.ts'
import { ownFlags } from './own-flags.ts'
import { quickStart, type IssuedTokens } from './quick-start.ts'
import { readTextFile } from './read-text-file.ts'
import { firstSignal } from './signals.ts'

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
    const warnings: string[] = []
    const warn = (message: string): void => void warnings.push(message)
    const config = await loadConfig({ argv: rest, env: terminal.env, readFile: readTextFile, warn })
    requireNoDebugging(terminal)
    const platform = nodePlatform(terminal.env)
    const emit = log({ level: config.log.level, pretty: terminal.isWatched, platform })
    for (const message of warnings) emit({ type: 'warning', message })
    // From here on a stop is an orderly one, also in the middle of a start.
    const stopSignal = firstSignal()
    const sidecar = composeSidecar(config, { onEvent: emit, platform })
    const { url } = await sidecar.start()
    if (terminal.isWatched || switches['--quick-start']) {
      terminal.out(quickStart(url, issuedTokens(config.profiles[defaultProfile], url)))
    }
    const signal = await stopSignal
    const startedAt = platform.monotonicNow()
    emit({ type: 'stopping', signal })
    await sidecar.stop({ graceMs })
    emit({ type: 'stopped', tookMs: Math.round(platform.monotonicNow() - startedAt) })
    return exitCode.ok
  },
}

function issuedTokens(profile: ProfileConfig | undefined, url: string): IssuedTokens | undefined {
  if (profile?.source !== 'self-issued') return undefined
  return { issuer: profile.issuer ?? url, audience: [profile.audience].flat().join(',') }
}
