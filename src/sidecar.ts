import { parseConfig } from './config/load.ts'
import type { Config, ConfigInput } from './config/schema.ts'
import { clientOf } from './http/client-library.ts'
import { expressFrame } from './http/express-frame.ts'
import { clientJwksRoute } from './http/client-jwks-route.ts'
import { issuerRoutes } from './http/issuer-routes.ts'
import { listen, type Listener } from './http/listener.ts'
import { expressRouter, type ExpressMount, type ExpressRouter } from './http/mount-express.ts'
import { fetchHandler, type FetchHandler } from './http/mount-fetch.ts'
import { nodeHandler, type NodeHandler } from './http/mount-node.ts'
import { dispatch, type Dispatch } from './http/route.ts'
import type { WireRequest } from './http/wire-message.ts'
import { tokenRoutes } from './http/token-route.ts'
import type { Outlet } from './outlets/outlet.ts'
import { withDeadline } from './platform/deadline.ts'
import { isLoopback } from './platform/loopback.ts'
import { nodePlatform, type Platform } from './platform/platform.ts'
import type { Secret } from './platform/secret.ts'
import { profileSources } from './profile-sources.ts'
import type { CachedSource } from './token/cache.ts'
import { asTokenError, TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { holdForToken } from './token/hold.ts'
import { defaultProfile, requireProfile } from './token/profiles.ts'
import type { AccessToken } from './token/token.ts'
import { version } from './version.ts'

/** The token endpoint, to be mounted in a server of yours or to be started as one of its own. */
export interface Sidecar {
  /** A token with life to spare: from the cache, or obtained now. Rejects with a TokenError. */
  getToken(profile?: string): Promise<AccessToken>
  /**
   * A client assertion of a profile that makes them (RFC 7523 §2.2), for a client that sends it itself. Rejects with a
   * TokenError.
   */
  getAssertion(profile?: string): Promise<Secret>
  /** For `node:http`. `prefix` is cut off the path. */
  nodeHandler(options?: { readonly prefix?: string }): NodeHandler
  /** For `app.use(prefix, …)` in Express; without a prefix it leaves what is not its own to the routes behind. */
  expressRouter(options?: ExpressMount): ExpressRouter
  /** `(Request) => Promise<Response>`, for Hono, Next and the like. `prefix` is cut off the path. */
  fetchHandler(options?: { readonly prefix?: string }): FetchHandler
  /** Listens as configured and obtains the first token. Rejects with what `listen` rejects with, such as EADDRINUSE. */
  start(): Promise<Listener>
  /** Finishes what is in flight, for `graceMs` milliseconds at most (default 3 s), and stops renewing. */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}

/** What a sidecar shares with the program around it. */
export interface SidecarOptions {
  /** Clock, timers, network and environment; default: the real ones. */
  readonly platform?: Platform
  /** Hears what happens; no event can hold a token. */
  readonly onEvent?: Emit
}

/**
 * Makes a sidecar from a configuration in the shape of the YAML file. Throws ConfigError.
 *
 * @example
 * const sidecar = createSidecar({ profiles: { default: { source: 'gcp' } } })
 * app.use('/kafka', sidecar.expressRouter())
 */
export function createSidecar(input: ConfigInput = {}, options: SidecarOptions = {}): Sidecar {
  return composeSidecar(parseConfig(input), options)
}

/** With more profiles than these, keys and secrets are first read when they are needed. */
const mostToldAtStart = 100

/** Of signing, and of asking the provider for its metadata. */
const assertionTimeoutMs = 10_000

/** As `createSidecar`, from a configuration that was checked already. */
export function composeSidecar(config: Config, options: SidecarOptions = {}): Sidecar {
  const { platform = nodePlatform(), onEvent } = options
  const emit: Emit = (event) => {
    try {
      onEvent?.(event)
    } catch {
      // Who listens badly hears badly; clients get their tokens all the same.
    }
  }
  let baseUrl = `http://localhost:${config.listen.port}`
  let starting: Promise<Listener> | undefined
  let isStopped = false
  let outlets: readonly Outlet[] = []
  // Only a server renews for clients that have not come yet.
  let keepsDefaultWarm = false

  const sources = profileSources(config.profiles, {
    platform,
    emit,
    defaultIssuer: (name) => (name === defaultProfile ? baseUrl : `${baseUrl}/${name}`),
    keepsWarm: (name) => name === defaultProfile && keepsDefaultWarm,
  })
  const known = sources.profiles

  async function start(): Promise<Listener> {
    keepsDefaultWarm = true
    const frame = await expressFrame(nodeHandler(answer))
    const { host, port } = config.listen
    const listener = await listen({ ...frame, host, port, platform, emit, onRefusal: reportRefusal })
    baseUrl = listener.url
    const first = await sourceToStartWith(listener)
    const source = config.profiles[defaultProfile]?.source ?? 'none'
    emit({ type: 'started', version, urls: listener.urls, profiles: Object.keys(config.profiles).length, source })
    if (!isLoopback(host)) {
      const message = `allowAnonymousNetwork: everybody who reaches ${listener.urls.join(', ')} can take a token`
      emit({ type: 'warning', message })
    }
    // The first client need not wait for the first token, and a fault shows in the log before it shows in a client.
    first?.peek({ profile: defaultProfile })
    tellBroken(Object.keys(config.profiles).slice(0, mostToldAtStart))
    if (config.outlets.length > 0) {
      const { startOutlets } = await import('./outlets/index.ts')
      outlets = startOutlets(config.outlets, { platform, emit, getToken, getAssertion })
    }
    return listener
  }

  /** A source that cannot work ends the start. */
  async function sourceToStartWith(listener: Listener): Promise<CachedSource | undefined> {
    try {
      return known.get(defaultProfile)?.source
    } catch (cannotWork) {
      await listener.close(0)
      throw cannotWork
    }
  }

  /** A profile that cannot work fails alone, but is told at start and not only to the first of its clients. */
  function tellBroken([name, ...others]: readonly string[]): void {
    if (name === undefined) return
    try {
      known.get(name)
    } catch (cannotWork) {
      const { code, description } = asTokenError(cannotWork)
      if (code === 'ERR_TOKEN_CLOSED') return
      emit({ type: 'warning', message: `profile ${name} does not work: ${description}` })
    }
    platform.setTimer(() => {
      tellBroken(others)
    }, 0)
  }

  async function getToken(name: string = defaultProfile): Promise<AccessToken> {
    const { source } = requireProfile(known, name)
    const request = { profile: name }
    return source.peek(request) ?? holdForToken(source, request, platform, holdTimeoutMs)
  }

  async function getAssertion(name: string = defaultProfile): Promise<Secret> {
    const late = (): Error => new TokenError('ERR_TOKEN_TIMEOUT', `no assertion within ${assertionTimeoutMs / 1000} s`)
    const signal = new AbortController().signal
    return withDeadline(platform, assertionTimeoutMs, late, signal, (inner) =>
      sources.asserting(name).makeAssertion(inner),
    )
  }

  function reportRefusal({ code, description, status, transient }: TokenError, request?: WireRequest): void {
    const outcome = transient ? 'failed' : 'refused'
    const client = request ? clientOf(request) : 'other'
    const refused = { profile: undefined, outcome, status, code, message: description, tookMs: 0 } as const
    emit({ type: 'request-answered', client, ...refused })
  }

  const holdTimeoutMs = config.listen.holdTimeout
  const routes = [
    ...tokenRoutes({ platform, profiles: known, emit, holdTimeoutMs }),
    ...issuerRoutes(sources.issuerOf),
    clientJwksRoute(sources.publishedJwks),
  ]
  const answer: Dispatch = dispatch(routes, {
    ...config.listen,
    anyAddress: !isLoopback(config.listen.host),
    onRefusal: reportRefusal,
  })

  return {
    getToken,
    getAssertion,
    nodeHandler: (mount) => nodeHandler(answer, mount),
    expressRouter: (mount) => expressRouter(answer, mount),
    fetchHandler: (mount) => fetchHandler(answer, mount),
    start() {
      const stopped = new TokenError('ERR_TOKEN_CLOSED', 'the sidecar was stopped; make another one')
      return isStopped ? Promise.reject(stopped) : (starting ??= start())
    },
    async stop({ graceMs = 3_000 } = {}) {
      isStopped = true
      // Who still waits for a token shortly before the cut is told that we stop.
      const lastCall = platform.setTimer(() => {
        known.close()
      }, 0.8 * graceMs)
      const listener = await starting?.catch(() => undefined)
      for (const outlet of outlets) outlet.close()
      await listener?.close(graceMs)
      lastCall.cancel()
      known.close()
    },
  }
}
