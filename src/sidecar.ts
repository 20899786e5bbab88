import { parseConfig } from './config/load.ts'
import type { Config, ConfigInput, ProfileConfig } from './config/schema.ts'
import { clientOf } from './http/client-library.ts'
import { expressFrame } from './http/express-frame.ts'
import { issuerRoutes, type Issuer } from './http/issuer-routes.ts'
import { listen, type Listener } from './http/listener.ts'
import { expressRouter, type ExpressMount, type ExpressRouter } from './http/mount-express.ts'
import { fetchHandler, type FetchHandler } from './http/mount-fetch.ts'
import { nodeHandler, type NodeHandler } from './http/mount-node.ts'
import { dispatch, type Dispatch } from './http/route.ts'
import type { WireRequest } from './http/wire-message.ts'
import { tokenRoutes } from './http/token-route.ts'
import { isLoopback } from './platform/loopback.ts'
import { nodePlatform, type Platform } from './platform/platform.ts'
import { sourceKinds } from './sources/index.ts'
import { isIssuing, type IssuingSource } from './sources/self-issued.ts'
import type { SourceKind, SourceWorld } from './sources/source-kind.ts'
import { cached, type CachedSource } from './token/cache.ts'
import { checked } from './token/checked.ts'
import type { TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { holdForToken } from './token/hold.ts'
import { defaultProfile, profiles, requireProfile } from './token/profiles.ts'
import type { AccessToken, TokenSource } from './token/token.ts'
import { version } from './version.ts'

/** The token endpoint, to be mounted in a server of yours or to be started as one of its own. */
export interface Sidecar {
  /** A token with life to spare: from the cache, or obtained now. Rejects with a TokenError. */
  getToken(profile?: string): Promise<AccessToken>
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
  const issuers = new Map<string, IssuingSource>()
  let baseUrl = `http://localhost:${config.listen.port}`
  let starting: Promise<Listener> | undefined
  // Only a server renews for clients that have not come yet.
  let keepsDefaultWarm = false

  const known = profiles(Object.keys(config.profiles), (name) => {
    const profile = config.profiles[name] as ProfileConfig
    const defaultIssuer = name === defaultProfile ? baseUrl : `${baseUrl}/${name}`
    const source = createSource(profile, {
      platform,
      profile: name,
      emit,
      fetchTimeoutMs: profile.fetchTimeout,
      defaultIssuer,
    })
    if (isIssuing(source)) issuers.set(name, source)
    return keepTokensOf(source, profile, name === defaultProfile && keepsDefaultWarm)
  })

  function keepTokensOf(source: TokenSource, profile: ProfileConfig, keepWarm: boolean): CachedSource {
    const { fetchTimeout: fetchTimeoutMs, refusalGrace: refusalGraceMs } = profile
    const isRaw = 'format' in profile && profile.format === 'raw'
    return cached(isRaw ? source : checked(source, platform), {
      platform,
      emit,
      fetchTimeoutMs,
      refusalGraceMs,
      keepWarm,
    })
  }

  function issuerOf(name: string): Issuer | undefined {
    if (!known.get(name)) return undefined
    const source = issuers.get(name)
    return (
      source && { issuer: source.issuer, algorithm: source.algorithm, publicJwks: () => source.signer.publicJwks() }
    )
  }

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

  function reportRefusal({ code, description, status, transient }: TokenError, request?: WireRequest): void {
    const outcome = transient ? 'failed' : 'refused'
    const client = request ? clientOf(request) : 'other'
    const refused = { profile: undefined, outcome, status, code, message: description, tookMs: 0 } as const
    emit({ type: 'request-answered', client, ...refused })
  }

  const holdTimeoutMs = config.listen.holdTimeout
  const routes = [...tokenRoutes({ platform, profiles: known, emit, holdTimeoutMs }), ...issuerRoutes(issuerOf)]
  const answer: Dispatch = dispatch(routes, {
    ...config.listen,
    anyAddress: !isLoopback(config.listen.host),
    onRefusal: reportRefusal,
  })

  return {
    async getToken(name = defaultProfile) {
      const { source } = requireProfile(known, name)
      const request = { profile: name }
      return source.peek(request) ?? holdForToken(source, request, platform, holdTimeoutMs)
    },
    nodeHandler: (mount) => nodeHandler(answer, mount),
    expressRouter: (mount) => expressRouter(answer, mount),
    fetchHandler: (mount) => fetchHandler(answer, mount),
    start: () => (starting ??= start()),
    async stop({ graceMs = 3_000 } = {}) {
      // Who still waits for a token shortly before the cut is told that we stop.
      const lastCall = platform.setTimer(() => {
        known.close()
      }, 0.8 * graceMs)
      const listener = await starting?.catch(() => undefined)
      await listener?.close(graceMs)
      lastCall.cancel()
      known.close()
    },
  }
}

function createSource(profile: ProfileConfig, world: SourceWorld): TokenSource {
  const kind = sourceKinds.find((candidate) => candidate.kind === profile.source)
  // The schema has checked that the options are those of this kind; the compiler cannot see it through the lookup.
  return (kind as unknown as SourceKind<string, never>).create(profile as never, world)
}
