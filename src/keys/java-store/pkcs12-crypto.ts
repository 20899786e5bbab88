import { createDecipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { bytesOf, children, numberOf, oidOf, part, type Asn1, type Forge } from './asn1.ts'
import { keyPurpose, pkcs12Key, type Digest } from './pkcs12-key.ts'

/** An algorithm that is not known here, by its object identifier. */
export class UnknownAlgorithm extends Error {}

/** RFC 8018 (PBES2) and RFC 7292 appendix C. */
const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  tripleDes: '1.2.840.113549.1.12.1.3',
  rc2: '1.2.840.113549.1.12.1.6',
}

const ciphers: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}

const macs: Readonly<Record<string, Digest>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

const digests: Readonly<Record<string, Digest>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** As Java: more would take the whole process for minutes. */
const mostIterations = 5_000_000

/**
 * Decrypts what a password has encrypted: PBES2 with AES or 3DES, 3DES, and the RC2 of 40 bits that Java 8 wrote. Undefined
 * when the password is wrong, as far as that shows. Throws UnknownAlgorithm.
 */
export function decrypted(library: Forge, algorithm: Asn1, data: Buffer, password: string): Buffer | undefined {
  const oid = oidOf(library, part(algorithm, 0))
  const parameters = part(algorithm, 1)
  if (oid === oids.pbes2) return byPbes2(library, parameters, data, password)
  const salt = bytesOf(part(parameters, 0))
  const iterations = iterationsIn(part(parameters, 1))
  const secret = (purpose: 1 | 2, length: number): Buffer =>
    pkcs12Key({ password, salt, iterations, digest: 'sha1', purpose, length })
  const vector = (): Buffer => secret(keyPurpose.initialVector, 8)
  if (oid === oids.tripleDes) return opened('des-ede3-cbc', secret(keyPurpose.encryption, 24), vector(), data)
  if (oid !== oids.rc2) throw new UnknownAlgorithm(oid)
  // OpenSSL 3 has put it away.
  const key = library.util.createBuffer(secret(keyPurpose.encryption, 5).toString('latin1'))
  const cipher = library.rc2.createDecryptionCipher(key, 40)
  cipher.start(library.util.createBuffer(vector().toString('latin1')))
  cipher.update(library.util.createBuffer(data.toString('latin1')))
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : undefined
}

function byPbes2(library: Forge, parameters: Asn1, data: Buffer, password: string): Buffer | undefined {
  const [derivation, encryption] = children(parameters)
  const kdf = oidOf(library, part(derivation, 0))
  if (kdf !== oids.pbkdf2) throw new UnknownAlgorithm(kdf)
  const [salt, iterations, ...further] = children(part(derivation, 1))
  // A length may come before the function, which is a SEQUENCE; without one it is HMAC-SHA1.
  const mac = further.find(({ constructed }) => constructed)
  const macOid = mac ? oidOf(library, part(mac, 0)) : '1.2.840.113549.2.7'
  const cipherOid = oidOf(library, part(encryption, 0))
  const [digest, cipher] = [macs[macOid], ciphers[cipherOid]]
  if (!digest || !cipher) throw new UnknownAlgorithm(digest ? cipherOid : macOid)
  const [name, keyBytes] = cipher
  const key = pbkdf2Sync(password, bytesOf(part(salt)), iterationsIn(part(iterations)), keyBytes, digest)
  return opened(name, key, bytesOf(part(encryption, 1)), data)
}

function opened(cipher: string, key: Buffer, vector: Buffer, data: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(cipher, key, vector)
  try {
    return Buffer.concat([decipher.update(data), decipher.final()])
  } catch {
    // The padding is none.
    return undefined
  }
}

/** Whether password and file go together (RFC 7292 §5.1, MacData). Throws UnknownAlgorithm. */
export function isMacOf(library: Forge, macData: Asn1, content: Buffer, password: string): boolean {
  const [info, salt, count] = children(macData)
  const oid = oidOf(library, part(info, 0, 0))
  const digest = digests[oid]
  if (!digest) throw new UnknownAlgorithm(oid)
  const told = bytesOf(part(info, 1))
  const iterations = count ? iterationsIn(count) : 1
  const options = { password, digest, iterations, salt: bytesOf(part(salt)), length: told.length }
  const key = pkcs12Key({ ...options, purpose: keyPurpose.mac })
  return createHmac(digest, key).update(content).digest().equals(told)
}

function iterationsIn(node: Asn1): number {
  const count = numberOf(node)
  if (count >= 1 && count <= mostIterations) return count
  throw new RangeError(`${count} iterations`)
}
