import * as z from 'zod/mini'
import { normalizedDn } from '../callers/certificate/distinguished-name.ts'
import { parseSecretHash } from '../callers/secret/secret-hash.ts'
import { once } from '../platform/once.ts'
import { described, filePath, httpUrl, text } from '../sources/option-text.ts'

/*
 * Options of `callers`, `issuers` and `limits`. Each schema is made when a configuration has such a section: a start without
 * callers pays for none of them.
 */

/** A text or a list of texts; always a list afterwards. */
const oneOrMore = () =>
  z.pipe(
    z.union([text, z.array(text).check(z.minLength(1, 'must name at least one'))], 'must be a text or a list of texts'),
    z.transform((value) => (typeof value === 'string' ? [value] : value)),
  )

const countUpTo = (most: number) => {
  const message = `must be a whole number from 1 to ${most}`
  return z.number(message).check(z.refine((value) => Number.isInteger(value) && value >= 1 && value <= most, message))
}

const perMinute = () => countUpTo(1_000_000)

const secretHash = () =>
  z
    .string('must be a hash')
    .check(
      z.refine(
        (hash) => parseSecretHash(hash) !== undefined,
        'is no hash: kafka-token-sidecar secret hash makes one; a secret itself must not stand in the configuration',
      ),
    )

// What cannot be read would never be that of any certificate.
const distinguishedName = () =>
  text.check(
    z.refine((dn) => normalizedDn(dn) !== undefined, 'is no distinguished name (RFC 4514), as in CN=batch,O=Example'),
  )

const certificateNames = ['subjectDn', 'sanDns', 'sanUri'] as const

/** How one caller proves who it is, and what it may use. */
export const callerOptions = once(() =>
  z
    .strictObject({
      secretHashes: described(
        z.optional(
          z.array(secretHash(), 'must be a list of hashes').check(
            z.refine((hashes) => hashes.length > 0, 'must hold a hash'),
            z.refine((hashes) => hashes.length <= 2, 'must hold two hashes at most: the new one and the old one'),
          ),
        ),
        'Hashes of its secret, made by kafka-token-sidecar secret hash; two while the secret is replaced.',
      ),
      secret: z.optional(
        z.custom<undefined>(
          () => false,
          'must not stand in the configuration: write its hash to secretHashes, made by kafka-token-sidecar secret hash',
        ),
      ),
      assertion: described(
        z.optional(
          z.strictObject({
            issuer: described(
              text,
              'Issuer (iss) of its JWTs; spiffe://<trust domain> for JWT-SVIDs. See issuers for how they are verified.',
            ),
            audience: described(oneOrMore(), 'Audience (aud) that its JWTs are made for; one of a list is enough.'),
            subject: described(
              oneOrMore(),
              'Subject (sub) of its JWTs; * stands for characters other than : and /, as in system:serviceaccount:fraud:*.',
            ),
          }),
        ),
        'JWTs that it presents: Kubernetes service-account tokens, JWT-SVIDs, or those of any issuer (RFC 7523).',
      ),
      certificate: described(
        z.optional(
          z
            .strictObject({
              subjectDn: described(
                z.optional(distinguishedName()),
                'Its whole subject (RFC 4514), as in CN=batch,O=Example.',
              ),
              sanDns: described(z.optional(text), 'A DNS name of its subject alternative names.'),
              sanUri: described(z.optional(text), 'A URI of its subject alternative names, such as a SPIFFE ID.'),
            })
            .check(
              z.refine(
                (rule) => certificateNames.filter((name) => rule[name] !== undefined).length === 1,
                `needs one of ${certificateNames.join(', ')}`,
              ),
            ),
        ),
        'Name in its client certificate, of a CA in listen.tls.clientCaFile (RFC 8705 section 2.1).',
      ),
      profiles: described(
        z.optional(z.array(text, 'must be a list of profiles').check(z.minLength(1, 'must name a profile'))),
        'Profiles that it may use; the first is used when the path of a request names none.',
      ),
      delegationTokens: described(
        z.optional(
          z.array(text, 'must be a list of delegation tokens').check(z.minLength(1, 'must name a delegation token')),
        ),
        'Delegation tokens that it may read at /delegation-tokens/<name>.',
      ),
      requestsPerMinute: described(
        z.optional(perMinute()),
        'How often it may ask. Default: limits.callerRequestsPerMinute.',
      ),
    })
    .check(
      z.refine(
        ({ secretHashes, assertion, certificate }) => Boolean(secretHashes ?? assertion ?? certificate),
        'needs a way to prove who it is: secretHashes, assertion or certificate',
      ),
      z.refine(
        ({ profiles, delegationTokens }) => Boolean(profiles ?? delegationTokens),
        'needs something that it may have: profiles, delegationTokens or both',
      ),
    ),
)

/** How the JWTs of one issuer are verified. */
export const issuerOptions = once(() =>
  z
    .strictObject({
      verifyBy: described(
        z._default(z.enum(['jwks', 'token-review']), 'jwks'),
        'jwks: by the public keys of the issuer. token-review: by asking the Kubernetes API server, which also knows of deleted accounts and pods.',
      ),
      jwksUri: described(z.optional(httpUrl), 'Address of the public keys. Default: by discovery of the issuer.'),
      jwksFile: described(z.optional(filePath), 'File with the public keys (JWK Set), such as a SPIFFE bundle.'),
      tokenFile: described(
        z.optional(filePath),
        'Bearer token for the API server or issuer. Default: in a pod, for token-review and the issuer of the cluster, that of the pod.',
      ),
      tls: described(
        z.optional(z.strictObject({ caFile: described(z.optional(filePath), 'CA certificates, in PEM form.') })),
        'Trust towards the issuer or API server.',
      ),
      apiServer: described(z.optional(httpUrl), 'Kubernetes API server for token-review. Default: that of the pod.'),
      allowPlaintext: described(
        z._default(z.boolean(), false),
        'Ask over plain http for the keys, where everybody on the way can replace them.',
      ),
      jti: described(
        z._default(z.enum(['any', 'once']), 'any'),
        'once: a JWT whose jti was seen before is refused, unless it is the same JWT within 60 s; each process remembers its own.',
      ),
    })
    .check(
      z.refine(({ jwksUri, jwksFile }) => jwksUri === undefined || jwksFile === undefined, {
        path: ['jwksFile'],
        error: 'cannot be set together with jwksUri: one of them has the keys',
      }),
      z.refine(({ verifyBy, jwksUri, jwksFile }) => verifyBy === 'jwks' || (jwksUri ?? jwksFile) === undefined, {
        path: ['verifyBy'],
        error: 'must be jwks where jwksUri or jwksFile has the keys',
      }),
      z.refine(({ verifyBy, apiServer }) => verifyBy === 'token-review' || apiServer === undefined, {
        path: ['apiServer'],
        error: 'is for verifyBy: token-review',
      }),
    ),
)

/** How much is taken in, from whom, and sent out. */
export const limitOptions = z.strictObject({
  requestsPerMinute: described(z.optional(perMinute()), 'Requests of all clients together. Default: no limit.'),
  callerRequestsPerMinute: described(
    z._default(perMinute(), 6_000),
    'Requests of each caller, unless it has a number of its own.',
  ),
  waitingRequests: described(
    z._default(countUpTo(100_000), 10_000),
    'Requests that may wait for a token at the same time.',
  ),
  callerWaitingRequests: described(
    z._default(countUpTo(100_000), 1_000),
    'Requests of one caller that may wait for a token at the same time.',
  ),
  upstreamCalls: described(
    z._default(countUpTo(10_000), 256),
    'Calls to providers at the same time, of all profiles together; half of them at most to one host.',
  ),
  profileUpstreamCalls: described(
    z._default(countUpTo(1_000), 8),
    'Calls of one profile at the same time; further ones wait.',
  ),
})
