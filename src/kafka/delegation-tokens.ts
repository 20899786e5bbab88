import { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import type { Answered, Cluster } from './cluster.ts'
import type { DelegationToken } from './delegation-token.ts'
import { parsePrincipal, principalText } from './principal.ts'
import { kafkaRefusal } from './refusal.ts'
import type { Api } from './wire/api.ts'
import { createDelegationToken as createApi } from './wire/create-delegation-token.ts'
import {
  describeDelegationToken as describeApi,
  type DescribedDelegationToken,
} from './wire/describe-delegation-token.ts'
import { expireDelegationToken as expireApi } from './wire/expire-delegation-token.ts'
import { renewDelegationToken as renewApi } from './wire/renew-delegation-token.ts'

/** Bytes of an HMAC with SHA-512. */
const hmacBytes = 64

/** What the brokers have configured is theirs to say. */
const brokersDefault = -1
const removed = -1

export interface NewDelegationToken {
  /** As in `User:spark`; default: whoever is logged in. */
  readonly owner?: string | undefined
  readonly renewers?: readonly string[]
  /** Default, and upper limit: `delegation.token.max.lifetime.ms` of the brokers. */
  readonly maxLifetimeMs?: number | undefined
  /** As in `User:admin`, who is logged in, for the words of a refusal. */
  readonly self?: string | undefined
}

/**
 * Makes a token (KIP-48, KIP-373). Brokers take it some 100 ms later. A call that broke off may have made one all the same:
 * `describeDelegationTokens` tells. Rejects with a TokenError (`ERR_KAFKA_*`).
 */
export async function createDelegationToken(
  cluster: Cluster,
  { owner, renewers = [], maxLifetimeMs = brokersDefault, self = '<login>' }: NewDelegationToken,
  signal: AbortSignal,
): Promise<DelegationToken> {
  const request = {
    owner: owner === undefined ? undefined : parsePrincipal(owner),
    renewers: renewers.map(parsePrincipal),
    maxLifetimeMs,
  }
  const hint = `Allow it: kafka-acls.sh --bootstrap-server <server> --add --allow-principal ${self} --operation CreateTokens --user-principal ${owner ?? '<owner>'}`
  const made = await asked(cluster, createApi, request, signal, { hints: { [authorizationFailed]: hint } })
  return tokenOf({ ...made, renewers: request.renewers })
}

export interface Period {
  readonly hmac: Secret
  /** In milliseconds, counted from now. */
  readonly periodMs?: number | undefined
}

/**
 * Resolves to the new expiry, which may be earlier than the one before. Default period: `delegation.token.expiry.time.ms` of
 * the brokers. Rejects with a TokenError (`ERR_KAFKA_*`).
 */
export async function renewDelegationToken(
  cluster: Cluster,
  { hmac, periodMs = brokersDefault }: Period,
  signal: AbortSignal,
): Promise<number> {
  const { expiresAt } = await asked(cluster, renewApi, { hmac: bytesOf(hmac), periodMs }, signal, { repeatable: true })
  return dateAt(expiresAt)
}

/** Resolves to the expiry; default: now, and the token is removed. Connections that were made with it stay open. */
export async function expireDelegationToken(
  cluster: Cluster,
  { hmac, periodMs = removed }: Period,
  signal: AbortSignal,
): Promise<number> {
  const { expiresAt } = await asked(cluster, expireApi, { hmac: bytesOf(hmac), periodMs }, signal)
  return expiresAt
}

/**
 * Tokens that this login may see: those it owns, renews or asked for, and those of owners that it has `DescribeTokens` on.
 * Of `owners` also those that they renew or asked for. The expired are among them until they are swept.
 */
export async function describeDelegationTokens(
  cluster: Pick<Cluster, 'call'>,
  { owners }: { readonly owners?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<readonly DelegationToken[]> {
  // To Kafka no owners are none at all.
  const request = { owners: owners?.map(parsePrincipal) ?? null }
  const { tokens } = await asked(cluster, describeApi, request, signal, { repeatable: true })
  return tokens.map(tokenOf)
}

/** The HMAC as people copy it. Throws ERR_KAFKA_TOKEN_HMAC. */
export function parseHmac(text: string): Secret {
  const base64 = text.trim()
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(base64) && Buffer.from(base64, 'base64').length === hmacBytes) {
    return new Secret(base64)
  }
  const url = /^[A-Za-z0-9_-]+$/.test(base64)
  const seen =
    base64 === '' ? 'is empty' : url ? 'is written in the alphabet for URLs' : `has ${base64.length} characters`
  throw new TokenError('ERR_KAFKA_TOKEN_HMAC', `the HMAC ${seen} and is not base64 of ${hmacBytes} bytes`)
}

function bytesOf(hmac: Secret): Buffer {
  return Buffer.from(hmac.reveal(), 'base64')
}

interface AskedOptions {
  readonly repeatable?: boolean
  /** By error code, where this case has better ones than the table. */
  readonly hints?: Readonly<Record<number, string>>
}

const authorizationFailed = 65

async function asked<Request, Answer extends { readonly errorCode: number }>(
  cluster: Pick<Cluster, 'call'>,
  api: Api<Request, Answer>,
  request: Request,
  signal: AbortSignal,
  { hints = {}, repeatable = false }: AskedOptions = {},
): Promise<Answer> {
  const { answer, broker }: Answered<Answer> = await cluster.call(api, request, signal, { repeatable })
  const { errorCode } = answer
  if (errorCode !== 0) throw kafkaRefusal(errorCode, { api: api.name, broker, hint: hints[errorCode] })
  return answer
}

function tokenOf({ tokenId, hmac, owner, requester, renewers, ...times }: DescribedDelegationToken): DelegationToken {
  const { issuedAt, expiresAt, maxLifetimeAt } = times
  return {
    tokenId,
    hmac: new Secret(hmac.toString('base64')),
    owner: principalText(owner),
    ...(requester && { requester: principalText(requester) }),
    renewers: renewers.map(principalText),
    issuedAt: dateAt(issuedAt),
    expiresAt: dateAt(expiresAt),
    maxLifetimeAt: dateAt(maxLifetimeAt),
  }
}

/** Of a Date. */
const latestMs = 8.64e15

/** A lifetime without limit is configured as one of 2^63 ms; brokers add the time to it, which may make it less than nothing. */
function dateAt(ms: number): number {
  return Math.max(Math.min(ms, latestMs), 0)
}
