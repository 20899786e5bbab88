import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { generatePrivateKey } from '../keys/kept-key.ts'
import { localSigner, type Signer } from '../keys/signer.ts'
import { watchedSigner } from '../keys/watched-signer.ts'
import { Secret } from '../platform/secret.ts'
import { allowOptions } from './allow.ts'
import { durationMs } from './duration.ts'
import { described, httpUrl, text } from './option-text.ts'
import { reloadEvents } from '../token/reload-events.ts'
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

/** Clocks of brokers may be behind by so much. */
const skewMs = 5 * 60_000

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
      'Private key (PEM or JWK) or private JWK Set, whose newest key signs; made and kept there when the file does not exist, and read again when it changes. Default: a new key at each start.',
    ),
    publishAhead: described(
      z.prefault(durationMs({ min: '0s', max: '7d' }), '1h'),
      'How long a new key is published before it signs: at least sasl.oauthbearer.jwks.endpoint.refresh.ms of the brokers.',
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
    ...allowOptions().shape,
  }),
)

/** Signs its own JWT access tokens in the shape of RFC 9068, so that everything works with no cloud at all. */
export const selfIssued: SourceKind<'self-issued', ReturnType<typeof options>> = {
  kind: 'self-issued',
  summary: 'its own tokens, signed by its own key',
  get options() {
    return options()
  },
  create(settings, world): IssuingSource {
    const { subject, lifetime, algorithm, keyFile, publishAhead: publishAheadMs, claims } = settings
    const { platform } = world
    const issuer = settings.issuer ?? world.defaultIssuer
    const watched =
      keyFile === undefined
        ? undefined
        : watchedSigner(keyFile, {
            platform,
            algorithm,
            publishAheadMs,
            afterlifeMs: lifetime + skewMs,
            ...reloadEvents(world, `the signing keys in ${keyFile}`),
          })
    const ownSigner = (): Signer => localSigner(generatePrivateKey(algorithm), algorithm)
    const signer = watched ?? world.lasting(algorithm, ownSigner)
    return {
      kind: 'self-issued',
      issuer,
      algorithm,
      signer,
      async getToken({ scope = settings.scope, audience = settings.audience }, signal) {
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
        const token = await signer.sign({ ...claims, ...registered, ...(scope && { scope }) }, { header, signal })
        return { value: new Secret(token), expiresAt: exp * 1000, subject, ...(scope && { scope }) }
      },
      close() {
        watched?.close()
      },
    }
  },
}
