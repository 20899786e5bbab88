import type { KeyObject } from 'node:crypto'
import { once } from '../../platform/once.ts'
import { refused, told, type Assertion } from './claims.ts'
import { signersOf, type IssuerKey } from './issuer-jwks.ts'
import type { IssuerKeys } from './issuer-keys.ts'

// Sidecars without such callers do without.
const jose = once(() => import('jose'))

/** Rejects with ERR_CALLER_ASSERTION unless a key of the issuer made the signature, or with ERR_CALLER_KEYS. */
export async function requireSignature(assertion: Assertion, keys: IssuerKeys): Promise<void> {
  const known = await keys.current()
  if (await isSignedByOne(assertion, known)) return
  // Its keys may have changed, also under the same kid.
  const newer = await keys.newer()
  if (newer && (await isSignedByOne(assertion, newer))) return
  throw refused(problemOf(assertion, newer ?? known), { hint: keyHint })
}

const keyHint =
  'If the issuer has a new key, ask again in some seconds; if it belongs to another cluster or realm, configure its jwksUri under issuers.'

async function isSignedByOne(assertion: Assertion, keys: readonly IssuerKey[]): Promise<boolean> {
  for (const { key } of signersOf(assertion, keys)) {
    const usable = key()
    if (typeof usable !== 'string' && (await isSignedBy(assertion, usable))) return true
  }
  return false
}

/** The algorithm is that of the header, which `signersOf` has found to be one of this key. No key of the header is looked at. */
async function isSignedBy({ token, algorithm }: Assertion, key: KeyObject): Promise<boolean> {
  const { compactVerify } = await jose()
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

function problemOf(assertion: Assertion, keys: readonly IssuerKey[]): string {
  const { issuer, kid, algorithm } = assertion
  const named = kid === undefined ? '' : ` (kid ${told(kid.length > 16 ? `${kid.slice(0, 16)}...` : kid)})`
  const signers = signersOf(assertion, keys)
  if (kid !== undefined && signers.length > 0) {
    const unusable = signers.map(({ key }) => key()).find((key) => typeof key === 'string')
    return unusable === undefined
      ? `the signature of the assertion is not one of the key of ${issuer} that it names${named}`
      : `the assertion is signed by a key of ${issuer} that cannot be used${named}: ${unusable}`
  }
  const isOtherType = kid !== undefined && keys.some((key) => key.kid === kid)
  if (isOtherType) return `the key of ${issuer} that the assertion names${named} is not one for ${algorithm}`
  return `the assertion is signed by a key that ${issuer} does not publish${named}`
}
