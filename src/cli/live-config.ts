import { ConfigError } from '../config/fault.ts'
import type { Config } from '../config/schema.ts'
import type { Platform, Timer } from '../platform/platform.ts'
import { watchedFiles } from '../platform/watched-files.ts'
import { errorRow, TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'

export interface LiveConfigOptions {
  /** The files of the configuration: YAML, properties. */
  readonly files: readonly string[]
  /** Reads all of it again. Rejects with ConfigError. */
  readonly load: () => Promise<Config>
  /** Throws or rejects where it cannot be used. */
  readonly onChange: (config: Config) => void | Promise<void>
  readonly platform: Pick<Platform, 'setTimer' | 'monotonicNow'>
  readonly emit: Emit
}

/** Follows the files of the configuration. */
export interface LiveConfig {
  /** Looks now, as for SIGHUP; otherwise a change is seen within 5 s. */
  readonly look: () => void
  /** Resolves once it has seen the files: what changes from then on is loaded. */
  readonly begun: Promise<void>
  close(): void
}

const what = 'the configuration'

/** Tens of thousands of profiles and callers. */
const largestBytes = 64 * 1024 * 1024

/** An editor that writes in place has written all of it by then: half of a file may well be valid, and lack a profile. */
const settleMs = 1_000

/** Reads the configuration again when a file changes; what is not valid changes nothing and is told. */
export function liveConfig({ files, load, onChange, platform, emit }: LiveConfigOptions): LiveConfig {
  let settling: Timer | undefined
  let isClosed = false
  const watched = watchedFiles({
    platform,
    files: Object.fromEntries(files.map((file) => [file, file])),
    largestBytes,
    parse: () => undefined,
    unreadable: (path, problem) => new TokenError('ERR_CONFIG_FILE', `cannot read ${path} (${problem})`),
    onReloaded: settle,
    onBroken(reason) {
      fail(reason.message)
    },
  })

  function settle(): void {
    settling?.cancel()
    settling = platform.setTimer(() => void settled(), settleMs)
  }

  /** Whoever still writes has changed it meanwhile: then this look begins to wait anew. */
  async function settled(): Promise<void> {
    const since = settling
    await watched.read().catch(() => undefined)
    if (since === settling && !isClosed) await reload()
  }

  async function reload(): Promise<void> {
    try {
      const config = await load()
      if (isClosed) return
      await onChange(config)
      emit({ type: 'files-reloaded', what })
    } catch (thrown) {
      // Such as between the two steps of a replacement; if it lasts, whoever looks at the files tells it.
      if (thrown instanceof ConfigError && thrown.unreadable && !isClosed) settle()
      else if (!isClosed) fail(inOneLine(thrown instanceof Error ? thrown.message : String(thrown)))
    }
  }

  function fail(message: string): void {
    const code = 'ERR_CONFIG_FILE'
    emit({ type: 'reload-failed', what, code, message, hint: errorRow(code).hint })
  }

  const seen = (): Promise<void> => watched.read().catch(() => undefined)
  return {
    look: () => void seen(),
    begun: files.length > 0 ? seen() : Promise.resolve(),
    close() {
      isClosed = true
      settling?.cancel()
      watched.close()
    },
  }
}

/** One slip in a long file may have thousands of consequences. */
const mostTold = 20

function inOneLine(message: string): string {
  const lines = message.split('\n')
  const others = lines.length - mostTold
  return [...lines.slice(0, mostTold), ...(others > 0 ? [`and ${others} more`] : [])].join('; ')
}
