import { timesOf, tokenSettings, type KeptToken } from '../kafka/token-settings.ts'
import { Secret } from '../platform/secret.ts'

/** A Kubernetes Secret as it was found: `data` in base64. */
export interface FoundSecret {
  readonly data: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** What of a Secret is ours; the keys and annotations of others stay. */
export type SecretContent = FoundSecret

const annotation = (name: string): string => `kafka-token-sidecar/${name}`

/** A delegation token as the entries of a Secret. */
export function secretContent({ token, mechanism, tls }: KeptToken): SecretContent {
  const { securityProtocol, saslMechanism, saslJaasConfig } = tokenSettings({ token, mechanism, tls })
  const { expiresAt, maxLifetimeAt } = timesOf(token)
  return {
    data: {
      'token-id': base64(token.tokenId),
      'token-hmac': base64(token.hmac.reveal()),
      'sasl.jaas.config': base64(saslJaasConfig.reveal()),
      'sasl.mechanism': base64(saslMechanism),
      'security.protocol': base64(securityProtocol),
    },
    annotations: {
      [annotation('owner')]: token.owner,
      [annotation('expires-at')]: expiresAt,
      [annotation('max-lifetime-at')]: maxLifetimeAt,
    },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const fromBase64 = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString()

/** Entries that are missing or different, for a merge patch (RFC 7386); undefined where there are none. */
export function missingIn(found: FoundSecret, wanted: SecretContent): SecretContent | undefined {
  const data = different(found.data, wanted.data)
  const annotations = different(found.annotations, wanted.annotations)
  return Object.keys({ ...data, ...annotations }).length === 0 ? undefined : { data, annotations }
}

function different(found: FoundSecret['data'], wanted: FoundSecret['data']): FoundSecret['data'] {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => found[key] !== value))
}

/** Whether any of our entries is there: otherwise it is empty, as one that was just made. */
export function isFilled({ data }: FoundSecret): boolean {
  return data['token-id'] !== undefined || data['token-hmac'] !== undefined
}

/**
 * Another sidecar may keep a token of the same owner for the same Secret, or be the first to have renewed ours. What it
 * published is whole, and lives as long as ours: two that correct each other would never come to an end.
 */
export function isOfAnotherKeeper(found: FoundSecret, kept: KeptToken): boolean {
  const expiresAt = Date.parse(found.annotations[annotation('expires-at')] ?? '')
  const maxLifetimeAt = Date.parse(found.annotations[annotation('max-lifetime-at')] ?? '')
  if (!(expiresAt >= kept.token.expiresAt) || Number.isNaN(maxLifetimeAt)) return false
  const hmac = new Secret(fromBase64(found.data['token-hmac']))
  const token = { ...kept.token, tokenId: fromBase64(found.data['token-id']), hmac, expiresAt, maxLifetimeAt }
  return missingIn(found, secretContent({ ...kept, token })) === undefined
}

/** Whether it is another token, and not a later expiry of the same. */
export function isOtherToken(found: FoundSecret, wanted: SecretContent): boolean {
  return Object.keys(different(found.data, wanted.data)).length > 0
}
