import { asciiJson } from './ascii-json.ts'
import type { WireResponse } from './wire-message.ts'

/** Keys and metadata, which anyone may read and keep for `cacheSeconds`. */
export function publicJson(value: object, cacheSeconds: number): WireResponse {
  const body = asciiJson(value)
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': `public, max-age=${cacheSeconds}`,
      'Content-Length': String(body.length),
    },
    body,
  }
}
