import { ConfigError } from '../../config/fault.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { describeDelegationTokens, parseHmac } from '../../kafka/delegation-tokens.ts'
import { errorCode } from '../../platform/error-code.ts'
import type { Secret } from '../../platform/secret.ts'
import { asTokenError, TokenError } from '../../token/error.ts'
import type { Terminal } from '../command.ts'
import { readTextFile } from '../read-text-file.ts'
import type { Given } from './flags.ts'

/** Flags that say which token is meant. */
export const tokenFlags = ['--hmac', '--hmac-file', '--token-id'] as const

/** What is known of the token that is meant: one of the two, or both. */
export interface MeantToken {
  readonly hmac?: Secret | undefined
  readonly tokenId?: string | undefined
}

const standardInput = '-'

/** Finds faults in the flags that say which token is meant. */
export function checkTokenFlags(given: Given, { wants }: { readonly wants: 'one' | 'any' }): void {
  const named = tokenFlags.filter((flag) => given.has(flag))
  const tokenId = given.text('--token-id')
  // An HMAC that stands in the wrong place is not repeated.
  if (tokenId !== undefined && !/^[\w-]{1,40}$/.test(tokenId)) {
    given.fault('--token-id', 'is no token id, which is 22 letters, digits, - and _; for the HMAC there is --hmac-file')
  }
  if (given.has('--hmac') && given.has('--hmac-file'))
    given.fault('--hmac', 'stands beside --hmac-file: give one of them')
  else if (wants === 'one' && named.length !== 1) {
    given.fault(
      '--hmac-file',
      'must name a file with the HMAC of the token (- for standard input), or give --token-id instead',
    )
  }
}

/** Reads what the flags name. Throws ERR_KAFKA_TOKEN_HMAC for what cannot be an HMAC, or ConfigError. */
export async function meantToken(given: Given, terminal: Terminal): Promise<MeantToken> {
  const tokenId = given.text('--token-id')
  const file = given.text('--hmac-file')
  const inline = given.text('--hmac')
  if (inline !== undefined) {
    const instead = 'give it by --hmac-file FILE, or --hmac-file - for standard input'
    terminal.err(`kafka-token-sidecar: the list of processes and the history of the shell show --hmac; ${instead}\n`)
  }
  if (file === undefined) return { tokenId, hmac: inline === undefined ? undefined : parseHmac(inline) }
  return { tokenId, hmac: parseHmac(file === standardInput ? await terminal.readInput() : await textOf(file)) }
}

/** The token as the cluster lists it, if this login sees it. */
export async function listedToken(
  kafka: Cluster,
  { hmac, tokenId }: MeantToken,
  signal: AbortSignal,
): Promise<DelegationToken | undefined> {
  const tokens = await describeDelegationTokens(kafka, {}, signal)
  return tokens.find((token) =>
    tokenId === undefined ? token.hmac.reveal() === hmac?.reveal() : token.tokenId === tokenId,
  )
}

/** As `listedToken`; throws ERR_KAFKA_TOKEN_NOT_FOUND. */
export async function requireListed(kafka: Cluster, meant: MeantToken, signal: AbortSignal): Promise<DelegationToken> {
  const token = await listedToken(kafka, meant, signal)
  if (token) return token
  throw notListed(meant)
}

export function notListed({ tokenId }: MeantToken): TokenError {
  const which = tokenId === undefined ? 'with this HMAC' : `with the id ${tokenId}`
  return new TokenError('ERR_KAFKA_TOKEN_NOT_FOUND', `this login sees no token ${which}`, {
    hint: 'It was never made in this cluster, expired and was swept, or is of others, which needs the ACL DescribeTokens; delegation-token describe lists what this login sees.',
  })
}

/**
 * Calls with the HMAC. Each broker makes the HMACs that it lists, and the controller looks for its own: one that was listed and
 * is unknown comes from another secret key. Then rejects with ERR_KAFKA_TOKEN_REFUSED.
 */
export async function withHmac<Result>(
  { hmac }: MeantToken,
  listed: DelegationToken | undefined,
  call: (hmac: Secret) => Promise<Result>,
): Promise<Result> {
  const used = listed?.hmac ?? hmac
  if (!used) throw new TokenError('ERR_KAFKA_TOKEN_HMAC', 'there is no HMAC')
  try {
    return await call(used)
  } catch (thrown) {
    const { code } = asTokenError(thrown)
    if (!listed || code !== 'ERR_KAFKA_TOKEN_NOT_FOUND') throw thrown
    const message = `a broker lists ${listed.tokenId} with an HMAC that the controller does not know`
    throw new TokenError('ERR_KAFKA_TOKEN_REFUSED', message, {
      cause: thrown,
      hint: 'Its delegation.token.secret.key differs: delegation-token check tells which one it is; name another with --bootstrap-server, and give all brokers and controllers the same key.',
    })
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readTextFile(file)
  } catch (cause) {
    const option = '--hmac-file'
    // Whoever puts the HMAC itself there is told so, without seeing it again.
    if (looksLikeHmac(file)) throw new ConfigError([{ option, problem: 'must name a file that has the HMAC' }])
    const problem = `cannot be read (${errorCode(cause)})`
    throw new ConfigError([{ option, given: file, problem }], { unreadable: true })
  }
}

function looksLikeHmac(text: string): boolean {
  return /^[\w+/-]{60,}={0,2}$/.test(text)
}
