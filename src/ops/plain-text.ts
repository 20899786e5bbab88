import type { WireResponse } from '../http/wire-message.ts'

/** An answer as it is now. Mounts write one byte for each character, so what is not ASCII is taken apart before. */
export function plainText(status: number, text: string, contentType = 'text/plain; charset=utf-8'): WireResponse {
  const body = Buffer.from(text, 'utf8').toString('latin1')
  return {
    status,
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Length': String(body.length),
    },
    body,
  }
}
