import type { KeycloakAddress } from './keycloak.ts'

/** Three sessions in each token's life, as at the shared sidecar. */
export const keycloakTokenSeconds = 20
/** The one that brokers demand. */
export const keycloakAudience = 'kafka'

type Representation = Readonly<Record<string, unknown>>

/** What Keycloak wrote about one client, oldest first. */
export interface ClientEvent {
  readonly type: string
  readonly error?: string
  /** Epoch milliseconds. */
  readonly time: number
  readonly details?: { readonly client_jwt_kid?: string; readonly client_assertion_id?: string }
}

/** The realm `kafka` of a running server, changed through its admin API. */
export interface Realm {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly jwksUrl: string
  create(): Promise<void>
  /** A confidential client that may use the client credentials grant; the fields are Keycloak's. */
  client(clientId: string, fields: Representation): Promise<void>
  /** Sets these fields of a client anew. */
  change(clientId: string, fields: Representation): Promise<void>
  identityProvider(alias: string, providerId: string, config: Representation): Promise<void>
  user(username: string, fields: Representation): Promise<void>
  /** Grants and refusals of one client. */
  events(clientId: string): Promise<readonly ClientEvent[]>
}

export function realmAt({ origin, adminPassword }: KeycloakAddress): Realm {
  const issuer = `${origin}/realms/kafka`
  const admin = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: Representation) => {
    const login = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: adminPassword }
    const { access_token: token } = (await answered(
      await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams(login),
      }),
    )) as { access_token: string }
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const json = body === undefined ? null : JSON.stringify(body)
    return answered(await fetch(`${origin}/admin/realms${path}`, { method, headers, body: json }))
  }
  const add = async (path: string, body: Representation) => {
    await admin('POST', path, body)
  }
  return {
    issuer,
    tokenEndpoint: `${issuer}/protocol/openid-connect/token`,
    jwksUrl: `${issuer}/protocol/openid-connect/certs`,
    create: () =>
      add('', { realm: 'kafka', enabled: true, accessTokenLifespan: keycloakTokenSeconds, eventsEnabled: true }),
    client: (clientId, fields) =>
      add('/kafka/clients', {
        clientId,
        enabled: true,
        publicClient: false,
        serviceAccountsEnabled: true,
        standardFlowEnabled: false,
        protocolMappers: [audience(keycloakAudience)],
        ...fields,
      }),
    change: async (clientId, fields) => {
      const [client] = (await admin('GET', `/kafka/clients?clientId=${clientId}`)) as [{ readonly id: string }]
      await admin('PUT', `/kafka/clients/${client.id}`, { ...client, ...fields })
    },
    identityProvider: (alias, providerId, config) =>
      add('/kafka/identity-provider/instances', { alias, providerId, enabled: true, config }),
    user: (username, fields) => add('/kafka/users', { username, enabled: true, ...fields }),
    events: async (clientId) => {
      const found = (await admin('GET', `/kafka/events?client=${clientId}&max=1000`)) as ClientEvent[]
      return found.toReversed()
    },
  }
}

/** A client's protocol mapper that puts this into `aud`. */
export const audience = (name: string): Representation => ({
  name: `audience ${name}`,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': name, 'access.token.claim': 'true' },
})

async function answered(answer: Response): Promise<unknown> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
