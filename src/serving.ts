import type { AdminOptions } from './admin.ts'
import { adminPort } from './config/admin-port.ts'
import { isSame } from './config/same.ts'
import type { Config } from './config/schema.ts'
import { expressFrame } from './http/express-frame.ts'
import { listen, type Listener, type ListenerOptions } from './http/listener.ts'
import { nodeHandler } from './http/mount-node.ts'
import type { Dispatch } from './http/route.ts'
import type { GivenDelegationToken } from './http/delegation-token-route.ts'
import type { KeptTokens } from './kept-tokens.ts'
import type { Outlets, OutletsOptions } from './outlets/index.ts'
import { isLoopback } from './platform/loopback.ts'
import type { Platform } from './platform/platform.ts'
import type { ProfileSources } from './profile-sources.ts'
import { asTokenError, TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { defaultProfile } from './token/profiles.ts'
import { version } from './version.ts'

export interface ServingOptions extends Pick<OutletsOptions, 'getToken' | 'getAssertion'> {
  readonly platform: Platform
  readonly emit: Emit
  readonly answer: Dispatch
  /** Hears of what never became a request, and where that came from. */
  readonly onRefusal: NonNullable<ListenerOptions['onRefusal']>
  readonly sources: ProfileSources
  /** Answers who still waits to be recognized. */
  readonly closeGate: () => void
  /** Awaited before it listens. */
  readonly ready: () => Promise<void>
  /** Called before the first request can come. */
  readonly onListening: (listener: Listener) => void
  /** Absent where there is to be no admin listener. */
  readonly admin?: Pick<AdminOptions, 'observer' | 'quit'> | undefined
}

/** The part of a sidecar that runs: its listener, its first tokens, and what goes elsewhere. */
export interface Serving {
  start(): Promise<Listener>
  /** Everything but to listen: delegation tokens and outlets. */
  keep(): Promise<void>
  /** The delegation token that is published; undefined where there is none. */
  delegationToken(name: string): GivenDelegationToken | undefined
  replace(config: Config, former: Config): void
  stop(graceMs: number): Promise<void>
}

/** With more profiles than these, keys and secrets are first read when they are needed. */
const mostToldAtStart = 100

/** Time for load balancers to notice that a server on a network is about to leave. */
const networkDrainMs = 5_000

export function serving(first: Config, options: ServingOptions): Serving {
  const { platform, emit, answer, onRefusal, sources, closeGate, ready, onListening, admin } = options
  const { host, port, tls, reusePort, drainDelay = isLoopback(host) ? 0 : networkDrainMs } = first.listen
  const { profiles } = sources
  let starting: Promise<Listener> | undefined
  /** It may change before the start is over. */
  let latest = first
  let isStopped = false
  let adminListener: Promise<Listener | undefined> | undefined
  let outlets: Outlets | undefined
  let kept: KeptTokens | undefined
  /** What is kept at the moment; undefined before the first time. */
  let wanted: Config | undefined

  async function start(): Promise<Listener> {
    const [frame] = await Promise.all([expressFrame(nodeHandler(answer)), ready()])
    const listener = await listen({ ...frame, host, port, tls, reusePort, platform, emit, onRefusal })
    onListening(listener)
    try {
      // A source that cannot work ends the start.
      profiles.get(defaultProfile)
    } catch (cannotWork) {
      await listener.close(0)
      throw cannotWork
    }
    const source = first.profiles[defaultProfile]?.source ?? 'none'
    emit({ type: 'started', version, urls: listener.urls, profiles: Object.keys(first.profiles).length, source })
    for (const message of dangers(first, listener.urls)) emit({ type: 'warning', message })
    // The first client need not wait for the first token, and a fault shows in the log before it shows in a client.
    profiles.get(defaultProfile)?.source.peek({ profile: defaultProfile })
    tellBroken(Object.keys(first.profiles).slice(0, mostToldAtStart))
    await Promise.all([keep(latest), beginAdmin(listener)])
    return listener
  }

  /** Where its port cannot be had, and had to be, the start is over. */
  async function beginAdmin(endpoint?: Listener): Promise<void> {
    const wantedPort = admin && adminPort(first, true)
    if (!admin || !wantedPort) return
    adminListener ??= import('./admin.ts').then(({ openAdmin }) => {
      const about = { platform, emit, sources, ...admin, config: () => latest, endpoint: endpoint?.url }
      return openAdmin(about, wantedPort)
    })
    try {
      await adminListener
    } catch (cannotListen) {
      await endpoint?.close(0)
      throw cannotListen
    }
  }

  /** A profile that cannot work fails alone, but is told at start and not only to the first of its clients. */
  function tellBroken([name, ...others]: readonly string[]): void {
    if (name === undefined) return
    try {
      profiles.get(name)
    } catch (cannotWork) {
      const { code, description } = asTokenError(cannotWork)
      if (code === 'ERR_TOKEN_CLOSED') return
      emit({ type: 'warning', message: `profile ${name} does not work: ${description}` })
    }
    platform.setTimer(() => {
      tellBroken(others)
    }, 0)
  }

  /** Keeps what goes elsewhere than through the endpoint: delegation tokens, and what outlets write. */
  async function keep(config: Config): Promise<void> {
    wanted = config
    outlets?.close()
    outlets = undefined
    const isWanted = (): boolean => !isStopped && wanted === config
    if (kept) kept.replace(config.delegationTokens)
    else if (Object.keys(config.delegationTokens).length > 0) {
      const { keptTokens } = await import('./kept-tokens.ts')
      // Meanwhile others may be wanted.
      if (isWanted()) kept = keptTokens(config.delegationTokens, options)
    }
    if (config.outlets.length === 0) return
    const { startOutlets } = await import('./outlets/index.ts')
    const followDelegationToken: OutletsOptions['followDelegationToken'] = (name, hear) =>
      kept?.follow(name, hear) ?? (() => undefined)
    if (isWanted()) outlets = startOutlets(config.outlets, { ...options, followDelegationToken })
  }

  return {
    start() {
      const stopped = new TokenError('ERR_TOKEN_CLOSED', 'the sidecar was stopped; make another one')
      if (isStopped) return Promise.reject(stopped)
      // A port that is taken may be free at the next attempt.
      return (starting ??= start().catch((failure: unknown) => {
        starting = undefined
        throw failure
      }))
    },
    async keep() {
      await Promise.all([keep(latest), beginAdmin()])
    },
    delegationToken: (name) => kept?.current(name),
    replace(config, former) {
      latest = config
      for (const name of ['listen', 'admin', 'openTelemetry', 'log', 'audit'] as const) {
        if (isSame(config[name], first[name]) || isSame(config[name], former[name])) continue
        emit({ type: 'warning', message: `${name} changed in the configuration, which takes effect at the next start` })
      }
      const isNew = (name: string): boolean => !isSame(config.profiles[name], former.profiles[name])
      tellBroken(Object.keys(config.profiles).filter(isNew).slice(0, mostToldAtStart))
      const isElsewhere = ({ outlets, delegationTokens }: Config): object => ({ outlets, delegationTokens })
      const hasNewOutlets = !isSame(isElsewhere(config), isElsewhere(former))
      admin?.observer.keepOnly({
        profiles: Object.keys(config.profiles),
        delegationTokens: Object.keys(config.delegationTokens),
        hasNewOutlets,
      })
      if (wanted && hasNewOutlets) void keep(config)
    },
    async stop(graceMs) {
      isStopped = true
      const listener = await starting?.catch(() => undefined)
      const health = await adminListener?.catch(() => undefined)
      // Whoever looks sees it before anything else ends.
      if (listener ?? health) emit({ type: 'draining', delayMs: listener ? drainDelay : 0 })
      if (drainDelay > 0) await listener?.drain(drainDelay)
      void health?.drain(0)
      // Who still waits shortly before the cut is told that we stop.
      const lastCall = platform.setTimer(() => {
        closeGate()
        sources.close()
      }, 0.8 * graceMs)
      outlets?.close()
      await Promise.all([listener?.close(graceMs), kept?.stop()])
      lastCall.cancel()
      sources.close()
      await health?.close(graceMs)
    },
  }
}

/** What was switched off by a flag with a dangerous name, told each time. */
function dangers({ listen: { host, tls }, callers, profiles }: Config, urls: readonly string[]): readonly string[] {
  if (isLoopback(host)) return []
  const where = urls.join(', ')
  const isAnonymous = Object.keys(callers).length === 0
  const ownKeys = Object.entries(profiles).filter(
    ([, profile]) => profile.source === 'self-issued' && profile.keyFile === undefined,
  )
  return [
    ...(isAnonymous ? [`allowAnonymousNetwork: everybody who reaches ${where} can take a token`] : []),
    ...(tls ? [] : [`allowPlaintextNetwork: everybody on the way to ${where} can read tokens and secrets`]),
    ...(ownKeys.length > 0
      ? [
          `profile ${ownKeys[0]?.[0] ?? ''} signs with a key of this process alone, which no restart keeps: set its keyFile`,
        ]
      : []),
  ]
}
