import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { scriptedServer, type Answer, type Call, type ScriptedServer } from './scripted-server.ts'

/** Entra ID, IMDS and the endpoint of App Service on one port: `/<tenant>/oauth2/v2.0/token`, `/metadata/identity/oauth2/token`, `/msi/token`. */
export interface FakeAzure extends ScriptedServer {
  readonly script: {
    /** Seconds. */
    expiresIn: number
    /** How managed identities tell the end: `expires_on` and `expires_in` as text or as numbers, or neither. */
    lifetimes: 'text' | 'numbers' | 'none'
    /** The managed identity that is assigned, by whatever name; undefined: that of the system. */
    identity: string | undefined
  }
  readonly secret: string
  /** Keys that verify the tokens. */
  readonly jwks: { readonly keys: JWK[] }
  /** A token as Kubernetes projects it; taken only with the subject and audience of `federated`. */
  serviceAccountToken(options?: { subject?: string; audience?: string; expiresIn?: number }): Promise<string>
}

export const tenant = '11111111-2222-3333-4444-555555555555'
export const federated = {
  issuer: 'https://oidc.prod-aks.azure.com/cluster/',
  subject: 'system:serviceaccount:orders:app',
  audience: 'api://AzureADTokenExchange',
}

export async function fakeAzure(): Promise<FakeAzure> {
  const entra = await generateKeyPair('RS256')
  const cluster = await generateKeyPair('RS256')
  const script: FakeAzure['script'] = { expiresIn: 3599, lifetimes: 'text', identity: undefined }
  const secret = 'identity-header-secret'
  // The server answers at once, so the tokens are made before: one for each audience that a test may ask for.
  const made = new Map<string, string>()

  async function prepare(audience: string): Promise<void> {
    const iat = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({ oid: 'object-1', tid: tenant })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(`https://sts.windows.net/${tenant}/`)
      .setSubject('object-1')
      .setAudience(audience)
      .setIssuedAt(iat)
      .setExpirationTime(iat + 3599)
      .sign(entra.privateKey)
    made.set(audience, token)
  }
  const resource = 'https://ns.servicebus.windows.net'
  await prepare(resource)

  const accepted = new Set<string>()
  const refuse = (status: number, error: string, description: string): Answer => ({
    status,
    body: { error, error_description: `${description}\r\nTrace ID: 0b7\r\nCorrelation ID: 1c8` },
  })

  const token = (call: Call): Answer => {
    const form = new URLSearchParams(call.body)
    if (!accepted.has(form.get('client_assertion') ?? '')) {
      return refuse(
        401,
        'invalid_client',
        'AADSTS700213: No matching federated identity record found for presented assertion subject.',
      )
    }
    if (!form.get('scope')?.endsWith('/.default')) {
      return refuse(400, 'invalid_scope', 'AADSTS1002012: The provided value for scope is not valid.')
    }
    const value = made.get(form.get('scope')?.replace(/\/\.default$/, '') ?? '')
    if (!value)
      return refuse(400, 'invalid_resource', 'AADSTS500011: The resource principal was not found in the tenant.')
    return {
      body: {
        token_type: 'Bearer',
        expires_in: script.expiresIn,
        ext_expires_in: script.expiresIn,
        access_token: value,
      },
    }
  }

  const managed = (call: Call): Answer => {
    const names = ['client_id', 'object_id', 'principal_id', 'msi_res_id', 'mi_res_id']
    const wanted = names.map((name) => call.query.get(name)).find((value) => value !== null) ?? undefined
    const value = made.get(call.query.get('resource') ?? '')
    const isImds = call.path.startsWith('/metadata')
    if (wanted !== script.identity) {
      return isImds
        ? { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } }
        : {
            status: 400,
            body: {
              statusCode: 400,
              message:
                'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
            },
          }
    }
    if (!value)
      return refuse(400, 'invalid_resource', 'AADSTS500011: The resource principal was not found in the tenant.')
    const on = Math.floor(Date.now() / 1000) + script.expiresIn
    const told = (seconds: number): unknown => (script.lifetimes === 'text' ? String(seconds) : seconds)
    const lifetimes =
      script.lifetimes === 'none' ? {} : { expires_on: told(on), ...(isImds && { expires_in: told(86_400) }) }
    return { body: { access_token: value, ...lifetimes, resource: call.query.get('resource'), token_type: 'Bearer' } }
  }

  const server = await scriptedServer(
    (call) => {
      if (call.path === '/metadata/identity/oauth2/token') {
        const isWhole = call.headers['metadata'] === 'true' && call.query.get('api-version') === '2018-02-01'
        return isWhole
          ? managed(call)
          : {
              status: 400,
              body: { error: 'bad_request_102', error_description: 'Required metadata header not specified' },
            }
      }
      if (call.path === '/msi/token') {
        const isWhole = call.headers['x-identity-header'] === secret && call.query.get('api-version') === '2019-08-01'
        return isWhole ? managed(call) : { status: 401, body: { statusCode: 401, message: 'wrong header' } }
      }
      if (call.path === `/${tenant}/oauth2/v2.0/token`) return token(call)
      if (call.path.endsWith('/oauth2/v2.0/token')) {
        return refuse(400, 'invalid_request', `AADSTS90002: Tenant '${call.path.split('/')[1] ?? ''}' not found.`)
      }
      return { status: 404, body: '' }
    },
    { headers: { Server: 'IMDS/150.870.65.1015' } },
  )

  return {
    ...server,
    script,
    secret,
    jwks: { keys: [await exportJWK(entra.publicKey)] },
    async serviceAccountToken({ subject = federated.subject, audience = federated.audience, expiresIn = 3600 } = {}) {
      const iat = Math.floor(Date.now() / 1000)
      const text = await new SignJWT({})
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(federated.issuer)
        .setSubject(subject)
        .setAudience([audience])
        .setIssuedAt(iat)
        .setExpirationTime(iat + expiresIn)
        .sign(cluster.privateKey)
      if (subject === federated.subject && audience === federated.audience) accepted.add(text)
      return text
    },
  }
}
