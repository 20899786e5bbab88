import { failureOf, limitedText, retryAfterMs } from '../../platform/http-answer.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import type { OutwardInit } from '../../platform/outward-fetch.ts'
import type { Platform } from '../../platform/platform.ts'
import { shortened } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'

/** What is done with which account, for the words of a refusal. */
export interface IamCall {
  readonly account: string
  readonly task: 'sign' | 'read the public keys of'
}

/** The body of a 200. Rejects with ERR_KEY_SIGNER for a refusal and with ERR_GCP_* for what passes by itself. */
export async function iamAnswer(
  platform: Pick<Platform, 'fetch' | 'now'>,
  url: URL,
  init: OutwardInit,
  call: IamCall,
): Promise<string> {
  let answer: Response
  let body: string
  try {
    answer = await platform.fetch(url, init)
    body = await limitedText(answer)
  } catch (thrown) {
    if (init.signal.aborted) throw init.signal.reason
    const { code, text } = failureOf(thrown)
    const why = [code, shortened(text)].filter(Boolean).join(': ') || 'the connection broke'
    throw new TokenError('ERR_GCP_UNAVAILABLE', `cannot reach ${url.host} (${why})`, { cause: thrown })
  }
  const { status } = answer
  if (status === 200) return body
  const wait = retryAfterMs(answer, platform.now())
  if (status === 408 || status === 429 || status >= 500) {
    throw new TokenError('ERR_GCP_UNAVAILABLE', `${url.host} answered ${status}`, {
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }
  throw refusalOf(status, body, url, call)
}

/** Google's APIs explain a refusal as `error: { status, message }`; anybody else did not come from there. */
function refusalOf(status: number, body: string, url: URL, { account, task }: IamCall): TokenError {
  const error = parseJsonObject(body)?.['error']
  const { message, status: code } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >
  if (typeof message !== 'string') return unreadable(url, `${status} and no reason`)
  const words = [code, message].filter((word) => typeof word === 'string').map(shortened)
  const what = task === 'sign' ? `sign as ${account}` : `read the public keys of ${account}`
  return new TokenError('ERR_KEY_SIGNER', `Google refuses to ${what} (${status}: ${words.join(', ')})`, {
    hint: hintFor(status, message, account),
  })
}

function hintFor(status: number, message: string, account: string): string {
  if (/has not been used|is disabled|SERVICE_DISABLED/.test(message)) {
    return 'Run: gcloud services enable iamcredentials.googleapis.com'
  }
  if (status === 404) return 'Correct assertion.google.serviceAccount: there is no such account, or it is disabled.'
  if (status === 401) return 'Check the Google credentials of the sidecar; it is tried again with a new access token.'
  if (status === 400) return 'Google takes claims whose exp is at most 12 hours ahead.'
  return `Grant the identity of the sidecar roles/iam.serviceAccountTokenCreator on ${account}; an account needs it even for itself.`
}

export function unreadable(url: URL, what: string): TokenError {
  return new TokenError('ERR_GCP_ANSWER', `${url.host} answered with ${what}`)
}

/** After our deadline. */
export function noIamAnswer(timeoutMs: number): TokenError {
  return new TokenError('ERR_GCP_UNAVAILABLE', `Google gave no signature within ${timeoutMs / 1000} s`)
}
