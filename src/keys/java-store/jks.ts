import { createHash, createPrivateKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { derElements } from './der.ts'
import type { StoreContents, StoreKey } from './contents.ts'
import { wrongKeyPassword, wrongPassword, type StoreOrigin } from './store-origin.ts'

/** First bytes of a JKS. */
export const jksMagic = 0xfeedfeed

const entryTag = { key: 1, certificate: 2 } as const
const digestBytes = 20

/**
 * Reads a JKS, the format of Sun that was Java's own until Java 8. Certificates are not encrypted in it; the password
 * proves that the file is whole, where there is one. Throws ERR_KEY_STORE, or any error for what is damaged.
 */
export function readJks(bytes: Buffer, origin: StoreOrigin): StoreContents {
  if (origin.password) {
    const body = bytes.subarray(0, -digestBytes)
    const digest = createHash('sha1')
      .update(javaChars(origin.password.reveal()))
      .update('Mighty Aphrodite')
      .update(body)
    const told = bytes.subarray(-digestBytes)
    if (told.length < digestBytes || !timingSafeEqual(digest.digest(), told)) throw wrongPassword(origin)
  }
  return entriesOf(bytes, origin)
}

function entriesOf(bytes: Buffer, origin: StoreOrigin): StoreContents {
  let at = 4
  const integer = (): number => bytes.readUInt32BE((at += 4) - 4)
  const block = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('the end of the file')
    return bytes.subarray(at, (at += length))
  }
  const text = (): string => block(bytes.readUInt16BE((at += 2) - 2)).toString('utf8')
  const version = integer()
  const certificate = (): Buffer => {
    if (version > 1) text()
    return block(integer())
  }
  const trusted: Buffer[] = []
  const keys: StoreKey[] = []
  for (let left = integer(); left > 0; left--) {
    const tag = integer()
    const alias = text()
    // When it was made.
    block(8)
    if (tag === entryTag.certificate) trusted.push(certificate())
    else if (tag === entryTag.key) {
      const sealed = block(integer())
      const chain: Buffer[] = []
      for (let more = integer(); more > 0; more--) chain.push(certificate())
      keys.push({ alias, open: () => unsealed(sealed, alias, origin), chain: () => chain })
    } else throw new RangeError(`an entry of the kind ${tag}`)
  }
  return { trusted, keys, unmarked: 0 }
}

/** KeyProtector of Sun: salt, the key under a stream of SHA-1, and a digest of password and key. */
function unsealed(sealed: Buffer, alias: string, origin: StoreOrigin): KeyObject {
  const words = (origin.keyPassword ?? origin.password)?.reveal()
  if (words === undefined) throw wrongKeyPassword(`private key ${alias}`, origin.from)
  const password = javaChars(words)
  const [, data] = derElements(derElements(sealed)[0]?.content ?? sealed)
  if (!data || data.content.length < 2 * digestBytes) throw wrongKeyPassword(`private key ${alias}`, origin.from)
  const hidden = data.content.subarray(digestBytes, -digestBytes)
  const key = Buffer.alloc(hidden.length)
  let stream: Buffer = data.content.subarray(0, digestBytes)
  for (let at = 0; at < hidden.length; at++) {
    if (at % digestBytes === 0) stream = createHash('sha1').update(password).update(stream).digest()
    key[at] = (hidden[at] ?? 0) ^ (stream[at % digestBytes] ?? 0)
  }
  const digest = createHash('sha1').update(password).update(key).digest()
  if (!timingSafeEqual(digest, data.content.subarray(-digestBytes)))
    throw wrongKeyPassword(`private key ${alias}`, origin.from)
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** As Java keeps text: UTF-16, the high byte first. */
function javaChars(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}
