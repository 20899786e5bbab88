import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { der, ecdsaWithSha256, integer, octets, oid, sequence, signedCertificate, time } from './der.ts'

/** A key and the certificate for it, both PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateAuthority {
  /** PEM; what a client has to trust. */
  readonly cert: string
  issue(...names: readonly string[]): Certificate
}

/**
 * A certificate authority for one test run (RFC 5280, ECDSA on P-256), made without any tool. All is valid from a day before
 * `at` until a day after.
 */
export function certificateAuthority(at = Date.now()): CertificateAuthority {
  const name = 'Fake CA of a test run'
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    cert: certificate({ subject: name, issuer: name, publicKey, signer: privateKey, extensions: [isAuthority], at }),
    issue(...names) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const extensions = [alternativeNames(names)]
      const subject = names[0] ?? 'localhost'
      return {
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: certificate({ subject, issuer: name, publicKey: pair.publicKey, signer: privateKey, extensions, at }),
      }
    },
  }
}

interface Content {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
  readonly at: number
}

function certificate({ subject, issuer, publicKey, signer, extensions, at }: Content): string {
  const day = 86_400_000
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(time(at - day), time(at + day)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  return signedCertificate(body, signer)
}

// basicConstraints, critical, CA
const isAuthority = sequence(
  oid('551d13'),
  der(0x01, Buffer.from([255])),
  octets(sequence(der(0x01, Buffer.from([255])))),
)

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name)),
  )
  return sequence(oid('551d11'), octets(sequence(...entries)))
}
