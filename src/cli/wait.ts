import { ConfigError } from '../config/fault.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { pause } from '../platform/pause.ts'
import { nodePlatform } from '../platform/platform.ts'
import { shortened } from '../platform/shortened.ts'
import { parseDurationMs } from '../sources/duration.ts'
import { askPeer, peerFlags, peerUrl, type PeerAnswer } from './admin-peer.ts'
import type { Command, Flag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { progress } from './progress.ts'

const flags = [
  { name: '--timeout', value: 'TIME', about: 'How long to wait, as 30s or 5m; 0s asks once. Default: 30s.' },
  { name: '--profile', value: 'NAME', about: 'Wait for this profile. Default: for the sidecar as a whole.' },
  { name: '--live', about: 'Wait until the sidecar listens, with a token or without, as the start-up probe of a pod.' },
  ...peerFlags,
  { name: '--json', about: 'Print what came of it as JSON.' },
] as const satisfies readonly Flag[]

const longestMs = 24 * 3_600_000
const askTimeoutMs = 2_000
const retryMs = 200

export const wait: Command = {
  flags,
  help: () =>
    helpText({
      usage: ['wait [--timeout 30s] [--profile NAME | --live] [--admin-port PORT | --url URL] [--json]'],
      about: `Waits until a sidecar can give a valid token, which it says at /readyz of its admin listener; before a client that is
started beside it, as in a Job or a shell script. A profile that nobody has asked for counts as ready.`,
      examples: [
        ['wait && java -jar app.jar', 'starts the client when there is a token for it'],
        ['wait --timeout 2m --profile orders', 'waits longer, and for one profile'],
        ['wait --timeout 0s', 'asks once, as an exec probe does'],
        ['wait --live --timeout 9s', 'until clients may begin to ask'],
      ],
      flags,
      exits: [
        [0, 'a token can be given; with --live, the sidecar listens'],
        [2, 'there is no such profile, or what answers is no sidecar'],
        [6, 'none can within the time, or nobody answers'],
      ],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, {
      switches: ['--json', '--live'],
      texts: ['--timeout', '--profile', '--admin-port', '--url'],
    })
    const timeoutMs = timeoutIn(texts['--timeout'] ?? '30s')
    const base = peerUrl(
      texts,
      rest,
      terminal,
      flags.map(({ name }) => name),
    )
    const { '--profile': profile } = texts
    const isLive = switches['--live']
    if (isLive && profile !== undefined) {
      const problem = 'cannot be combined with --live, which asks for no token'
      throw new ConfigError([{ option: '--profile', given: profile, problem }])
    }
    const url = isLive
      ? `${base}/livez`
      : profile === undefined
        ? `${base}/readyz`
        : `${base}/readyz/${encodeURIComponent(profile)}`
    const platform = nodePlatform(terminal.env)
    const shown = progress(terminal, platform)
    const startedAt = platform.monotonicNow()
    const tookMs = (): number => Math.round(platform.monotonicNow() - startedAt)
    const signal = new AbortController().signal
    shown.at(`waiting for ${url}`)
    let state = await ask()
    while (state.is === 'waiting' && tookMs() + retryMs <= timeoutMs) {
      await pause(platform, retryMs, signal, { holdsProcess: true })
      state = await ask()
    }
    shown.end()
    const { is, says } = state
    if (switches['--json']) {
      terminal.out(`${JSON.stringify({ ready: is === 'ready', url, tookMs: tookMs(), says }, undefined, 2)}\n`)
    } else if (is === 'ready') terminal.out(isLive ? 'alive\n' : 'ready\n')
    else
      terminal.err(
        `kafka-token-sidecar: ${is === 'waiting' ? `not ready within ${timeoutMs / 1000} s` : 'cannot wait'}: ${says}\n`,
      )
    return is === 'ready' ? exitCode.ok : is === 'waiting' ? exitCode.notReady : exitCode.configuration

    async function ask(): Promise<State> {
      const headers = { Accept: 'application/json' }
      const leftMs = Math.max(timeoutMs - tookMs(), 0) || askTimeoutMs
      const answer = await askPeer(platform, url, Math.min(askTimeoutMs, leftMs), { headers })
      if (isLive && answer.status === 200 && answer.text === 'alive\n') return { is: 'ready', says: 'alive' }
      return stateIn(answer, base)
    }
  },
}

interface State {
  /** `wrong`: waiting is no use. */
  readonly is: 'ready' | 'waiting' | 'wrong'
  readonly says: string
}

function stateIn({ status, text }: PeerAnswer, base: string): State {
  if (status === 0) {
    return {
      is: 'waiting',
      says: `nobody answers at ${base} (${text}); is the sidecar there, and its --admin-port this one?`,
    }
  }
  const { ready, summary, profiles } = parseJsonObject(text) ?? {}
  if (typeof ready !== 'boolean') return notOurs(status, text, base)
  const codes = ready ? [] : Object.entries(profiles ?? {}).flatMap(([name, about]) => codeOf(name, about))
  return { is: ready ? 'ready' : 'waiting', says: [String(summary), ...codes].join('; ') }
}

function codeOf(name: string, about: unknown): string[] {
  const { ready, code } = (about ?? {}) as { readonly ready?: unknown; readonly code?: unknown }
  return ready === true || typeof code !== 'string' ? [] : [`profile ${name}: ${code}`]
}

/** Text of somebody else may be anything. */
function notOurs(status: number, text: string, base: string): State {
  const line = shortened(text.replace(/[^\x20-\x7e]+/g, ' '))
  if (status === 404 && line.startsWith('there is no '))
    return { is: 'wrong', says: `${line} in the configuration of the sidecar` }
  // A proxy or the server before may answer while the sidecar starts.
  if (status >= 500) return { is: 'waiting', says: `status ${status} from ${base}: ${line}` }
  return { is: 'wrong', says: `what answers at ${base} with status ${status} is no admin listener of a sidecar` }
}

function timeoutIn(given: string): number {
  const ms = parseDurationMs(given)
  if (ms !== undefined && ms <= longestMs) return ms
  const problem = 'must be a duration of at most 24h, such as 30s or 5m; a bare number is seconds'
  throw new ConfigError([{ option: '--timeout', given, problem }])
}
