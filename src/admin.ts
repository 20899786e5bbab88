import type { AdminPort } from './config/admin-port.ts'
import type { Config } from './config/schema.ts'
import { listen, type Listener } from './http/listener.ts'
import { nodeHandler } from './http/mount-node.ts'
import { dispatch, type Dispatch, type DispatchOptions } from './http/route.ts'
import type { WireRequest, WireResponse } from './http/wire-message.ts'
import { adminActionRoutes } from './ops/admin-actions.ts'
import { adminGate, type AdminGate } from './ops/admin-gate.ts'
import { withoutOwnOrigin } from './ops/admin-page/own-origin.ts'
import type { Role } from './ops/health.ts'
import { healthRoutes } from './ops/health-routes.ts'
import { metricsRoute } from './ops/metrics.ts'
import type { Observer } from './ops/observed/observe.ts'
import type { Observed } from './ops/observed/observed.ts'
import { errorCode } from './platform/error-code.ts'
import { isLoopback } from './platform/loopback.ts'
import type { Platform } from './platform/platform.ts'
import type { ProfileSources } from './profile-sources.ts'
import { TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { readJwtShape, type JwtShape } from './token/jwt-shape.ts'
import { version } from './version.ts'

export interface AdminOptions {
  readonly platform: Platform
  readonly emit: Emit
  readonly observer: Observer
  readonly sources: Pick<ProfileSources, 'held' | 'flush'>
  /** As it is now. */
  readonly config: () => Config
  /** Where it takes token requests; undefined where it does not listen for any. */
  readonly endpoint: string | undefined
  /** Ends the sidecar in order. */
  readonly quit: () => void
}

/**
 * Health, metrics, the admin page and what is done from outside, on a listener of their own. Rejects as `listen` does where a
 * fixed port cannot be had; resolves to undefined where a usual one cannot.
 */
export async function openAdmin(options: AdminOptions, { port, isUsual }: AdminPort): Promise<Listener | undefined> {
  const { platform, emit, config } = options
  const { admin, listen: endpoint } = config()
  const { host, secretFile } = admin
  const { allowPlaintextNetwork } = endpoint
  const isOnNetwork = !isLoopback(host)
  const gate = adminGate({ platform, emit, secretFile, isOnNetwork, allowPlaintextNetwork })
  try {
    const handle = nodeHandler(answers(options, gate))
    const listener = await listen({ host, port, handle, platform, emit })
    emit({ type: 'admin-listening', urls: listener.urls })
    return withClosing(listener, gate)
  } catch (error) {
    gate.close()
    if (!isUsual) throw Object.assign(error as Error, { option: '--admin-port' })
    const problem = errorCode(error) === 'EADDRINUSE' ? 'is in use' : `cannot be had (${errorCode(error)})`
    const message = `port ${port} ${problem}: no health, metrics and admin page; choose another with --admin-port, or none with --admin-port false`
    emit({ type: 'warning', message })
    return undefined
  }
}

function withClosing(listener: Listener, gate: AdminGate): Listener {
  return {
    ...listener,
    async close(graceMs) {
      await listener.close(graceMs)
      gate.close()
    },
  }
}

/** Answers from what is small and often asked for; the page is loaded when somebody looks. */
function answers(options: AdminOptions, gate: AdminGate): Dispatch {
  const { platform, emit, observer, sources, config, endpoint, quit } = options
  const { admin } = config()
  const names = { allowedHosts: admin.allowedHosts, anyAddress: !isLoopback(admin.host) }
  const observed = (): Observed => observer.current(Object.keys(config().profiles))
  const role = (): Role => roleOf(config(), endpoint !== undefined)
  const actions = adminActionRoutes({
    platform,
    emit,
    flush: (profile) => {
      sources.flush(profile)
    },
    quit: admin.allowQuit ? quit : undefined,
  })
  const first = dispatch(
    [...healthRoutes({ observed, role }), metricsRoute({ platform, observed, role }), ...actions.map(gate.forAdmins)],
    names,
  )
  let page: Promise<Dispatch> | undefined

  function answer(asked: WireRequest): WireResponse | Promise<WireResponse> {
    const request = withoutOwnOrigin(asked)
    const { method, path } = request
    if (first.serves(method, path) || first.serves('GET', path) || first.serves('POST', path)) return first(request)
    page ??= loadPage()
    return page.then((loaded) => {
      if (loaded.serves('GET', path) || loaded.serves('POST', path)) return loaded(request)
      return loaded.refuse(notServed(endpoint), request)
    })
  }

  async function loadPage(): Promise<Dispatch> {
    const [{ adminPageRoutes }, { explain }, { tokenCauses }] = await Promise.all([
      import('./ops/admin-page/index.ts'),
      import('./explain/explain.ts'),
      import('./explain/token-causes.ts'),
    ])
    const routes = adminPageRoutes({
      observed,
      explain,
      tokenCauses,
      decodedToken: (profile) => decoded(sources, profile),
      version,
      now: () => platform.now(),
      isOpen: gate.isOpen,
      mayRead: gate.mayRead,
    })
    return dispatch(routes.map(gate.notInTheClear), names satisfies DispatchOptions)
  }

  return Object.assign(answer, {
    refuse: (thrown: unknown, request: WireRequest) => first.refuse(thrown, request),
    serves: () => true,
  })
}

function roleOf({ profiles, delegationTokens, callers, listen: { host } }: Config, isServing: boolean): Role {
  return {
    isGateway: isServing && (Object.keys(callers).length > 0 || !isLoopback(host)),
    isServing,
    profiles: Object.keys(profiles),
    delegationTokens: Object.keys(delegationTokens),
  }
}

function decoded(sources: AdminOptions['sources'], profile: string): JwtShape | undefined {
  const token = sources.held(profile)
  return token && readJwtShape(token.value.reveal())
}

/** Whoever has mixed up the two ports is a Kafka client, and prints this. */
function notServed(endpoint: string | undefined): TokenError {
  const tokens = endpoint === undefined ? '' : `, tokens are given at ${endpoint}/token`
  const hint = `This is the admin listener: it has /livez, /readyz, /startupz, /metrics and a page at /${tokens}.`
  return new TokenError('ERR_REQUEST_PATH', 'nothing is served at this path', { hint })
}
