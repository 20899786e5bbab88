import type { AuthClient, BaseExternalAccountClient } from 'google-auth-library'
import type { CredentialsFile, MetadataServer } from './credentials.ts'
import { cannotGiveIdToken } from './id-token.ts'

type Library = typeof import('google-auth-library')

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

/** Asks for an ID token in the way of these credentials. The library rejects; what came may be anything. */
export async function requestIdToken(
  google: Library,
  client: AuthClient,
  credentials: CredentialsFile | MetadataServer,
  audience: string,
): Promise<unknown> {
  if (credentials.from === 'metadata') {
    // Compute.fetchIdToken() puts the audience into the URL as it is.
    return google.gcpMetadata.instance<unknown>({
      property: 'service-accounts/default/identity',
      params: { audience, format: 'full' },
    })
  }
  if (client.universeDomain !== google.DEFAULT_UNIVERSE) {
    throw cannotGiveIdToken(`ID tokens of the universe ${client.universeDomain} are not supported`)
  }
  if (client instanceof google.Impersonated) return client.fetchIdToken(audience, { includeEmail: true })
  if (client instanceof google.JWT || client instanceof google.UserRefreshClient) return client.fetchIdToken(audience)
  if (client instanceof google.BaseExternalAccountClient) return federated(client, audience)
  throw cannotGiveIdToken(`${credentials.path} (${credentials.type}) cannot give ID tokens`)
}

/**
 * A federated identity impersonates its service account. The library does so for access tokens only, and would ask with the
 * token of the account itself; the permission belongs to the identity.
 */
async function federated(client: BaseExternalAccountClient, audience: string): Promise<unknown> {
  const parts = client as unknown as { serviceAccountImpersonationUrl: string | null; idTokenUrl?: string }
  parts.idTokenUrl ??= parts.serviceAccountImpersonationUrl?.replace(/:generateAccessToken$/, ':generateIdToken') ?? ''
  if (!parts.idTokenUrl.endsWith(':generateIdToken')) {
    throw cannotGiveIdToken('a federated identity without a service account has no ID tokens')
  }
  parts.serviceAccountImpersonationUrl = null
  client.scopes = [cloudPlatform]
  const { data } = await client.request<{ token?: unknown } | null>({
    url: parts.idTokenUrl,
    method: 'POST',
    data: { audience, includeEmail: true },
    responseType: 'json',
  })
  return data?.token
}
