import type { JWTPayload } from 'jose'
import { withDeadline } from '../platform/deadline.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import { verifies, type SigningAlgorithm } from './algorithm.ts'
import { jwtHeader, type Signer, type SignOptions } from './signer.ts'
import { vaultClient, vaultUnavailable, type VaultAccess } from './vault-client.ts'
import { keyRingOf, type KeyRing, type KeyVersion, type VaultKey } from './vault-key.ts'

export interface VaultSignerOptions extends VaultAccess, VaultKey {
  readonly platform: VaultAccess['platform'] & Pick<Platform, 'monotonicNow' | 'setTimer'>
  /** Where the transit engine is mounted. Default: transit. */
  readonly mount?: string | undefined
}

/** How Vault is told to sign as JWS does; Ed25519 has one way only, and naming a hash would choose another. */
const asVaultSays: Readonly<Record<SigningAlgorithm, Readonly<Record<string, string>>>> = {
  RS256: { hash_algorithm: 'sha2-256', signature_algorithm: 'pkcs1v15' },
  PS256: { hash_algorithm: 'sha2-256', signature_algorithm: 'pss', salt_length: 'hash' },
  ES256: { hash_algorithm: 'sha2-256' },
  ES384: { hash_algorithm: 'sha2-384' },
  EdDSA: {},
}

/** For so long a rotation in Vault may go unnoticed; the former version signs meanwhile. */
const keptForMs = 60_000
const timeoutMs = 10_000
/** How long a look for a newer version may hold up what can be done with the known one. */
const lookTimeoutMs = 2_000

/**
 * Signs with the transit engine of HashiCorp Vault or OpenBao; the private key never leaves it. The token needs `update` on
 * `transit/sign/<key>` and `read` on `transit/keys/<key>`. Each signature is verified before it is used. Throws
 * ERR_PROVIDER_PLAINTEXT for plain http beyond loopback; signing rejects with ERR_KEY_SIGNER or ERR_KEY_TYPE.
 */
export function vaultSigner(options: VaultSignerOptions): Signer {
  const { platform, key: name, mount = 'transit', algorithm, kid } = options
  const call = vaultClient(options)
  const at = mount.split('/').filter(Boolean).map(encodeURIComponent).join('/')
  const hint = `Give the token of Vault a policy with update on ${at}/sign/${name} and read on ${at}/keys/${name}, and see that it has not expired.`
  const missingHint = `${hint} If there is no such key at ${at}, correct key, mount or namespace of assertion.vault.`
  let known: { readonly ring: KeyRing; readonly readAt: number } | undefined
  let reading: Promise<KeyRing> | undefined

  function inTime<T>(ms: number, outer: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = (): Error => vaultUnavailable(options.address, `did not answer within ${ms / 1000} s`)
    return withDeadline(platform, ms, late, outer, task)
  }

  async function readRing(signal: AbortSignal): Promise<KeyRing> {
    const path = `${at}/keys/${encodeURIComponent(name)}`
    const ring = keyRingOf(await call({ path, purpose: `show the key ${name}`, hint: missingHint, signal }), options)
    known = { ring, readAt: platform.monotonicNow() }
    return ring
  }

  async function ring(): Promise<KeyRing> {
    const former = known
    if (former && platform.monotonicNow() - former.readAt < keptForMs) return former.ring
    // Shared by all who wait, so nobody's signal ends it.
    reading ??= inTime(former ? lookTimeoutMs : timeoutMs, never(), readRing).finally(() => (reading = undefined))
    // What is known is right for as long as Vault cannot tell of anything newer.
    return former ? reading.catch(() => former.ring) : reading
  }

  async function signed(input: string, { version, key }: KeyVersion, signal: AbortSignal): Promise<string> {
    const data = await call({
      path: `${at}/sign/${encodeURIComponent(name)}`,
      body: {
        input: Buffer.from(input).toString('base64'),
        key_version: version,
        marshaling_algorithm: 'jws',
        ...asVaultSays[algorithm],
      },
      purpose: `sign with ${name}`,
      hint,
      signal,
    })
    const [, text = ''] = /^vault:v\d+:([\w+/=-]+)$/.exec(String(data['signature'])) ?? []
    const signature = Buffer.from(text, 'base64')
    if (verifies(algorithm, key, Buffer.from(input), signature)) return signature.toString('base64url')
    throw new TokenError('ERR_KEY_SIGNER', `what Vault signed with ${name} is not a signature by ${algorithm}`, {
      ...(algorithm === 'PS256' && { hint: 'PS256 needs Vault 1.12 or later, which knows salt_length.' }),
    })
  }

  async function signedJwt(parts: { header: SignOptions['header']; claims: JWTPayload }, signal: AbortSignal) {
    const attempt = async (latest: KeyVersion): Promise<string> => {
      const header = jwtHeader(algorithm, latest.jwk.kid, kid, parts.header)
      const input = [header, parts.claims].map((part) => base64url(JSON.stringify(part))).join('.')
      return `${input}.${await signed(input, latest, signal)}`
    }
    const used = await ring()
    try {
      return await attempt(used[0])
    } catch (error) {
      // A version may be forbidden as soon as there is a newer one (min_encryption_version).
      if (signal.aborted || (error instanceof TokenError && error.transient)) throw error
      if (known?.ring === used) known = { ring: used, readAt: -Infinity }
      const [newest] = await ring().catch(() => used)
      if (newest.version === used[0].version) throw error
      return attempt(newest)
    }
  }

  return {
    publicJwks: async () => (await ring()).map(({ jwk }) => jwk),
    sign: (claims, { header, signal = never() } = {}) =>
      inTime(timeoutMs, signal, (inner) => signedJwt({ header, claims }, inner)),
  }
}

const never = (): AbortSignal => new AbortController().signal

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
