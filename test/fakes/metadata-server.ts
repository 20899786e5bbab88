import { googleIdToken } from './google-id-tokens.ts'
import { scriptedServer, type ScriptedServer } from './scripted-server.ts'

export interface MetadataServer extends ScriptedServer {
  /** What the next answers are made of. */
  readonly identity: {
    email: string
    /** Seconds. */
    expiresIn: number
    /** Given again and again, as real servers do until five minutes are left; undefined: a new one each time. */
    token: string | undefined
    /** `false`: no service account is attached, so 404. */
    attached: boolean
  }
  /** Every access token that was given. */
  readonly tokens: readonly string[]
}

const base = '/computeMetadata/v1'

/** The metadata server of GCE and GKE: point `GCE_METADATA_HOST` to its `host`. */
export async function metadataServer(options: { port?: number } = {}): Promise<MetadataServer> {
  const identity: MetadataServer['identity'] = {
    email: 'kafka@project.iam.gserviceaccount.com',
    expiresIn: 3599,
    token: undefined,
    attached: true,
  }
  const tokens: string[] = []

  const server = await scriptedServer(
    ({ path, query, headers }) => {
      if (headers['metadata-flavor'] !== 'Google')
        return { status: 403, body: 'Missing Metadata-Flavor:Google header.' }
      if (headers['x-forwarded-for']) return { status: 403, body: 'X-Forwarded-For' }
      if (!path.startsWith(base) || (!identity.attached && path.includes('service-accounts'))) {
        return { status: 404, body: 'not found' }
      }
      switch (path.slice(base.length)) {
        case '/instance/service-accounts/default/token': {
          const token = identity.token ?? `ya29.c.metadata-${tokens.length + 1}`
          tokens.push(token)
          return { body: { access_token: token, expires_in: identity.expiresIn, token_type: 'Bearer' } }
        }
        case '/instance/service-accounts/default/email':
          return { body: identity.email }
        case '/instance/service-accounts/default/identity': {
          const audience = query.get('audience')
          if (!audience) return { status: 400, body: 'non-empty audience parameter required' }
          const email = query.get('format') === 'full' ? identity.email : undefined
          return { body: googleIdToken({ audience, email, expiresIn: identity.expiresIn }) }
        }
        case '/universe/universe-domain':
          return { body: 'googleapis.com' }
        case '/project/project-id':
          return { body: 'project' }
        case '/instance':
        case '/instance/':
          return { body: 'service-accounts/\n' }
        default:
          return { status: 404, body: 'not found' }
      }
    },
    { ...options, headers: { 'Metadata-Flavor': 'Google', Server: 'Metadata Server for VM' } },
  )
  return { ...server, identity, tokens }
}
