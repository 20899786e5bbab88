import { withDeadline } from '../../platform/deadline.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Secret } from '../../platform/secret.ts'
import type { Signer } from '../../keys/signer.ts'
import { TokenError } from '../../token/error.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'
import { timesFor } from '../source-times.ts'
import { ambientGoogle, type Identity } from './ambient.ts'
import { iamAnswer, noIamAnswer, unreadable, type IamCall } from './iam-answer.ts'
import { requireUsable } from './principal.ts'

export interface GoogleSignerOptions {
  /** E-mail of the account that signs; default: the one we run as. */
  readonly serviceAccount?: string | undefined
  /** Only RS256 is there. */
  readonly algorithm?: string | undefined
  readonly platform: Platform
  /** Milliseconds; one signature ends a little before. */
  readonly fetchTimeoutMs: number
}

type PublicKeys = Awaited<ReturnType<Signer['publicJwks']>>

const scopes = ['https://www.googleapis.com/auth/cloud-platform']
const leastRemainingMs = 60_000
const jwksKeptForMs = 300_000

interface Access {
  readonly token: Secret
  readonly expiresAt: number
  readonly email: string
}

/**
 * Signs with a key of a Google service account that nobody holds: IAM Credentials `signJwt`, by the ambient Google identity.
 * That identity needs roles/iam.serviceAccountTokenCreator on the account, even where it is the account itself.
 * Rejects with ERR_KEY_SIGNER, or with ERR_GCP_* where Google cannot be asked. Throws ERR_KEY_TYPE.
 */
export function googleSigner(options: GoogleSignerOptions): Signer {
  const { serviceAccount, algorithm = 'RS256', platform, fetchTimeoutMs } = options
  if (algorithm !== 'RS256') {
    throw new TokenError('ERR_KEY_TYPE', `Google signs with RS256 only, and ${algorithm} was asked for`, {
      hint: 'Set assertion.algorithm: RS256.',
    })
  }
  const times = timesFor(fetchTimeoutMs)
  const google = ambientGoogle(platform, scopes, times)
  let access: Access | undefined
  let asking: Promise<Access> | undefined
  let jwks: { readonly keys: PublicKeys; readonly at: number } | undefined

  async function credential(): Promise<Access> {
    if (access && access.expiresAt - platform.now() > leastRemainingMs) return access
    // All share one call; each leaves by its own signal.
    asking ??= google.run(new AbortController().signal, ask).finally(() => {
      asking = undefined
    })
    access = await asking
    return access
  }

  async function ask({ client }: Identity): Promise<Access> {
    const email = serviceAccount ?? requireAccount(await client.principal())
    const { value: token, expiresAt } = await client.obtain()
    return { token, expiresAt, email }
  }

  async function signJwt(payload: string, signal: AbortSignal): Promise<string> {
    const { token, email } = await credential()
    const call: IamCall = { account: email, task: 'sign' }
    const url = new URL(`https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:signJwt`)
    const headers = { Authorization: `Bearer ${token.reveal()}`, 'Content-Type': 'application/json' }
    const body = JSON.stringify({ payload })
    const text = await iamAnswer(platform, url, { method: 'POST', headers, body, signal }, call)
    const signed = parseJsonObject(text)?.['signedJwt']
    if (typeof signed !== 'string' || !readJwtShape(signed)) throw unreadable(url, 'no signed JWT')
    return signed
  }

  /** One call within our deadline, with a signal that ends with `outer` too. */
  function timed<T>(outer: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(platform, times.timeoutMs, () => noIamAnswer(times.timeoutMs), outer, task)
  }

  return {
    async publicJwks() {
      if (jwks && platform.monotonicNow() - jwks.at < jwksKeptForMs) return jwks.keys
      const keys = await timed(new AbortController().signal, async (signal) => {
        const account = serviceAccount ?? (await credential()).email
        const url = new URL(`https://www.googleapis.com/service_accounts/v1/jwk/${account}`)
        const text = await iamAnswer(platform, url, { signal }, { account, task: 'read the public keys of' })
        const found = parseJsonObject(text)?.['keys']
        if (!Array.isArray(found)) throw unreadable(url, 'no JWK Set')
        return found as PublicKeys
      }).catch((thrown: unknown) => {
        // Google keeps a key for at least 12 hours after it has signed with it: the former list is still good.
        if (jwks) return jwks.keys
        throw thrown
      })
      jwks = { keys, at: platform.monotonicNow() }
      return keys
    },
    async sign(claims, { header = {}, signal = new AbortController().signal } = {}) {
      requireFixedHeader(header)
      const payload = JSON.stringify(claims)
      return timed(signal, async (inner) => {
        try {
          return await signJwt(payload, inner)
        } catch (thrown) {
          // Whatever the reason, the next attempt is made with a new access token and a new look at the credentials.
          access = undefined
          throw thrown
        }
      })
    },
  }
}

/** Google makes the header: alg, kid and typ. A wish for another alg counts for nothing with any signer. */
function requireFixedHeader(header: Readonly<Record<string, unknown>>): void {
  const others = Object.keys(header).filter((name) => name !== 'alg' && !(name === 'typ' && header[name] === 'JWT'))
  if (others.length === 0) return
  throw new TokenError(
    'ERR_KEY_SIGNER',
    `Google's signJwt sets the header by itself, so ${others.join(', ')} cannot be set`,
    {
      hint: 'Leave out assertion.keyId, assertion.certificateFile and the header of the template, or sign with a key file.',
    },
  )
}

function requireAccount(email: string | undefined): string {
  const account = email === undefined ? '' : requireUsable(email, 'the account of the credentials')
  if (account.endsWith('gserviceaccount.com')) return account
  throw new TokenError('ERR_KEY_SIGNER', 'the Google credentials at hand are not those of a service account', {
    hint: 'Set assertion.google.serviceAccount to the e-mail of the account that signs.',
  })
}
