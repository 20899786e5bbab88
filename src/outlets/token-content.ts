import type { TokenFormat } from '../kafka/token-settings.ts'
import { propertyValue } from '../platform/java-properties.ts'
import { Secret } from '../platform/secret.ts'
import type { AccessToken } from '../token/token.ts'

/** How a file holds an access token. */
export type AccessTokenFormat = 'raw' | TokenFormat

/**
 * An access token as the content of a file. Raw is the token alone, without a line break, as the `file:` endpoint of Java
 * reads it. JSON has the names that OAuth libraries keep a token under: `expires_at` in seconds for Python's, `expiry` for
 * Go's. Properties have the same, to be quoted by Kafka's FileConfigProvider: no property of a client takes a token itself.
 */
export function tokenContent({ value, expiresAt, subject }: AccessToken, format: AccessTokenFormat): Secret {
  const token = value.reveal()
  const seconds = Math.floor(expiresAt / 1000)
  const fields = {
    access_token: token,
    token_type: 'Bearer',
    expires_at: seconds,
    expiry: new Date(seconds * 1000).toISOString().replace('.000', ''),
    ...(subject !== undefined && { principal: subject }),
  }
  switch (format) {
    case 'raw':
      return value
    case 'json':
      return new Secret(`${JSON.stringify(fields, undefined, 2)}\n`)
    case 'properties':
      return new Secret(
        linesOf(Object.entries(fields).map(([name, field]) => `${name}=${propertyValue(String(field))}`)),
      )
    case 'env':
      // Neither a token (RFC 6750) nor a number needs quotes, which readers other than shells take for a part of the value.
      return new Secret(linesOf([`KAFKA_TOKEN=${token}`, `KAFKA_TOKEN_EXPIRES_AT=${seconds}`]))
  }
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
