import * as z from 'zod/mini'
import { once } from '../../platform/once.ts'
import { presets, type PresetName } from '../../oauth/preset.ts'
import { allowOptions } from '../allow.ts'
import { described, filePath, httpUrl, secretValue, text } from '../option-text.ts'

const url = httpUrl
  // It would be shown in errors, and nobody takes it: credentials of a client have options of their own.
  .check(z.refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must not hold a user or password'))

// RFC 6749 and its relatives own these; what they mean is said by options of their own.
const protocolParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'assertion',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'scope',
  'audience',
  'resource',
]

/** Trust and client certificate towards the provider. */
export const tlsOptions = once(() =>
  z.strictObject({
    caFile: described(
      z.optional(filePath),
      'CA certificates (PEM) that the provider is trusted by, instead of those of Node and NODE_EXTRA_CA_CERTS.',
    ),
    certFile: described(z.optional(filePath), 'Client certificate with its chain (PEM), for mutual TLS (RFC 8705).'),
    keyFile: described(z.optional(filePath), 'Private key of the client certificate (PEM, not encrypted).'),
  }),
)

/** YAML reads 3600 as a number and true as a boolean; a form has only text. */
const parameter = z.pipe(
  z.union([z.string(), z.number(), z.boolean()], 'must be a text'),
  z.transform((value) => String(value)),
)

/** Where a provider is and what is asked of it: common to the sources that use a token endpoint. */
export const providerOptions = once(() =>
  z.object({
    issuer: described(
      z.optional(url),
      'Issuer of the identity provider; its metadata tells the token endpoint (RFC 8414, OpenID Connect Discovery).',
    ),
    tokenEndpoint: described(z.optional(url), 'Token endpoint, where the provider has no metadata.'),
    provider: described(
      z.optional(z.enum(Object.keys(presets) as [PresetName, ...PresetName[]])),
      `Sets what this provider wants differently: ${Object.keys(presets).join(', ')}. Default: as the RFCs say.`,
    ),
    scope: described(z.optional(text), 'Scope asked for, space separated.'),
    audience: described(z.optional(text), 'Parameter audience (RFC 8693, Auth0).'),
    resource: described(
      z.optional(z.array(z.url('must be an absolute URI, such as an http or https URL')).check(z.minLength(1))),
      'Parameter resource (RFC 8707), once per URI.',
    ),
    parameters: described(
      z.optional(
        z
          .record(z.string(), parameter)
          .check(
            z.refine(
              (parameters) => !protocolParameters.some((name) => name in parameters),
              'cannot set parameters that have options of their own',
            ),
          ),
      ),
      'Further form parameters, such as identity_pool_id.',
    ),
    tls: described(z.optional(tlsOptions()), 'Trust and client certificate towards the provider.'),
    allowPlaintextProvider: described(
      z._default(z.boolean(), false),
      'Ask a provider over plain http that is not on this host, where everybody on the way reads credentials and tokens.',
    ),
    principalClaim: described(
      z._default(text, 'sub'),
      'Claim that brokers take the principal from (sasl.oauthbearer.sub.claim.name).',
    ),
    idTokenFallback: described(
      z._default(z.boolean(), false),
      'Give the id_token where the provider has no access token that a Kafka client takes.',
    ),
    format: described(
      z._default(z.enum(['jwt', 'envelope', 'raw']), 'jwt'),
      'jwt: the token as it is, refused unless a Kafka client takes it. envelope: an opaque token in the shape of a JWT, for a broker that takes it so. raw: anything.',
    ),
    principal: described(z.optional(text), 'Principal (sub) of the envelope; needed with format: envelope.'),
    ...allowOptions().shape,
  }),
)

/** How the client proves itself to the provider (RFC 6749 §2.3). */
export const clientAuthOptions = once(() =>
  z.object({
    clientId: described(z.optional(text), 'Client id at the provider.'),
    clientAuth: described(
      z.optional(z.enum(['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'tls_client_auth', 'none'])),
      'How the client proves itself: private_key_jwt, client_secret_basic, client_secret_post, tls_client_auth or none. Default: by what is configured.',
    ),
    clientSecretFile: described(z.optional(filePath), 'File with the client secret.'),
    clientSecretVariable: described(
      z.optional(text),
      'Environment variable with the client secret. Default: KTS_CLIENT_SECRET, for the profile default only.',
    ),
    clientSecret: described(z.optional(secretValue('clientSecretFile')), 'Client secret that a program hands over.'),
    headerUrlencode: described(
      z._default(z.boolean(), true),
      'Form-encode id and secret in the Basic header (RFC 6749 section 2.3.1; Kafka: sasl.oauthbearer.header.urlencode).',
    ),
  }),
)

export type ProviderSettings = z.output<ReturnType<typeof providerOptions>>
export type ClientAuthSettings = z.output<ReturnType<typeof clientAuthOptions>>
