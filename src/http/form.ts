import { isUtf8 } from 'node:buffer'
import { TokenError } from '../token/error.ts'

/** Parameters of a token request. Those without a value count as omitted (RFC 6749 §3.2). */
export type Form = ReadonlyMap<string, string>

/** May stand several times: RFC 8707 §2, RFC 8693 §2.1. The first one counts here. */
const repeatable = new Set(['resource', 'audience'])

/** All that most clients ever send. */
const plainBody = Buffer.from('grant_type=client_credentials')
const plainForm: Form = new Map([['grant_type', 'client_credentials']])

/**
 * Reads `application/x-www-form-urlencoded`. Lenient where real clients are sloppy: raw spaces and raw UTF-8 are taken
 * (Java 4.x and librdkafka send the scope as it is). Throws ERR_REQUEST_BODY or ERR_REQUEST_PARAMETER_REPEATED.
 */
export function parseForm(body: Uint8Array | string): Form {
  if (typeof body !== 'string' && plainBody.equals(body)) return plainForm
  const text = typeof body === 'string' ? body : textOf(body)
  const form = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decode(pair.slice(at + 1))
    if (form.has(name)) {
      if (repeatable.has(name)) continue
      throw new TokenError('ERR_REQUEST_PARAMETER_REPEATED', `the parameter ${name.slice(0, 50)} stands more than once`)
    }
    form.set(name, value)
  }
  for (const [name, value] of form) if (value === '') form.delete(name)
  return form
}

function textOf(body: Uint8Array): string {
  if (!isUtf8(body)) throw new TokenError('ERR_REQUEST_BODY', 'the body is not valid UTF-8')
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TokenError('ERR_REQUEST_BODY', 'the body has a broken percent-encoding')
  }
}
