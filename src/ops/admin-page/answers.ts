import { createHash } from 'node:crypto'
import { asciiJson } from '../../http/ascii-json.ts'
import type { WireResponse } from '../../http/wire-message.ts'
import { TokenError } from '../../token/error.ts'
import { css, html, javaScript } from './page-text.ts'

const everywhere = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/**
 * What the browser may do with the page: run this one script, use this one style sheet, ask this sidecar. Trusted types make
 * it refuse whatever would turn text into markup, also from us.
 */
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(javaScript)}`,
  `style-src ${hashOf(css)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const page = html
  .replace('<style></style>', () => `<style>${css}</style>`)
  .replace('<script></script>', () => `<script>${javaScript}</script>`)

/** The page. It holds no data, and is the same for everybody. */
export function pageAnswer(): WireResponse {
  return {
    status: 200,
    headers: {
      ...everywhere,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': String(page.length),
      'Content-Security-Policy': policy,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    },
    body: page,
  }
}

export function jsonAnswer(value: unknown, status = 200, further: Readonly<Record<string, string>> = {}): WireResponse {
  const body = asciiJson(value)
  const headers = { ...everywhere, 'Content-Type': 'application/json', 'Content-Length': String(body.length) }
  return { status, headers: { ...headers, ...further }, body }
}

/** Not `Basic`, for which a browser would ask in a window of its own and remember it. */
export function secretNeeded(): WireResponse {
  const { oauth: error, description } = new TokenError('ERR_REQUEST_ADMIN_SECRET', 'the admin secret is needed')
  return jsonAnswer({ error, error_description: description }, 401, { 'WWW-Authenticate': 'Bearer' })
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
