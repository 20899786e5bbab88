import { expect } from 'vitest'
import { TokenError } from '../../src/token/error.ts'
import type { AccessToken, TokenSource } from '../../src/token/token.ts'
import { leak } from './faults.ts'

export function getToken(from: TokenSource, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<AccessToken> {
  return from.getToken({ profile: 'default' }, signal)
}

/** The TokenError that a promise is rejected with; anything else fails the test. */
export async function refusalOf(promise: Promise<unknown>): Promise<TokenError> {
  const outcome = await promise.then(
    () => 'a result',
    (thrown: unknown) => thrown,
  )
  if (outcome instanceof TokenError) return outcome
  throw new Error(`expected a TokenError, got ${String(outcome)}`, { cause: outcome })
}

export const failureOf = (from: TokenSource): Promise<TokenError> => refusalOf(getToken(from))

/** Nothing of an error that a log could show has one of these in it. */
export function expectNoSecret(failure: TokenError, ...secrets: readonly string[]): void {
  const text = [failure.message, failure.description, String(failure.cause), failure.stack].join('\n')
  for (const secret of ['ya29', leak, ...secrets]) expect(text).not.toContain(secret)
}
