import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'

type Env = Platform['env']

/** What AKS puts into a pod (workload identity): a token of Kubernetes that Entra ID takes as client assertion. */
export interface WorkloadIdentity {
  readonly kind: 'workload-identity'
  readonly tokenFile: string
  readonly clientId: string
  readonly tokenEndpoint: string
}

/** A managed identity by an endpoint next to us: of the machine (IMDS), or of App Service, Functions and Container Apps. */
export interface ManagedIdentity {
  readonly kind: 'managed-identity'
  readonly service: 'imds' | 'app-service'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

export interface AzureWishes {
  readonly credential?: 'workload-identity' | 'managed-identity' | undefined
  readonly resource: string
  readonly clientId?: string | undefined
  readonly tenantId?: string | undefined
  readonly objectId?: string | undefined
  readonly resourceId?: string | undefined
}

export interface Found {
  readonly credential: WorkloadIdentity | ManagedIdentity
  /** What was looked for before, in words. */
  readonly tried: readonly string[]
}

const defaultAuthority = 'https://login.microsoftonline.com'
const imdsOrigin = 'http://169.254.169.254'

/**
 * In the order and with the variables of azure-identity: workload identity where AZURE_FEDERATED_TOKEN_FILE, a client and a
 * tenant are set, then IDENTITY_ENDPOINT with IDENTITY_HEADER, then IMDS; whether that is there shows when it is asked.
 * Throws ERR_AZURE_NO_CREDENTIALS.
 */
export function findCredential(env: Env, wishes: AzureWishes): Found {
  const tried: string[] = []
  if (wishes.credential !== 'managed-identity') {
    const found = workloadIdentity(env, wishes)
    if (typeof found !== 'string') return { credential: found, tried }
    if (wishes.credential === 'workload-identity') throw noCredential(`workload identity is not set up: ${found}`)
    tried.push(found)
  }
  const endpoint = env['IDENTITY_ENDPOINT']
  const secret = env['IDENTITY_HEADER']
  if (endpoint && secret) return { credential: appService(endpoint, secret, env, wishes), tried }
  tried.push(
    `${endpoint ? 'IDENTITY_HEADER (Azure Arc and Service Fabric are not supported)' : 'IDENTITY_ENDPOINT'} is not set`,
  )
  return { credential: imds(env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] || imdsOrigin, env, wishes), tried }
}

/** The variable that is missing, in words. */
function workloadIdentity(env: Env, wishes: AzureWishes): WorkloadIdentity | string {
  const tokenFile = env['AZURE_FEDERATED_TOKEN_FILE']
  const clientId = wishes.clientId ?? env['AZURE_CLIENT_ID']
  const tenantId = wishes.tenantId ?? env['AZURE_TENANT_ID']
  if (!tokenFile) return 'AZURE_FEDERATED_TOKEN_FILE is not set'
  if (!clientId) return 'AZURE_CLIENT_ID (or clientId) is not set'
  if (!tenantId) return 'AZURE_TENANT_ID (or tenantId) is not set'
  const authority = (env['AZURE_AUTHORITY_HOST'] || defaultAuthority).replace(/\/+$/, '')
  const tokenEndpoint = `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`
  if (!URL.canParse(tokenEndpoint)) throw noCredential(`AZURE_AUTHORITY_HOST is not a URL: ${authority}`)
  return { kind: 'workload-identity', tokenFile, clientId, tokenEndpoint }
}

function imds(base: string, env: Env, wishes: AzureWishes): ManagedIdentity {
  const url = identityUrl(base, 'AZURE_POD_IDENTITY_AUTHORITY_HOST', '/metadata/identity/oauth2/token')
  url.searchParams.set('api-version', '2018-02-01')
  name(url, env, wishes, { objectId: 'object_id', resourceId: 'msi_res_id' })
  return { kind: 'managed-identity', service: 'imds', url, headers: { Metadata: 'true' } }
}

function appService(endpoint: string, secret: string, env: Env, wishes: AzureWishes): ManagedIdentity {
  const url = identityUrl(endpoint, 'IDENTITY_ENDPOINT')
  url.searchParams.set('api-version', '2019-08-01')
  name(url, env, wishes, { objectId: 'principal_id', resourceId: 'mi_res_id' })
  return { kind: 'managed-identity', service: 'app-service', url, headers: { 'X-IDENTITY-HEADER': secret } }
}

function identityUrl(text: string, variable: string, path?: string): URL {
  if (!/^https?:/.test(text) || !URL.canParse(text))
    throw noCredential(`${variable} is not a URL: ${text.slice(0, 100)}`)
  return path === undefined ? new URL(text) : new URL(path, text)
}

/** What the token is for, and which of several identities is meant. */
function name(
  { searchParams }: URL,
  env: Env,
  { resource, clientId, objectId, resourceId }: AzureWishes,
  names: { readonly objectId: string; readonly resourceId: string },
): void {
  searchParams.set('resource', resource)
  if (objectId !== undefined) searchParams.set(names.objectId, objectId)
  else if (resourceId !== undefined) searchParams.set(names.resourceId, resourceId)
  else {
    const client = clientId ?? env['AZURE_CLIENT_ID']
    if (client) searchParams.set('client_id', client)
  }
}

function noCredential(why: string): TokenError {
  return new TokenError('ERR_AZURE_NO_CREDENTIALS', why)
}
