import { createPublicKey } from 'node:crypto'
import { parseJsonObject } from '../platform/json-object.ts'
import { TokenError } from '../token/error.ts'
import type { SigningAlgorithm } from './algorithm.ts'
import { keysIn } from './found-key.ts'
import { publicJwk, type PublicJwk } from './jwk.ts'
import { generatePrivateKey } from './kept-key.ts'
import { addedAt, jwksIn, newest } from './key-set.ts'
import { plainText } from './pem.ts'
import { parsePublicJwks } from './private-key.ts'
import { signsAfterMs } from './succession.ts'

export interface RotationOptions {
  /** Of the new key; default: that of the newest key, ES256 for the first one. */
  readonly algorithm?: SigningAlgorithm | undefined
  /** What the text was read from, for messages. */
  readonly from: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How long a key stays that another one has taken over from. */
  readonly keepMs: number
  /** How long a new key is published before it signs. */
  readonly publishAheadMs: number
}

export interface Rotation {
  /** A private JWK Set, to be written. */
  readonly text: string
  /** Public halves of the keys in it. */
  readonly published: readonly PublicJwk[]
  readonly added: PublicJwk
  /** When the new key begins to sign where the file is not late, milliseconds since the epoch; undefined for the only one, which does so at once. */
  readonly signsAt: number | undefined
  /** `kid` of each key that was taken out. */
  readonly dropped: readonly string[]
}

/** A member of the set as it stands there, and what it is; `jwk` is undefined for one that no token is verified by. */
interface Member {
  readonly json: Readonly<Record<string, unknown>>
  readonly jwk: PublicJwk | undefined
  readonly addedAt: number
  readonly isPrivate: boolean
}

/**
 * Adds a new key to a private JWK Set and takes out those that another key has taken over from long ago. One private key
 * in another form becomes the first of a set; undefined, no key yet. Throws what `parsePublicJwks` throws.
 */
export function rotated(text: string | undefined, options: RotationOptions): Rotation {
  const { from, now, keepMs, publishAheadMs } = options
  const members = text === undefined ? [] : membersOf(text, from)
  const kept = members.filter((member) => supersededAt(member, members, publishAheadMs) + keepMs >= now)
  const own = members.filter(({ isPrivate, jwk }) => isPrivate && jwk)
  const algorithm = options.algorithm ?? (newest(own)?.jwk?.alg as SigningAlgorithm | undefined) ?? 'ES256'
  // Later than each of the others, also where their clock was ahead; up to a second after now, never before.
  const iat = Math.max(Math.ceil(now / 1000), ...own.map((member) => Math.floor(member.addedAt / 1000) + 1))
  const added = newMember(algorithm, iat)
  const all = [...kept, added]
  return {
    text: `${JSON.stringify({ ...furtherMembers(text), keys: all.map(({ json }) => json) }, undefined, 2)}\n`,
    published: all.flatMap(({ jwk }) => jwk ?? []),
    added: added.jwk,
    signsAt: own.some(({ jwk }) => jwk?.alg === algorithm) ? iat * 1000 + signsAfterMs(publishAheadMs) : undefined,
    dropped: members.filter((member) => !kept.includes(member)).map(({ jwk }) => jwk?.kid ?? ''),
  }
}

/** When a newer key for the same algorithm took over; Infinity for the one in use, and for those that wait. */
function supersededAt({ jwk, isPrivate, ...key }: Member, all: readonly Member[], publishAheadMs: number): number {
  if (!isPrivate || !jwk) return Infinity
  const newer = all.filter((other) => other.isPrivate && other.jwk?.alg === jwk.alg && other.addedAt > key.addedAt)
  return Math.min(...newer.map((other) => other.addedAt)) + signsAfterMs(publishAheadMs)
}

function membersOf(text: string, from: string): readonly Member[] {
  // What is damaged is worded here, before anything is written.
  readable(text, from)
  const members = jwksIn(text)
  if (!members) return [memberOfKey(text, from)]
  return members.map((json) => {
    const isPrivate = 'd' in json
    return { json, jwk: publicHalf(json, from), addedAt: isPrivate ? addedAt(json, from) : -Infinity, isPrivate }
  })
}

function readable(text: string, from: string): void {
  try {
    parsePublicJwks(text, { from })
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== 'ERR_KEY_PASSPHRASE') throw error
    const hint = `Decrypt a copy of it: (umask 077; openssl pkey -in ${from} -out plain.pem)`
    throw new TokenError(error.code, `${from} holds an encrypted key, which no set of keys can be made of`, { hint })
  }
}

/** A key in PEM form as the first member of a set. */
function memberOfKey(text: string, from: string): Member {
  const [found] = keysIn(text, { from })
  const [jwk] = parsePublicJwks(text, { from })
  if (found?.key.type !== 'private' || !jwk) {
    throw new TokenError('ERR_KEY_FILE', `${from} holds a public key, not a private one`)
  }
  return { json: { ...found.key.export({ format: 'jwk' }), ...marks(jwk) }, jwk, addedAt: -Infinity, isPrivate: true }
}

/** Keys of kinds that sign nothing here stay in the set as they are. */
function publicHalf(json: Readonly<Record<string, unknown>>, from: string): PublicJwk | undefined {
  try {
    return parsePublicJwks(JSON.stringify(json), { from })[0]
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}

function newMember(algorithm: SigningAlgorithm, iat: number): Member & { readonly jwk: PublicJwk } {
  const key = generatePrivateKey(algorithm)
  const jwk = publicJwk(createPublicKey(key), algorithm)
  return { json: { ...key.export({ format: 'jwk' }), ...marks(jwk), iat }, jwk, addedAt: iat * 1000, isPrivate: true }
}

function marks({ kid, use, alg }: PublicJwk): Readonly<Record<string, unknown>> {
  return { kid, use, alg }
}

/** What stands beside `keys` in the set. */
function furtherMembers(text: string | undefined): Readonly<Record<string, unknown>> {
  const json = parseJsonObject(plainText(text ?? ''))
  return json && typeof json['kty'] !== 'string' ? json : {}
}
