import { places } from './callers/places.ts'
import { rateLimit } from './callers/rate.ts'
import { adminPort } from './config/admin-port.ts'
import { ConfigError } from './config/fault.ts'
import { gatewayFaults } from './config/gateway-faults.ts'
import { parseConfig } from './config/load.ts'
import type { Config, ConfigInput } from './config/schema.ts'
import { tokensDigest } from './config/tokens-digest.ts'
import { configuredGate } from './gate.ts'
import { answeredEvent } from './http/answered-event.ts'
import { clientJwksRoute } from './http/client-jwks-route.ts'
import { delegationTokenRoute } from './http/delegation-token-route.ts'
import { identityRoute } from './http/identity-route.ts'
import { issuerRoutes } from './http/issuer-routes.ts'
import type { Listener } from './http/listener.ts'
import { expressRouter, type ExpressMount, type ExpressRouter } from './http/mount-express.ts'
import { fetchHandler, type FetchHandler } from './http/mount-fetch.ts'
import { nodeHandler, type NodeHandler } from './http/mount-node.ts'
import { dispatch, type Dispatch } from './http/route.ts'
import { tokenRoutes } from './http/token-route.ts'
import type { WireRequest } from './http/wire-message.ts'
import { observer } from './ops/observed/observe.ts'
import { withDeadline } from './platform/deadline.ts'
import { fairFetch } from './platform/fair-fetch.ts'
import { isLoopback } from './platform/loopback.ts'
import { configuredOpenTelemetry } from './ops/open-telemetry/open-telemetry.ts'
import { nodePlatform, type Platform } from './platform/platform.ts'
import type { Secret } from './platform/secret.ts'
import { passedOn, tracedPlatform } from './platform/tracing.ts'
import { profileSources } from './profile-sources.ts'
import { serving } from './serving.ts'
import { TokenError } from './token/error.ts'
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
  /** As `start`, but does not listen: delegation tokens are kept and outlets written, for a sidecar that is mounted. */
  keep(): Promise<void>
  /**
   * Another configuration from now on: profiles, callers, issuers, limits and outlets. A profile that is the same keeps its
   * tokens. How it listens stays as it is, and is told when it would have to change. Throws ConfigError, and changes nothing.
   */
  reload(input: ConfigInput): void
  /**
   * Answers on for `listen.drainDelay`, telling clients to connect anew, then finishes what is in flight, for `graceMs`
   * milliseconds at most (default 3 s), and stops renewing.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}

/** What a sidecar shares with the program around it. */
export interface SidecarOptions {
  /** Clock, timers, network and environment; default: the real ones. */
  readonly platform?: Platform
  /** Hears what happens; no event can hold a token. */
  readonly onEvent?: Emit
  /** With `admin.allowQuit`, what `POST /quitquitquit` does; default: the sidecar stops. */
  readonly onQuit?: () => void
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

/** A sidecar made from a configuration that was checked already. */
export interface ComposedSidecar extends Sidecar {
  /** As `reload`. Throws ConfigError for what would not be safe with the listener that runs. */
  readonly replace: (config: Config) => void
}

/** What only the commands choose. */
export interface ComposeOptions extends SidecarOptions {
  /** There is an admin listener also where the configuration says nothing of it. Default false. */
  readonly hasAdmin?: boolean
}

/** Of signing, and of asking the provider for its metadata. */
const assertionTimeoutMs = 10_000

/** As `createSidecar`, from a configuration that was checked already. */
export function composeSidecar(first: Config, options: ComposeOptions = {}): ComposedSidecar {
  const { platform: world = nodePlatform(), onEvent, onQuit = () => void stop(), hasAdmin = false } = options
  const observed = adminPort(first, hasAdmin) && observer({ platform: world })
  const telemetry = configuredOpenTelemetry(first.openTelemetry, {
    platform: world,
    version,
    warn: (message) => {
      emit({ type: 'warning', message })
    },
  })
  const tracing = telemetry?.tracing ?? passedOn
  const platform = tracedPlatform(world, tracing)
  const emit: Emit = (event) => {
    telemetry?.emit(event)
    observed?.emit(event)
    try {
      onEvent?.(event)
    } catch {
      // Who listens badly hears badly; clients get their tokens all the same.
    }
  }
  let config = first
  const { listen } = first
  let baseUrl = `${listen.tls ? 'https' : 'http'}://localhost:${listen.port}`
  let isCalled = (_name: string): boolean => false
  // Only a server renews for clients that have not come yet.
  let keepsDefaultWarm = false

  const calls = fairFetch(platform.fetch, callLimits(first))
  const sources = profileSources(first.profiles, {
    platform,
    emit,
    defaultIssuer: (name) => (name === defaultProfile ? baseUrl : `${baseUrl}/${name}`),
    keepsWarm: (name) => name === defaultProfile && keepsDefaultWarm,
    calls,
  })
  const { profiles } = sources
  const gate = configuredGate(first, { platform, emit, profiles })
  let admit = overallLimit(first, platform)

  async function getToken(name: string = defaultProfile): Promise<AccessToken> {
    const { source } = requireProfile(profiles, name)
    const request = { profile: name }
    return source.peek(request) ?? holdForToken(source, request, platform, listen.holdTimeout)
  }

  async function getAssertion(name: string = defaultProfile): Promise<Secret> {
    const late = (): Error => new TokenError('ERR_TOKEN_TIMEOUT', `no assertion within ${assertionTimeoutMs / 1000} s`)
    const signal = new AbortController().signal
    return withDeadline(platform, assertionTimeoutMs, late, signal, (inner) =>
      sources.asserting(name).makeAssertion(inner),
    )
  }

  function onRefusal(error: TokenError, request?: WireRequest, from = request?.remoteAddress): void {
    const outcome = error.transient ? 'failed' : 'refused'
    emit({ ...answeredEvent(request, { outcome, status: error.status, error, tookMs: 0 }), from })
  }

  const asking = {
    platform,
    gate,
    places: places(() => ({ total: config.limits.waitingRequests, each: config.limits.callerWaitingRequests })),
    emit,
    admit: () => admit?.(),
  }
  const routes = [
    ...tokenRoutes({ ...asking, profiles, holdTimeoutMs: listen.holdTimeout }),
    delegationTokenRoute({ ...asking, delegationTokens: { current: (name) => server.delegationToken(name) } }),
    ...issuerRoutes(sources.issuerOf, () => gate.authMethods),
    clientJwksRoute(sources.publishedJwks),
    // By this another instance on this host knows that the port is ours.
    ...(hasAdmin && isLoopback(listen.host)
      ? [identityRoute(() => tokensDigest(config, world.env, process.cwd()))]
      : []),
  ]
  const answer: Dispatch = dispatch(routes, {
    ...listen,
    anyAddress: !isLoopback(listen.host),
    isOwnName: (name) => isCalled(name),
    onRefusal,
    tracing,
  })

  const server = serving(first, {
    platform,
    emit,
    answer,
    onRefusal: (error, from) => {
      onRefusal(error, undefined, from)
    },
    sources,
    closeGate: () => {
      gate.close()
    },
    getToken,
    getAssertion,
    async ready() {
      await Promise.all([gate.ready(), telemetry?.ready])
    },
    admin: observed && { observer: observed, quit: onQuit },
    onListening(listener) {
      baseUrl = listener.url
      isCalled = listener.isCalled
    },
  })

  function replace(changed: Config): void {
    // How it listens stays as it is, whatever the new one says of that: so has to be what keeps it safe.
    const faults = gatewayFaults({ ...changed, listen }, changed.profiles, (place, problem) => ({
      option: place.join('.'),
      problem,
    }))
    if (faults.length > 0) throw new ConfigError(faults)
    const former = config
    config = changed
    sources.replace(changed.profiles)
    gate.replace(changed)
    calls.limit(callLimits(changed))
    // An edit of the file gives nobody a second minute's worth.
    if (changed.limits.requestsPerMinute !== former.limits.requestsPerMinute) admit = overallLimit(changed, platform)
    server.replace(changed, former)
  }

  async function stop({ graceMs = 3_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    await server.stop(graceMs)
    gate.close()
    await telemetry?.close()
  }

  return {
    getToken,
    getAssertion,
    nodeHandler: (mount) => nodeHandler(answer, mount),
    expressRouter: (mount) => expressRouter(answer, mount),
    fetchHandler: (mount) => fetchHandler(answer, mount),
    replace,
    keep: () => server.keep(),
    reload(input) {
      replace(parseConfig(input))
    },
    start() {
      keepsDefaultWarm = true
      return server.start()
    },
    stop,
  }
}

function callLimits({ limits }: Config): { readonly total: number; readonly each: number } {
  return { total: limits.upstreamCalls, each: limits.profileUpstreamCalls }
}

/** Refuses a request when all clients together ask too often. */
function overallLimit({ limits }: Config, platform: Platform): (() => void) | undefined {
  const { requestsPerMinute: perMinute } = limits
  if (perMinute === undefined) return undefined
  const rate = rateLimit({ perMinute, burst: perMinute, platform, mostKeys: 1 })
  return () => {
    const retryAfterMs = rate.take('')
    if (retryAfterMs === 0) return
    throw new TokenError('ERR_REQUEST_OVERLOAD', `more than ${perMinute} requests came within a minute`, {
      hint: 'Ask again: Kafka clients do so by themselves. If this lasts, raise limits.requestsPerMinute.',
      retryAfterMs,
    })
  }
}
