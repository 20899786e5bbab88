import { isUtf8 } from 'node:buffer'
import { Secret } from '../../platform/secret.ts'
import type { CallerRequest } from '../caller.ts'

/** What a client says of itself: RFC 6749 §2.3.1. */
export interface Credentials {
  readonly id: string
  readonly secret: Secret
}

const basic = /^basic +([\w+/-]+={0,2}) *$/i

/** Whether the `Authorization` header is of scheme Basic, readable or not. */
export function isBasic(header: CallerRequest['headers'][string]): header is string {
  return typeof header === 'string' && /^basic(?: |$)/i.test(header)
}

/**
 * Id and secret of an `Authorization: Basic` header (RFC 7617, UTF-8): as they stand there, and form-decoded as well where
 * that gives something else. RFC 6749 §2.3.1 wants them form-encoded; Go does that, Java and librdkafka do not. Empty where
 * the header cannot be read.
 */
export function basicCredentials(header: CallerRequest['headers'][string]): readonly Credentials[] {
  const encoded = typeof header === 'string' ? basic.exec(header)?.[1] : undefined
  if (encoded === undefined) return []
  const bytes = Buffer.from(encoded, 'base64')
  if (!isUtf8(bytes)) return []
  const text = bytes.toString()
  const colon = text.indexOf(':')
  if (colon < 0) return []
  const raw = credentials(text.slice(0, colon), text.slice(colon + 1))
  if (!raw) return []
  const decoded = /[%+]/.test(text) ? formDecoded(text.slice(0, colon), text.slice(colon + 1)) : undefined
  return decoded ? [raw, decoded] : [raw]
}

/** Undefined where they hold control characters, which RFC 7617 §2 and RFC 6749 §A.2 keep out of both. */
export function credentials(id: string, secret: string): Credentials | undefined {
  return hasControls(id) || hasControls(secret) ? undefined : { id, secret: new Secret(secret) }
}

/** Control characters, which can neither be part of an id nor of a secret. */
export function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function formDecoded(id: string, secret: string): Credentials | undefined {
  try {
    const [decodedId, decodedSecret] = [decoded(id), decoded(secret)]
    return decodedId === id && decodedSecret === secret ? undefined : credentials(decodedId, decodedSecret)
  } catch {
    return undefined
  }
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
