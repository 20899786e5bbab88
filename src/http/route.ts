import { passedOn, type Tracing } from '../platform/tracing.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import { fromClient, guard, type GuardOptions } from './guard.ts'
import { refusal } from './token-answer.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  /** One `:parameter` at most, a whole segment. */
  readonly path: string
  /** Readable by anyone from anywhere, as public keys are: no check of Host and Origin. */
  readonly isPublic?: boolean
  /** `parameter` is the value of the path's parameter, '' where it has none. */
  handle(request: WireRequest, parameter: string): WireResponse | Promise<WireResponse>
}

/** Answers a request from the routes; never throws and never rejects. */
export interface Dispatch {
  (request: WireRequest): WireResponse | Promise<WireResponse>
  /** The answer to a request that a mount could not hand over whole. */
  refuse(thrown: unknown, request: WireRequest): WireResponse
  /** Whether there is a route for exactly this. */
  serves(method: string, path: string): boolean
}

interface Found {
  readonly route: Route
  readonly parameter: string
}

export interface DispatchOptions extends GuardOptions {
  /** Hears of what was refused before a route was reached. */
  readonly onRefusal?: (error: TokenError, request: WireRequest) => void
  /** Follows requests into the calls that are made for them. Default: those that come with one are passed on. */
  readonly tracing?: Tracing | undefined
}

export function dispatch(routes: readonly Route[], options: DispatchOptions = {}): Dispatch {
  const check = guard(options)
  const { tracing = passedOn } = options
  const fixed = new Map<string, Found[]>()
  const open: { readonly before: string; readonly after: string; readonly route: Route }[] = []
  for (const route of routes) {
    const [before = '', after] = route.path.split(/:[a-z]+/i)
    if (after === undefined) fixed.set(before, [...(fixed.get(before) ?? []), { route, parameter: '' }])
    else open.push({ before, after, route })
  }

  function find(path: string): readonly Found[] {
    const exact = fixed.get(path)
    if (exact) return exact
    if (/[^/]\/$/.test(path)) return find(path.slice(0, -1))
    return open.flatMap(({ before, after, route }) => {
      if (!path.startsWith(before) || !path.endsWith(after)) return []
      const parameter = path.slice(before.length, path.length - after.length)
      return parameter === '' || parameter.includes('/') ? [] : [{ route, parameter }]
    })
  }

  function forMethod(found: readonly Found[], asked: string): Found | undefined {
    const method = asked === 'HEAD' ? 'GET' : asked
    for (const one of found) if (one.route.method === method) return one
    return undefined
  }

  function answer(request: WireRequest): WireResponse | Promise<WireResponse> {
    try {
      const found = find(request.path)
      const match = forMethod(found, request.method)
      if (!match?.route.isPublic) check(request)
      if (!match) return refuseUnserved(found, request)
      const { route, parameter } = match
      const handle = (): ReturnType<Route['handle']> =>
        route.handle(fromClient(request, options.trustedProxies), parameter)
      const { method, headers } = request
      const answer = tracing.request({ method, route: route.path, headers }, handle)
      return answer instanceof Promise ? answer.catch((thrown: unknown) => refuse(thrown, request)) : answer
    } catch (thrown) {
      return refuse(thrown, request)
    }
  }

  function refuseUnserved(found: readonly Found[], request: WireRequest): WireResponse {
    if (found.length === 0) {
      return refuse(new TokenError('ERR_REQUEST_PATH', 'nothing is served at this path'), request)
    }
    const allow = found.map(({ route }) => (route.method === 'GET' ? 'GET, HEAD' : route.method)).join(', ')
    const hint = allow.startsWith('GET') ? { hint: 'What is here is read with GET.' } : {}
    const answer = refuse(new TokenError('ERR_REQUEST_METHOD', `this path takes ${allow}`, hint), request)
    return { ...answer, headers: { ...answer.headers, Allow: allow } }
  }

  function refuse(thrown: unknown, request: WireRequest): WireResponse {
    const error = asTokenError(thrown)
    options.onRefusal?.(error, request)
    return refusal(error, request)
  }

  return Object.assign(answer, {
    refuse,
    serves: (method: string, path: string) => forMethod(find(path), method) !== undefined,
  })
}
