import { gcp, gcpSource } from '../../../src/sources/google/gcp.ts'
import type { SourceTimes } from '../../../src/sources/source-times.ts'
import type { Platform } from '../../../src/platform/platform.ts'
import { TokenError } from '../../../src/token/error.ts'
import type { AccessToken, TokenSource } from '../../../src/token/token.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'

export interface Options {
  readonly platform?: Platform
  readonly env?: Readonly<Record<string, string>>
  readonly principal?: string | undefined
  readonly format?: 'envelope' | 'raw' | 'id-token'
  readonly audience?: string | undefined
  readonly scope?: string
  readonly times?: Partial<SourceTimes>
}

/** The source as a user configures it, with the environment of the test instead of the process's. */
export function source({ platform, env = {}, times = {}, ...options }: Options): TokenSource {
  return gcpSource(
    gcp.options.parse(options),
    { platform: platform ?? directPlatform(env) },
    { timeoutMs: 4_000, startingMs: 30_000, retryMs: 3_000, ...times },
  )
}

export function getToken(from: TokenSource, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<AccessToken> {
  return from.getToken({ profile: 'default' }, signal)
}

export async function failureOf(from: TokenSource): Promise<TokenError> {
  const outcome = await getToken(from).then(
    () => 'a token',
    (thrown: unknown) => thrown,
  )
  if (outcome instanceof TokenError) return outcome
  throw new Error(`expected a TokenError, got ${String(outcome)}`)
}

/** Header, claims and Google's own token. */
export function parts(token: AccessToken): { header: unknown; claims: Record<string, unknown>; inner: string } {
  const [header = '', claims = '', inner = ''] = token.value
    .reveal()
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header), claims: JSON.parse(claims) as Record<string, unknown>, inner }
}
