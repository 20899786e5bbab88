import type * as Api from '@opentelemetry/api'
import { errorCode } from '../../platform/error-code.ts'
import { readTraceContext, traceHeaders, type TraceContext } from '../../platform/trace-context.ts'
import { currentTrace, withinTrace, type Tracing } from '../../platform/tracing.ts'
import type { Emit } from '../../token/event.ts'

export interface Spans {
  readonly tracing: Tracing
  /** Says of the span at hand who asked for what. */
  readonly emit: Emit
}

/** A span for each request and for each call that is made for it; names and attributes are OpenTelemetry's for HTTP. */
export function spans(api: typeof Api, tracer: Api.Tracer): Spans {
  const { SpanKind, SpanStatusCode } = api
  /** Requests that are being answered, by span. */
  const open = new Map<string, Api.Span>()

  function parentOf(context: TraceContext | undefined, isRemote: boolean): Api.Context {
    if (!context) return api.ROOT_CONTEXT
    const { traceId, spanId, isSampled, traceState } = context
    return api.trace.setSpanContext(api.ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
      isRemote,
      ...(traceState !== undefined && { traceState: asItCame(traceState) }),
    })
  }

  function contextOf(span: Api.Span, parent: TraceContext | undefined): TraceContext {
    const { traceId, spanId, traceFlags } = span.spanContext()
    const isSampled = (traceFlags & api.TraceFlags.SAMPLED) !== 0
    return {
      traceId,
      spanId,
      isSampled,
      ...(parent?.traceState !== undefined && { traceState: parent.traceState }),
    }
  }

  const tracing: Tracing = {
    request({ method, route, headers }, answer) {
      const parent = readTraceContext(headers)
      const agent = headers['user-agent']
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        ...(typeof agent === 'string' && { 'user_agent.original': agent.slice(0, 200) }),
      }
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parentOf(parent, true))
      const context = contextOf(span, parent)
      open.set(context.spanId, span)
      const end = ({ status }: { readonly status: number }): void => {
        span.setAttribute('http.response.status_code', status)
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        open.delete(context.spanId)
        span.end()
      }
      const answered = withinTrace(context, answer)
      if (answered instanceof Promise) void answered.then(end, () => undefined)
      else end(answered)
      return answered
    },
    calls: (fetch) => async (url, init) => {
      const { method = 'GET' } = init
      const { protocol, hostname, port, pathname, origin } = new URL(url)
      const attributes = {
        'http.request.method': method,
        'server.address': hostname,
        'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
        // Never the query: some providers take credentials there.
        'url.full': origin + pathname,
      }
      const parent = currentTrace()
      const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, parentOf(parent, false))
      try {
        const headers = { ...init.headers, ...traceHeaders(contextOf(span, parent)) }
        const response = await fetch(url, { ...init, headers })
        span.setAttribute('http.response.status_code', response.status)
        if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
        return response
      } catch (thrown) {
        span.setAttribute('error.type', errorCode(thrown))
        span.setStatus({ code: SpanStatusCode.ERROR })
        throw thrown
      } finally {
        span.end()
      }
    },
  }

  return {
    tracing,
    emit(event) {
      if (event.type !== 'request-answered') return
      const { profile, outcome, code, client, caller } = event
      open.get(currentTrace()?.spanId ?? '')?.setAttributes({
        'kafka_token_sidecar.outcome': outcome,
        'kafka_token_sidecar.client': client,
        ...(profile !== undefined && { 'kafka_token_sidecar.profile': profile }),
        ...(caller !== undefined && { 'kafka_token_sidecar.caller': caller }),
        ...(code !== undefined && { 'error.type': code }),
      })
    },
  }
}

/** What others wrote goes on as it is. */
function asItCame(text: string): Api.TraceState {
  const state: Api.TraceState = {
    get: () => undefined,
    set: () => state,
    unset: () => state,
    serialize: () => text,
  }
  return state
}
