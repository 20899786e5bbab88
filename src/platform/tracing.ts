import { AsyncLocalStorage } from 'node:async_hooks'
import type { OutwardFetch } from './outward-fetch.ts'
import type { Platform } from './platform.ts'
import { readTraceContext, traceHeaders, type TraceContext } from './trace-context.ts'

/** A request as tracing sees it. */
export interface TracedRequest {
  readonly method: string
  /** As the route has it, as `/token/:profile`. */
  readonly route: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

interface Answered {
  readonly status: number
}

/** Follows requests through the systems that they touch. */
export interface Tracing {
  /** Runs what answers a request within the trace that the request belongs to. */
  request<Answer extends Answered | Promise<Answered>>(request: TracedRequest, answer: () => Answer): Answer
  /** Calls that carry the trace of the request for which they are made. */
  calls(fetch: OutwardFetch): OutwardFetch
}

const current = new AsyncLocalStorage<TraceContext>()

/** The trace of the request that is being answered. */
export function currentTrace(): TraceContext | undefined {
  return current.getStore()
}

export function withinTrace<Result>(context: TraceContext, task: () => Result): Result {
  return current.run(context, task)
}

/** Records nothing: whoever called us and whom we call see each other. */
export const passedOn: Tracing = {
  request(request, answer) {
    const context = request.headers['traceparent'] === undefined ? undefined : readTraceContext(request.headers)
    return context ? withinTrace(context, answer) : answer()
  },
  calls: (fetch) => (url, init) => {
    const context = currentTrace()
    return fetch(url, context ? { ...init, headers: { ...init.headers, ...traceHeaders(context) } } : init)
  },
}

/** The platform, whose calls belong to the trace at hand and whose timers to none: what they do is for everybody. */
export function tracedPlatform(platform: Platform, tracing: Tracing): Platform {
  const setTimer: Platform['setTimer'] = (callback, delayMs, options) => {
    const outside = (): void => {
      current.exit(callback)
    }
    return platform.setTimer(currentTrace() === undefined ? callback : outside, delayMs, options)
  }
  return Object.create(platform, {
    fetch: { value: tracing.calls((url, init) => platform.fetch(url, init)) },
    setTimer: { value: setTimer },
  }) as Platform
}
