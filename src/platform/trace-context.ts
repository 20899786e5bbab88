/** Where a request stands in a trace (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** Of the span that the next one is a child of: 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
  /** `tracestate`, which is for those who wrote it. */
  readonly traceState?: string
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const longestTraceState = 512

/** What `traceparent` and `tracestate` say; undefined where they say nothing valid, and a trace begins anew (§4.3). */
export function readTraceContext({ traceparent, tracestate }: Headers): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = form.exec(traceparent.trim()) ?? []
  // Later versions may say more behind; ff is none.
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1
  const state = Array.isArray(tracestate) ? tracestate.join(',') : tracestate
  const isPassed = typeof state === 'string' && state.length <= longestTraceState && /^[\x20-\x7e]+$/.test(state)
  return { traceId, spanId, isSampled, ...(isPassed && { traceState: state }) }
}

/** The headers that say it. */
export function traceHeaders({ traceId, spanId, isSampled, traceState }: TraceContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
  return { traceparent, ...(traceState !== undefined && { tracestate: traceState }) }
}
