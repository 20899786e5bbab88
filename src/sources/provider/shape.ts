import { badAnswer } from '../../oauth/provider-failure.ts'
import type { ProviderTokens } from '../../oauth/token-answer.ts'
import type { Platform } from '../../platform/platform.ts'
import { Secret } from '../../platform/secret.ts'
import { endOf, readJwtShape } from '../../token/jwt-shape.ts'
import type { AccessToken } from '../../token/token.ts'
import { envelope } from '../envelope.ts'
import type { ProviderSettings } from './options.ts'

/** Header of an envelope around an opaque token; it is no signature algorithm, so that nobody takes it for a signed JWT. */
const opaque = 'OPAQUE_TOKEN'

/** What a provider gave, in the form that is configured for the Kafka client and broker. */
export function shapeToken(
  tokens: ProviderTokens,
  settings: ProviderSettings,
  { url, platform }: { readonly url: string; readonly platform: Pick<Platform, 'now'> },
): AccessToken {
  const { format, principal = '', scope: asked } = settings
  const value = chosen(tokens, settings)
  if (!value) throw badAnswer(new URL(url), 'JSON without access_token', idTokenHint(tokens))
  const expiresAt = value === tokens.accessToken ? tokens.expiresAt : endOf(value.reveal())
  if (expiresAt === undefined) {
    throw badAnswer(new URL(url), 'a token without expires_in', 'Have the provider say how long its tokens live.')
  }
  const scope = tokens.scope ?? asked
  const common = { expiresAt, ...(scope !== undefined && { scope }) }
  if (format !== 'envelope') return { ...common, value }
  const issuedAt = platform.now()
  const wrapped = envelope({ token: value.reveal(), algorithm: opaque, subject: principal, issuedAt, expiresAt })
  return { ...common, value: new Secret(wrapped), subject: principal }
}

/** The access token, or where that is no JWT and it is configured so, the ID token. */
function chosen({ accessToken, idToken }: ProviderTokens, { idTokenFallback }: ProviderSettings): Secret | undefined {
  if (!idTokenFallback || !idToken) return accessToken
  return accessToken && readJwtShape(accessToken.reveal()) ? accessToken : idToken
}

function idTokenHint({ idToken }: ProviderTokens): string | undefined {
  return idToken && 'The answer has an id_token: set idTokenFallback if brokers take that.'
}
