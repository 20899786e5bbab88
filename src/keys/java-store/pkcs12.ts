import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { once } from '../../platform/once.ts'
import { bytesOf, children, oidOf, parsed, part, textOf, type Asn1, type Forge } from './asn1.ts'
import type { StoreContents, StoreKey } from './contents.ts'
import { decrypted, isMacOf, UnknownAlgorithm } from './pkcs12-crypto.ts'
import { conversion, storeError, wrongKeyPassword, wrongPassword, type StoreOrigin } from './store-origin.ts'

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  // Of Oracle: keytool -importcert marks by it what is trusted.
  trustedKeyUsage: '2.16.840.1.113894.746875.1.1',
}

interface Bag {
  readonly oid: string
  readonly value: Asn1
  readonly alias: string | undefined
  readonly isTrusted: boolean
}

/** Reads PKCS#12 (RFC 7292) as keytool and openssl write it. Rejects with ERR_KEY_STORE, or any error for what is damaged. */
export async function readPkcs12(bytes: Buffer, origin: StoreOrigin): Promise<StoreContents> {
  // Pure JavaScript of 30 ms, for those alone who have such a store.
  const { default: library } = await import('node-forge')
  const [, authSafe, mac] = children(parsed(library, bytes))
  const content = bytesOf(part(authSafe, 1, 0))
  const password = origin.password?.reveal()
  if (mac && password !== undefined && !known(origin, () => isMacOf(library, mac, content, password))) {
    throw wrongPassword(origin)
  }
  const bags = children(parsed(library, content)).flatMap((info) => bagsIn(library, info, origin))
  return contentsOf(library, bags, origin)
}

function bagsIn(library: Forge, info: Asn1, origin: StoreOrigin): Bag[] {
  const kind = oidOf(library, part(info, 0))
  const inner = part(info, 1, 0)
  if (kind !== oids.data && kind !== oids.encryptedData) return []
  const content = kind === oids.data ? bytesOf(inner) : opened(library, inner, origin)
  return children(parsed(library, content)).map((bag) => {
    const [oid, value, attributes] = children(bag)
    const named = new Map(
      (attributes ? children(attributes) : []).map((each) => [oidOf(library, part(each, 0)), part(each, 1)]),
    )
    const alias = named.get(oids.friendlyName)
    return {
      oid: oidOf(library, part(oid)),
      value: part(value, 0),
      alias: alias && textOf(part(alias, 0)),
      isTrusted: named.has(oids.trustedKeyUsage),
    }
  })
}

/** EncryptedData of PKCS #7, with certificates most often. */
function opened(library: Forge, encryptedData: Asn1, origin: StoreOrigin): Buffer {
  if (!origin.password) {
    throw storeError(`${origin.from} is encrypted, and there is no password for it`, {
      hint: `Set ssl.${origin.what}.password.`,
    })
  }
  const [, algorithm, data] = children(part(encryptedData, 1))
  const password = origin.password.reveal()
  const content = known(origin, () => decrypted(library, part(algorithm), bytesOf(part(data)), password))
  if (content === undefined) throw wrongPassword(origin)
  return content
}

/** In words where an algorithm is not known here. */
function known<Value>(origin: StoreOrigin, open: () => Value): Value {
  try {
    return open()
  } catch (cause) {
    if (!(cause instanceof UnknownAlgorithm)) throw cause
    throw storeError(`${origin.from} is protected by an algorithm (${cause.message}) that is not known here`, {
      cause,
      hint: `Write it anew by the keytool of Java 17: ${conversion(origin.from)}`,
    })
  }
}

function contentsOf(library: Forge, bags: readonly Bag[], origin: StoreOrigin): StoreContents {
  const certificates = bags
    .filter(({ oid, value }) => oid === oids.certBag && oidOf(library, part(value, 0)) === oids.x509)
    .map(({ value, isTrusted }) => ({ der: bytesOf(part(value, 1, 0)), isTrusted }))
  const others = certificates.filter(({ isTrusted }) => !isTrusted).map(({ der }) => der)
  const keys = bags
    .filter(({ oid }) => oid === oids.keyBag || oid === oids.shroudedKeyBag)
    .map((bag, index): StoreKey => {
      const alias = bag.alias ?? String(index + 1)
      const open = once(() => privateKey(library, bag, { alias, origin }))
      return { alias, open, chain: once(() => chainOf(open(), others)) }
    })
  return {
    keys,
    trusted: certificates.filter(({ isTrusted }) => isTrusted).map(({ der }) => der),
    unmarked: keys.length > 0 ? 0 : others.length,
  }
}

function privateKey(
  library: Forge,
  { oid: kind, value }: Bag,
  { alias, origin }: { readonly alias: string; readonly origin: StoreOrigin },
): KeyObject {
  const name = `private key ${alias}`
  const password = (origin.keyPassword ?? origin.password)?.reveal()
  let der: Buffer | undefined
  if (kind === oids.keyBag) der = Buffer.from(library.asn1.toDer(value).getBytes(), 'latin1')
  else if (password !== undefined) {
    der = known(origin, () => decrypted(library, part(value, 0), bytesOf(part(value, 1)), password))
  }
  if (der === undefined) throw wrongKeyPassword(name, origin.from)
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw wrongKeyPassword(name, origin.from, cause)
  }
}

/** The certificate of the key, and those that vouch for each other from there, as far as they are in the store. */
function chainOf(key: KeyObject, certificates: readonly Buffer[]): readonly Buffer[] {
  const left = certificates.map((der) => new X509Certificate(der))
  const chain: X509Certificate[] = []
  let next = left.find((each) => each.checkPrivateKey(key))
  while (next) {
    const last = next
    chain.push(last)
    next = left.find((each) => !chain.includes(each) && last.checkIssued(each))
  }
  return chain.map(({ raw }) => raw)
}
