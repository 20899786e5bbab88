import { googleIdToken, googleJwks, googleSignature, userIdTokenAudience } from './google-id-tokens.ts'
import { scriptedServer, type Answer, type Call, type ScriptedServer } from './scripted-server.ts'

export interface GoogleEndpoints extends ScriptedServer {
  /** Every access token that was given, by any of the endpoints. */
  readonly tokens: readonly string[]
  readonly script: {
    /** `email` of tokeninfo; undefined: the token was made without the scope for it. */
    email: string | undefined
    /** Seconds. */
    expiresIn: number
  }
}

/**
 * The endpoints of Google that tokens come from, on one port whatever the host: `/token` and `/tokeninfo`
 * (oauth2.googleapis.com), `/v1/token` and `/v1/oauthtoken` (STS), `…:generateAccessToken`, `…:generateIdToken` and
 * `…:signJwt` (IAM credentials), `/service_accounts/v1/jwk/<account>` (www.googleapis.com), and `/subject-token`, a provider
 * of subject tokens by URL.
 */
export async function googleEndpoints(options: {
  tls?: { key: string; cert: string }
  subjectToken?: string
}): Promise<GoogleEndpoints> {
  const tokens: string[] = []
  const script: GoogleEndpoints['script'] = { email: 'user@example.com', expiresIn: 3599 }

  const give = (kind: string): string => {
    const token = `ya29.${kind}-${tokens.length + 1}`
    tokens.push(token)
    return token
  }

  const answer = ({ path, method, headers, body }: Call): Answer => {
    const form = new URLSearchParams(body)
    if (path === '/subject-token') return { body: options.subjectToken ?? '' }
    if (path.startsWith('/service_accounts/v1/jwk/')) return { body: googleJwks() }
    if (method !== 'POST') return { status: 405 }
    const idTokenAudience = path === '/token' ? wantedIdToken(form) : undefined
    if (idTokenAudience) {
      return { body: { id_token: googleIdToken({ audience: idTokenAudience, expiresIn: script.expiresIn }) } }
    }
    if (path === '/token' || path === '/v1/oauthtoken') {
      return { body: { access_token: give(grantOf(form)), expires_in: script.expiresIn, token_type: 'Bearer' } }
    }
    if (path === '/v1/token') {
      if (!form.get('subject_token')) return { status: 400, body: { error: 'invalid_request' } }
      return {
        body: {
          access_token: give('sts'),
          expires_in: script.expiresIn,
          token_type: 'Bearer',
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        },
      }
    }
    const bearer = headers.authorization?.replace(/^Bearer /, '')
    if (!bearer || !tokens.includes(bearer)) {
      return { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'no valid token' } } }
    }
    if (path === '/tokeninfo') {
      return { body: { ...(script.email && { email: script.email }), scope: 'openid email', expires_in: '3599' } }
    }
    if (path.endsWith(':generateAccessToken')) {
      const expireTime = new Date(Date.now() + script.expiresIn * 1000).toISOString()
      return { body: { accessToken: give('iam'), expireTime } }
    }
    const account = /serviceAccounts\/([^:]+):/.exec(path)?.[1]
    const wanted = JSON.parse(body || '{}') as { audience?: string; includeEmail?: boolean; payload?: string }
    if (path.endsWith(':generateIdToken') && wanted.audience) {
      const email = wanted.includeEmail ? account : undefined
      return { body: { token: googleIdToken({ audience: wanted.audience, email, expiresIn: script.expiresIn }) } }
    }
    if (path.endsWith(':signJwt') && wanted.payload) {
      return { body: { keyId: googleJwks().keys[0]?.kid, signedJwt: googleSignature(wanted.payload) } }
    }
    return { status: 404, body: { error: { code: 404, status: 'NOT_FOUND', message: 'not found' } } }
  }

  const server = await scriptedServer(answer, options.tls ? { tls: options.tls } : {})
  return { ...server, tokens, script }
}

/** A key asks by `target_audience` in its assertion; for a user Google has one audience, whatever is asked. */
function wantedIdToken(form: URLSearchParams): string | undefined {
  if (form.has('target_audience')) return userIdTokenAudience
  const claims = form.get('assertion')?.split('.')[1]
  if (!claims) return undefined
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { target_audience?: string }).target_audience
}

function grantOf(form: URLSearchParams): string {
  return form.get('grant_type') === 'refresh_token' ? 'user' : 'key'
}
