import type { Gaxios } from 'gaxios'
import type { AuthClient, Impersonated, JWT } from 'google-auth-library'
import type { Platform } from '../../platform/platform.ts'
import { Secret } from '../../platform/secret.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'
import type { CredentialsFile, MetadataServer } from './credentials.ts'
import { runSafely, type ExecutableHandler } from './executable.ts'
import { badAnswer } from './google-errors.ts'
import { requestIdToken } from './id-token-request.ts'
import { federatedPrincipal, unknownPrincipal } from './principal.ts'
import { tame, tameShared, type Wire } from './wire.ts'

type Library = typeof import('google-auth-library')

export interface GoogleToken {
  readonly value: Secret
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** One set of credentials behind the library. All calls go over the wire and reject with what the library throws. */
export interface GoogleClient {
  /** A new token: one call of the token endpoint, and one more where the credentials impersonate an account. */
  obtain(): Promise<GoogleToken>
  /** What Google gives for an ID token (OpenID Connect Core §2) with this audience; unchecked. */
  idToken(audience: string): Promise<unknown>
  /** The principal, where the credentials tell it, or a metadata server (one call). */
  principal(): Promise<string | undefined>
  /** The principal, where only a token tells it (one call for users, none for federated identities). */
  principalOf(token: Secret): Promise<string>
}

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
const longestToken = 64 * 1024

// Placeholders are answers too: they are refused with what mends them.
const emailOrPlaceholder = /^([^\s@<>]+@[^\s@<>]+|default|[^\s<>]+\.svc\.id\.goog|)$/

let library: Promise<Library> | undefined

/** 45–80 ms and 7 MB: only those who use Google pay for it. */
function load(): Promise<Library> {
  // A CommonJS package: its names are on `default` in Node and in every bundle, as names of their own not in all.
  library ??= import('google-auth-library').then(({ default: module }) => {
    tameShared(module.gaxios.instance as unknown as Gaxios)
    return module
  })
  return library
}

export async function googleClient(
  credentials: CredentialsFile | MetadataServer,
  wire: Wire,
  options: { platform: Platform; scopes: readonly string[]; closing: AbortSignal },
): Promise<GoogleClient> {
  const google = await load()
  const scopes = [...options.scopes]
  const client =
    credentials.from === 'metadata'
      ? new google.Compute({ scopes })
      : // Not getClient(): that would look for the project with gcloud, and pick the credentials anew. Its public siblings
        // print warnings that this way of reading a file does not.
        await new google.GoogleAuth({ scopes })._getApplicationCredentialsFromFilePath(credentials.path)
  await adopt(client, wire, options)
  const source = client instanceof google.Impersonated ? sourceOf(client) : undefined
  if (source) {
    await adopt(source, wire, options)
    if (source instanceof google.JWT) source.scopes = [cloudPlatform]
  }

  return {
    async obtain() {
      forget(client)
      client.eagerRefreshThresholdMillis = Number.MAX_SAFE_INTEGER
      try {
        const { token, expiry } = isSelfSigning(google, client) ? await selfSigned(client) : await fromEndpoint(client)
        if (typeof token !== 'string' || token === '')
          throw badAnswer('no token', { credentials, exchange: wire.exchange })
        if (!/^[\x21-\x7e]+$/.test(token) || token.length > longestToken) {
          throw badAnswer('something that is not a token', { credentials, exchange: wire.exchange })
        }
        if (typeof expiry !== 'number' || !Number.isFinite(expiry) || wire.exchange?.hasLifetime === false) {
          throw badAnswer('a token without lifetime', { credentials, exchange: wire.exchange })
        }
        return { value: new Secret(token), expiresAt: expiry }
      } catch (thrown) {
        if (source) forget(source)
        throw thrown
      }
    },
    async idToken(audience) {
      forget(client)
      try {
        return await requestIdToken(google, client, credentials, audience)
      } catch (thrown) {
        if (source) forget(source)
        throw thrown
      }
    },
    async principal() {
      if (credentials.from === 'metadata') {
        const email = String(await google.gcpMetadata.instance<unknown>('service-accounts/default/email')).trim()
        if (!emailOrPlaceholder.test(email)) {
          throw badAnswer('something that is not an e-mail', { credentials, exchange: wire.exchange })
        }
        return email
      }
      if (client instanceof google.Impersonated) return client.getTargetPrincipal()
      if (client instanceof google.JWT) return client.email
      if (client instanceof google.BaseExternalAccountClient) return client.getServiceAccountEmail() ?? undefined
      const { account } = credentials.json
      return typeof account === 'string' && account !== '' ? account : undefined
    },
    async principalOf(token) {
      if (client instanceof google.BaseExternalAccountClient)
        return federatedPrincipal(client['audience'], wire.subject)
      if (!(client instanceof google.UserRefreshClient)) {
        throw unknownPrincipal('these credentials do not tell their principal')
      }
      const { email } = await client.getTokenInfo(token.reveal())
      if (typeof email !== 'string' || email === '') {
        throw unknownPrincipal('the user credentials were made without the scope that tells the e-mail')
      }
      return email
    },
  }
}

/** The library gives a token it holds again, and one without expiry for ever. */
function forget(client: AuthClient): void {
  const { refresh_token } = client.credentials
  client.setCredentials({ ...(refresh_token && { refresh_token }), expiry_date: 1 })
  if ('cachedAccessToken' in client) client.cachedAccessToken = null
}

async function fromEndpoint(client: AuthClient): Promise<{ token: unknown; expiry: unknown }> {
  const { token } = await client.getAccessToken()
  const held = 'cachedAccessToken' in client ? client.cachedAccessToken : client.credentials
  return { token, expiry: (held as { expiry_date?: unknown } | null)?.expiry_date }
}

/** In other universes than googleapis.com the library signs the access token of a service account itself. */
function isSelfSigning(google: Library, client: AuthClient): client is JWT {
  return client instanceof google.JWT && client.universeDomain !== google.DEFAULT_UNIVERSE
}

async function selfSigned(client: JWT): Promise<{ token: unknown; expiry: unknown }> {
  const headers = await client.getRequestHeaders()
  const token = headers.get('authorization')?.replace(/^Bearer /, '')
  const exp = token && readJwtShape(token)?.claims['exp']
  return { token, expiry: typeof exp === 'number' ? exp * 1000 : undefined }
}

/** Leads all HTTP clients that the library made for these credentials onto the wire; some of them are private there. */
async function adopt(
  client: AuthClient,
  wire: Wire,
  { platform, closing }: { platform: Platform; closing: AbortSignal },
): Promise<void> {
  const parts = client as unknown as {
    stsCredential?: { transporter: Gaxios }
    externalAccountAuthorizedUserHandler?: { transporter: Gaxios }
    handler?: ExecutableHandler
  }
  tame(client.transporter as unknown as Gaxios, wire)
  if (parts.stsCredential) tame(parts.stsCredential.transporter, wire)
  if (parts.externalAccountAuthorizedUserHandler) tame(parts.externalAccountAuthorizedUserHandler.transporter, wire)
  if (parts.handler) await runSafely(parts.handler, platform, closing)
}

function sourceOf(client: Impersonated): AuthClient {
  return (client as unknown as { sourceClient: AuthClient }).sourceClient
}
