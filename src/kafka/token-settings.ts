import { Secret } from '../platform/secret.ts'
import type { ScramMechanism } from './access.ts'
import type { DelegationToken } from './delegation-token.ts'
import { jaasQuoted } from '../platform/jaas.ts'
import { propertyText, propertyValue } from '../platform/java-properties.ts'

/** A delegation token, and how it is used. */
export interface TokenUse {
  readonly token: DelegationToken
  readonly mechanism: ScramMechanism
  /** Whether the listener with SCRAM has TLS. */
  readonly tls: boolean
}

/** A token that is kept, by its name under `delegationTokens`. */
export interface KeptToken extends TokenUse {
  readonly name: string
}

export const tokenFormats = ['properties', 'json', 'env'] as const
export type TokenFormat = (typeof tokenFormats)[number]

/** What a client of Kafka is configured with to use a delegation token: one by one, and as the content of a file. */
export interface TokenSettings extends Readonly<Record<TokenFormat, Secret>> {
  readonly securityProtocol: 'SASL_SSL' | 'SASL_PLAINTEXT'
  readonly saslMechanism: ScramMechanism
  /** `sasl.jaas.config`. */
  readonly saslJaasConfig: Secret
}

const loginModule = 'org.apache.kafka.common.security.scram.ScramLoginModule'

export function tokenSettings({ token, mechanism, tls }: TokenUse): TokenSettings {
  const { tokenId, owner, renewers } = token
  const hmac = token.hmac.reveal()
  const times = timesOf(token)
  const securityProtocol = tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  const jaas = `${loginModule} required username=${jaasQuoted(tokenId)} password=${jaasQuoted(hmac)} tokenauth="true";`
  const properties = [
    propertyText(
      `# Delegation token ${tokenId} of ${owner}, expires at ${times.expiresAt}, at the latest ${times.maxLifetimeAt}`,
    ),
    `security.protocol=${securityProtocol}`,
    `sasl.mechanism=${mechanism}`,
    `sasl.jaas.config=${propertyValue(jaas)}`,
  ]
  const json = {
    ...{ tokenId, tokenHmac: hmac, owner, renewers, ...times },
    ...{ securityProtocol, saslMechanism: mechanism, saslJaasConfig: jaas },
  }
  return {
    securityProtocol,
    saslMechanism: mechanism,
    saslJaasConfig: new Secret(jaas),
    properties: new Secret(lines(properties)),
    json: new Secret(lines([JSON.stringify(json, undefined, 2)])),
    env: new Secret(lines([`KAFKA_TOKEN_ID=${shellWord(tokenId)}`, `KAFKA_TOKEN_HMAC=${shellWord(hmac)}`])),
  }
}

/** The times of a token as people and other programs read them (ISO 8601). */
export function timesOf({ issuedAt, expiresAt, maxLifetimeAt }: DelegationToken) {
  const iso = (at: number): string => new Date(at).toISOString()
  return { issuedAt: iso(issuedAt), expiresAt: iso(expiresAt), maxLifetimeAt: iso(maxLifetimeAt) }
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

/** Bare wherever it can be: what reads such files outside of a shell takes quotes for a part of the value. */
function shellWord(text: string): string {
  return /^[\w+/=.:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
