import * as z from 'zod/mini'
import { once } from '../../platform/once.ts'
import { signingAlgorithms } from '../../keys/algorithm.ts'
import { described, filePath, httpUrl, secretValue, text } from '../option-text.ts'

function seconds(lowest: number, highest: number) {
  const message = `must be a whole number of seconds from ${lowest} to ${highest}`
  return z
    .number(message)
    .check(z.refine((value) => Number.isInteger(value) && value >= lowest && value <= highest, message))
}

/** A claim that is left out with `false`. */
const claimText = z.union([text, z.literal(false)], 'must be a text, or false for none')

/** Kafka's `sasl.oauthbearer.assertion.claim.*`. */
const claimOptions = once(() =>
  z.strictObject({
    aud: described(
      z.optional(
        z.union(
          [text, z.array(text).check(z.minLength(1)), z.literal(false)],
          'must be a text, a list of texts, or false for none',
        ),
      ),
      'Audience (aud). Default: the issuer of the provider where it is known, else its token endpoint.',
    ),
    iss: described(z.optional(claimText), 'Issuer (iss). Default: the client id.'),
    sub: described(z.optional(claimText), 'Subject (sub). Default: the client id.'),
    expSeconds: described(
      z.optional(seconds(1, 86_400)),
      'Seconds until an assertion expires. Default: 300; 60 with the provider keycloak or auth0.',
    ),
    nbfSeconds: described(z._default(seconds(0, 3_600), 60), 'Seconds in the past from which on it is valid.'),
    jtiInclude: described(
      z.optional(z.boolean()),
      'Give each assertion an id (jti). Default: false; true with a provider that wants one.',
    ),
  }),
)

const googleOptions = once(() =>
  z.strictObject({
    serviceAccount: described(z.optional(text), 'Account whose key signs. Default: that of the ambient credentials.'),
  }),
)

const vaultOptions = once(() =>
  z.strictObject({
    address: described(httpUrl, 'Address of Vault, as in VAULT_ADDR.'),
    mount: described(z._default(text, 'transit'), 'Path of the transit engine.'),
    key: described(text, 'Name of the key.'),
    tokenFile: described(filePath, 'File with the Vault token, as the Vault agent keeps it.'),
    namespace: described(z.optional(text), 'Vault namespace.'),
  }),
)

/** An assertion, signed here or elsewhere, or ready-made; Kafka's `sasl.oauthbearer.assertion.*`. */
export const assertionOptions = once(() =>
  z.strictObject({
    algorithm: described(
      z._default(z.enum(signingAlgorithms), 'RS256'),
      `Signature algorithm: ${signingAlgorithms.join(', ')}.`,
    ),
    privateKeyFile: described(
      z.optional(filePath),
      'Private key: PKCS#8, PKCS#1 or SEC1 in PEM form, encrypted or not, or a JWK or JWK Set.',
    ),
    privateKeyPassphraseFile: described(z.optional(filePath), 'File with the passphrase of the private key.'),
    privateKeyPassphraseVariable: described(
      z.optional(text),
      'Environment variable with the passphrase. Default: KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE, for the profile default only.',
    ),
    privateKeyPassphrase: described(
      z.optional(secretValue('assertion.privateKeyPassphraseFile')),
      'Passphrase that a program hands over.',
    ),
    templateFile: described(
      z.optional(filePath),
      'JSON file with further header fields and claims: { header: {}, payload: {} }.',
    ),
    file: described(
      z.optional(filePath),
      'Ready-made assertion instead of a key, such as a projected Kubernetes token or a SPIFFE JWT-SVID; providers with federation take it.',
    ),
    profile: described(z.optional(text), 'Profile whose token is the assertion.'),
    claim: described(z.prefault(claimOptions(), {}), 'Claims of the assertion.'),
    keyId: described(
      z.optional(text),
      'Key id (kid) in the header. Default: that of the JWK or template; none unless the keys are published.',
    ),
    certificateFile: described(
      z.optional(filePath),
      'Certificate of the key (PEM); its SHA-256 thumbprint goes into the header (x5t#S256), as Entra ID wants it.',
    ),
    type: described(
      z._default(text, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
      'client_assertion_type; for SPIFFE urn:ietf:params:oauth:client-assertion-type:jwt-spiffe.',
    ),
    publishKeys: described(
      z._default(z.boolean(), false),
      'Publish the public keys at /client-jwks/<profile>, for a provider that reads them there (jwks_uri).',
    ),
    nextKeyFile: described(z.optional(filePath), 'Key that will sign next; published beforehand.'),
    previousKeyFile: described(z.optional(filePath), 'Key that signed before; still published.'),
    signer: described(
      z._default(z.enum(['file', 'google', 'vault']), 'file'),
      'Who signs: the key in privateKeyFile, the IAM of Google (signJwt), or the transit engine of Vault.',
    ),
    google: described(z.optional(googleOptions()), 'The account at Google that signs.'),
    vault: described(z.optional(vaultOptions()), 'The transit engine that signs.'),
  }),
)

/** The assertion as the proof of a client, which may have another. */
export const clientAssertionOptions = once(() =>
  z.object({
    assertion: described(
      z.optional(assertionOptions()),
      'Client assertion (RFC 7523 section 2.2, KIP-1258) instead of a secret.',
    ),
  }),
)

export type AssertionSettings = z.output<ReturnType<typeof assertionOptions>>
