import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { generatePrivateKey, keptPrivateKey } from '../keys/kept-key.ts'
import { localSigner, type Signer } from '../keys/signer.ts'
import { Secret } from '../platform/secret.ts'
import { durationMs } from './duration.ts'
import { described, httpUrl, text } from './option-text.ts'
import type { SourceKind } from './source-kind.ts'
import type { TokenSource } from '../token/token.ts'

/** A source that is an authorization server of its own: brokers verify its tokens by its public keys. */
export interface IssuingSource extends TokenSource {
  readonly issuer: string
  readonly algorithm: string
  readonly signer: Signer
}

export function isIssuing(source: TokenSource): source is IssuingSource {
  return 'issuer' in source && 'signer' in source
}

const reservedClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'scope', 'client_id']

const options = once(() =>
  z.object({
    issuer: described(
      z.optional(httpUrl),
      'Issuer (iss) of the tokens, and base of discovery. Default: http://localhost:<port>, for other profiles http://localhost:<port>/<profile>.',
    ),
    audience: described(
      z._default(z.union([text, z.array(text).check(z.minLength(1))], 'must be a text or a list of texts'), 'kafka'),
      'Audience (aud) of the tokens; brokers name it in sasl.oauthbearer.expected.audience.',
    ),
    subject: described(
      z._default(text, 'kafka-client'),
      'Subject (sub) of the tokens: the Kafka principal User:<subject>.',
    ),
    scope: described(z.optional(text), 'Scope of the tokens, space separated.'),
    lifetime: described(z.prefault(durationMs({ min: '5s', max: '7d' }), '1h'), 'Lifetime of the tokens.'),
    algorithm: described(z._default(z.enum(['ES256', 'RS256']), 'ES256'), 'Signature algorithm.'),
    keyFile: described(
      z.optional(text),
      'Private key in PEM form; made and kept there when the file does not exist. Default: a new key at each start.',
    ),
    claims: described(
      z._default(
        z
          .record(z.string(), z.unknown())
          .check(
            z.refine(
              (claims) => !reservedClaims.some((name) => name in claims),
              `cannot set ${reservedClaims.join(', ')}`,
            ),
          ),
        {},
      ),
      'Further claims of the tokens.',
    ),
  }),
)

/** Signs its own JWT access tokens in the shape of RFC 9068, so that everything works with no cloud at all. */
export const selfIssued: SourceKind<'self-issued', ReturnType<typeof options>> = {
  kind: 'self-issued',
  summary: 'its own tokens, signed by its own key',
  get options() {
    return options()
  },
  create(settings, { platform, defaultIssuer }): IssuingSource {
    const { audience, subject, scope, lifetime, algorithm, keyFile, claims } = settings
    const issuer = settings.issuer ?? defaultIssuer
    const signer = localSigner(
      keyFile === undefined ? generatePrivateKey(algorithm) : keptPrivateKey(keyFile, algorithm),
      algorithm,
    )
    return {
      kind: 'self-issued',
      issuer,
      algorithm,
      signer,
      async getToken() {
        const iat = Math.floor(platform.now() / 1000)
        const exp = iat + Math.floor(lifetime / 1000)
        const registered = {
          iss: issuer,
          sub: subject,
          aud: audience,
          client_id: subject,
          iat,
          exp,
          jti: platform.randomUUID(),
        }
        const header = { typ: 'at+jwt' }
        const token = await signer.sign({ ...claims, ...registered, ...(scope && { scope }) }, { header })
        return { value: new Secret(token), expiresAt: exp * 1000, subject, ...(scope && { scope }) }
      },
    }
  },
}
