import { withDeadline } from '../platform/deadline.ts'
import { limitedText } from '../platform/http-answer.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { isLoopback } from '../platform/loopback.ts'
import type { JwtShape } from '../token/jwt-shape.ts'
import type { Patient } from './patient.ts'
import { shown } from './words.ts'

/** The public keys of an issuer, as it publishes them. */
export interface PublishedKeys {
  readonly ids?: readonly string[]
  /** What is odd about them. */
  readonly note?: string
}

const limitMs = 3_000
const mostKeys = 100

/**
 * The `kid`s that the broker reads, or else those that the issuer of the token publishes, where that of the token is not among
 * them. It is our own token that names the issuer; http is asked on this host alone.
 */
export async function publishedKeyIds({ header, claims }: JwtShape, patient: Patient): Promise<PublishedKeys> {
  const ofBroker = patient.broker?.jwksUrl
  const { iss } = claims
  const url = ofBroker ?? (typeof iss === 'string' ? await jwksUrlOf(iss, patient) : undefined)
  if (url === undefined) return {}
  const keys = (await jsonAt(url, patient))?.['keys']
  if (!Array.isArray(keys)) {
    const whose = ofBroker === undefined ? 'the issuer of the token' : 'the broker'
    return { note: `the JWK Set of ${whose} cannot be had from here: ${shown(url)}` }
  }
  const ids = keys.slice(0, mostKeys).flatMap((key: unknown) => {
    const { kid } = (key ?? {}) as { kid?: unknown }
    return typeof kid === 'string' ? kid : []
  })
  // What the issuer publishes says something of the broker only if even that has not the key.
  const isTelling = ofBroker !== undefined || (typeof header['kid'] === 'string' && !ids.includes(header['kid']))
  return isTelling ? { ids } : {}
}

async function jwksUrlOf(issuer: string, patient: Patient): Promise<string | undefined> {
  if (!mayAsk(issuer)) return undefined
  const metadata = await jsonAt(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, patient)
  const url = metadata?.['jwks_uri']
  return typeof url === 'string' ? url : undefined
}

async function jsonAt(url: string, { platform, signal }: Patient): Promise<Record<string, unknown> | undefined> {
  if (!mayAsk(url)) return undefined
  const late = (): Error => new Error('late')
  try {
    return await withDeadline(platform, limitMs, late, signal, async (inner) => {
      const answer = await platform.fetch(url, { signal: inner, headers: { Accept: 'application/json' } })
      return answer.ok ? parseJsonObject(await limitedText(answer)) : undefined
    })
  } catch {
    return undefined
  }
}

function mayAsk(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
