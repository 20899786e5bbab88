import { failureOf, limitedText, retryAfterMs } from '../platform/http-answer.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { isLoopback } from '../platform/loopback.ts'
import type { TlsOptions } from '../platform/outward-fetch.ts'
import type { Platform } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'

/** How a Vault is reached. */
export interface VaultAccess {
  readonly platform: Pick<Platform, 'fetch' | 'now'>
  /** As VAULT_ADDR: `https://vault.example:8200`, with the path of a proxy in front of it if there is one. */
  readonly address: string
  /** Asked at each call, so that a token that is renewed in its file is used. Absent where an agent adds it. */
  readonly token?: (() => Secret | Promise<Secret>) | undefined
  /** Of Vault Enterprise and OpenBao: `team/payments`. */
  readonly namespace?: string | undefined
  readonly tls?: TlsOptions | undefined
  /** Allows http:// beyond loopback, where the token of Vault can be read on the way. Default false. */
  readonly allowPlaintext?: boolean | undefined
}

/** One call of Vault's HTTP API. */
export interface VaultCall {
  /** Below `/v1`, without a leading slash. */
  readonly path: string
  /** Sent by POST; without it the call is a GET. */
  readonly body?: Readonly<Record<string, unknown>>
  /** What the call is for, in words that follow `Vault refuses to`. */
  readonly purpose: string
  /** What to do when it is refused. */
  readonly hint: string
  readonly signal: AbortSignal
}

/** Resolves to the `data` of the answer. Rejects with ERR_KEY_SIGNER in Vault's own words, shortened. */
export type VaultClient = (call: VaultCall) => Promise<Readonly<Record<string, unknown>>>

/** Throws ERR_PROVIDER_PLAINTEXT for an address that would give the token away. */
export function vaultClient(access: VaultAccess): VaultClient {
  const { platform, address, token, namespace, tls, allowPlaintext = false } = access
  const base = new URL(address)
  if (base.protocol === 'http:' && !isLoopback(base.hostname) && !allowPlaintext) {
    throw new TokenError('ERR_PROVIDER_PLAINTEXT', `Vault at ${base.origin} would be asked over plain http`, {
      hint: 'Use https: the token of Vault is sent with each call.',
    })
  }
  const prefix = `${base.origin}${base.pathname.replace(/\/$/, '')}/v1/`

  async function headers(): Promise<Record<string, string>> {
    const secret = (await token?.())?.reveal().trim() ?? ''
    // Fetch would quote the whole of a header that it refuses.
    if (!/^[\x21-\x7e]*$/.test(secret)) {
      throw new TokenError(
        'ERR_KEY_SIGNER',
        'the token for Vault holds a line break or a character that no token has',
        {
          hint: 'Let its file hold the token alone.',
        },
      )
    }
    return {
      'Content-Type': 'application/json',
      // Agents and proxies of Vault may ask for this one, against requests that a browser was tricked into.
      'X-Vault-Request': 'true',
      ...(secret && { 'X-Vault-Token': secret }),
      ...(namespace && { 'X-Vault-Namespace': namespace }),
    }
  }

  async function answerTo({ path, body, signal }: VaultCall): Promise<{ answer: Response; text: string }> {
    const sent = { headers: await headers(), signal, ...(tls && { tls }) }
    try {
      const init = body ? { ...sent, method: 'POST', body: JSON.stringify(body) } : { ...sent, method: 'GET' }
      const answer = await platform.fetch(prefix + path, init)
      return { answer, text: await limitedText(answer) }
    } catch (cause) {
      signal.throwIfAborted()
      const { code, text } = failureOf(cause)
      throw vaultUnavailable(address, `did not answer: ${problems[code] ?? (code || text)}`, { cause })
    }
  }

  return async (call) => {
    const { answer, text } = await answerTo(call)
    const json = parseJsonObject(text)
    if (!answer.ok) throw refusal(call, address, answer, errorsOf(json), platform.now())
    const data = json?.['data']
    if (typeof data === 'object' && data !== null) return data as Record<string, unknown>
    throw vaultUnavailable(address, 'answered with something that is not of Vault')
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name has no address',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed (NODE_EXTRA_CA_CERTS)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from a CA that is not trusted here (NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from a CA that is not trusted here (NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from a CA that is not trusted here (NODE_EXTRA_CA_CERTS)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS at this port',
}

/** An ERR_KEY_SIGNER that passes by itself. */
export function vaultUnavailable(
  address: string,
  what: string,
  options: { readonly cause?: unknown; readonly hint?: string; readonly retryAfterMs?: number } = {},
): TokenError {
  return new TokenError('ERR_KEY_SIGNER', `Vault at ${new URL(address).host} ${what}`, {
    oauth: 'temporarily_unavailable',
    hint: 'It is tried again by itself. If this lasts, check assertion.vault.address and the way to it.',
    ...options,
  })
}

/** Beside 5xx: a standby that lags behind, a quota, and the states of secondary nodes. */
const passing = [412, 429, 472, 473, 474]

function refusal(call: VaultCall, address: string, answer: Response, errors: string, nowMs: number): TokenError {
  const { status } = answer
  if (status >= 300 && status < 400) {
    const location = answer.headers.get('Location') ?? ''
    const target = URL.canParse(location, address) ? ` to ${new URL(location, address).origin}` : ''
    return new TokenError('ERR_KEY_SIGNER', `Vault at ${new URL(address).host} redirects${target}`, {
      hint: 'Set assertion.vault.address to the active node, or to what stands in front of all of them.',
    })
  }
  if (status === 503 && /sealed/i.test(errors)) {
    return vaultUnavailable(address, 'is sealed', { hint: 'It signs again as soon as it is unsealed.' })
  }
  const told = `(${status}${errors ? `: ${errors}` : ''})`
  if (status >= 500 || passing.includes(status)) {
    const wait = retryAfterMs(answer, nowMs)
    const options = wait === undefined ? {} : { retryAfterMs: wait }
    return vaultUnavailable(address, `cannot ${call.purpose} now ${told}`, options)
  }
  return new TokenError('ERR_KEY_SIGNER', `Vault refuses to ${call.purpose} ${told}`, { hint: call.hint })
}

const longestErrors = 200

/** Vault's own words: `errors` is a list of texts, each perhaps a list over several lines. */
function errorsOf(json: Readonly<Record<string, unknown>> | undefined): string {
  const list = Array.isArray(json?.['errors']) ? (json['errors'] as unknown[]) : []
  const text = list
    .filter((error) => typeof error === 'string')
    .join('; ')
    .replace(/\d+ errors? occurred:/g, '')
    .replace(/\s+\*\s+/g, ', ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,]+|[\s,]+$/g, '')
  return text.length > longestErrors ? `${text.slice(0, longestErrors)}...` : text
}
