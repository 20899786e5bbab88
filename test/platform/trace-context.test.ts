import { describe, expect, it } from 'vitest'
import { readTraceContext, traceHeaders } from '../../src/platform/trace-context.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

describe('the trace context of a request', () => {
  it('is that of its headers, and is written as it was read (W3C Trace Context §3.2)', () => {
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7' }
    const context = readTraceContext(headers)
    expect(context).toEqual({ traceId, spanId, isSampled: true, traceState: headers.tracestate })
    expect(context && traceHeaders(context)).toEqual(headers)
  })

  it.each([
    [`00-${traceId}-${spanId}-00`, false],
    [`00-${traceId}-${spanId}-03`, true],
    [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, true],
    [`cc-${traceId}-${spanId}-01`, true],
  ])('is taken from %s', (traceparent, isSampled) => {
    expect(readTraceContext({ traceparent })).toEqual({ traceId, spanId, isSampled })
  })

  it.each([
    undefined,
    '',
    'ff-' + traceId + '-' + spanId + '-01',
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    `00_${traceId}_${spanId}_01`,
    ['a', 'b'],
    'x'.repeat(100_000),
  ])('is none for %j', (traceparent) => {
    expect(readTraceContext({ traceparent })).toBeUndefined()
  })

  it.each([['x'.repeat(513)], ['a=1\r\nEvil: 1'], ['']])(
    'leaves out a tracestate that is not valid: %j',
    (tracestate) => {
      const context = readTraceContext({ traceparent: `00-${traceId}-${spanId}-01`, tracestate })
      expect(context).toEqual({ traceId, spanId, isSampled: true })
    },
  )

  it('joins several headers of tracestate', () => {
    const context = readTraceContext({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: ['a=1', 'b=2'] })
    expect(context?.traceState).toBe('a=1,b=2')
  })
})
