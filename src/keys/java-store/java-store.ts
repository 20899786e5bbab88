import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { TokenError } from '../../token/error.ts'
import type { StoreContents } from './contents.ts'
import { jksMagic, readJks } from './jks.ts'
import { readPkcs12 } from './pkcs12.ts'
import { conversion, quoted, storeError, type StoreOrigin } from './store-origin.ts'

/** A private key with its certificate, as TLS wants them. */
export interface OwnCertificate {
  /** PEM, PKCS#8, not encrypted. */
  readonly key: string
  /** PEM, that of the key first. */
  readonly chain: string
  /** How the key is called in its store, and how many others with a certificate there are besides. */
  readonly alias: string
  readonly others: number
}

/**
 * The certificates that Java trusts by a trust store, in PEM: those that are marked so, and the first one of each key. Throws
 * ERR_KEY_STORE, also where there are none.
 */
export async function trustedCertificates(bytes: Buffer, origin: StoreOrigin): Promise<string> {
  const { all, unmarked } = await contentsOf(bytes, origin, ({ trusted, keys, unmarked }) => ({
    all: [...trusted, ...keys.flatMap(({ chain }) => chain().slice(0, 1))],
    unmarked,
  }))
  if (all.length > 0) return all.map((der) => pemOf(der, origin)).join('')
  const { from } = origin
  if (unmarked === 0) throw storeError(`${from} holds no certificates`)
  throw storeError(
    `${from} holds ${count(unmarked, 'certificate')}, none marked as trusted: Java trusts none of them`,
    {
      hint: `openssl does not mark them; write them as PEM: openssl pkcs12 -in ${quoted(from)} -nokeys -out ca.pem, then ssl.truststore.type=PEM and ssl.truststore.location=ca.pem without a password`,
    },
  )
}

/** The first private key of a key store that has a certificate. Throws ERR_KEY_STORE, also where there is none. */
export async function ownCertificate(bytes: Buffer, origin: StoreOrigin): Promise<OwnCertificate> {
  return contentsOf(bytes, origin, (contents) => ownIn(contents, origin))
}

function ownIn({ keys, trusted }: StoreContents, origin: StoreOrigin): OwnCertificate {
  const { from } = origin
  const whole = keys.filter(({ chain }) => chain().length > 0)
  const [first] = whole
  if (!first) {
    if (keys.length > 0)
      throw storeError(`${from} holds ${count(keys.length, 'private key')}, but no certificate for it`)
    const what = trusted.length > 0 ? `${count(trusted.length, 'certificate')} of others` : 'nothing'
    throw storeError(`${from} holds ${what}, and no private key`, {
      hint: 'Name the store of the client in ssl.keystore.location; the one with the CA belongs in ssl.truststore.location.',
    })
  }
  const key = first.open()
  const chain = first.chain()
  requirePair(key, chain[0], { from, alias: first.alias })
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: chain.map((der) => pemOf(der, origin)).join(''),
    alias: first.alias,
    others: whole.length - 1,
  }
}

/** What `use` makes of a store; what is damaged in it is told in words. */
async function contentsOf<Value>(
  bytes: Buffer,
  origin: StoreOrigin,
  use: (contents: StoreContents) => Value,
): Promise<Value> {
  const { kind, read } = formOf(bytes, origin)
  try {
    return use(await read(bytes, origin))
  } catch (cause) {
    if (cause instanceof TokenError) throw cause
    throw storeError(`${origin.from} is a key store (${kind}) that is damaged, or of a kind that is not read here`, {
      cause,
      hint: `Copy it again, or write it anew: ${conversion(origin.from)}`,
    })
  }
}

interface StoreForm {
  readonly kind: string
  readonly read: (bytes: Buffer, origin: StoreOrigin) => StoreContents | Promise<StoreContents>
}

/**
 * By its first bytes: Java's loader looks at them too (keystore.type.compat), so that a file works whichever of JKS and
 * PKCS12 it is called.
 */
function formOf(bytes: Buffer, { from, what }: StoreOrigin): StoreForm {
  if (bytes.length === 0) throw storeError(`${from} is empty`)
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE()
  if (magic === jksMagic) return { kind: 'JKS', read: readJks }
  if (magic === 0xcececece) {
    throw storeError(`${from} is a key store of the type JCEKS, which is not read here`, {
      hint: `Convert it: ${conversion(from)} -srcstoretype JCEKS`,
    })
  }
  if (bytes.toString('latin1').includes('-----BEGIN ')) {
    throw storeError(`${from} is PEM, and is taken for a binary key store`, {
      hint: `Set ssl.${what}.type=PEM and leave its password out: Kafka takes JKS unless the type is there.`,
    })
  }
  // A SEQUENCE.
  if (bytes[0] === 0x30) return { kind: 'PKCS#12', read: readPkcs12 }
  throw storeError(`${from} is no key store: neither PKCS#12 nor JKS`)
}

function pemOf(der: Buffer, { from }: StoreOrigin): string {
  try {
    return new X509Certificate(der).toString()
  } catch (cause) {
    throw storeError(`${from} holds a certificate that is damaged`, { cause })
  }
}

function requirePair(
  key: KeyObject,
  der: Buffer | undefined,
  { from, alias }: { readonly from: string; readonly alias: string },
): void {
  if (der && new X509Certificate(der).publicKey.equals(createPublicKey(key))) return
  throw storeError(`the certificate of ${alias} in ${from} is for another key`)
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
