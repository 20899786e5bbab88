import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { der, ecdsaWithSha256, integer, octets, oid, sequence, signedCertificate, time } from '../../fakes/der.ts'

/** What stands in a certificate, in the order in which it stands there. */
export interface Names {
  /** Sets of attributes, the most general first; by OID, in hexadecimal DER. */
  readonly subject?: readonly (readonly (readonly [oid: string, value: string])[])[]
  readonly dns?: readonly string[]
  readonly uris?: readonly string[]
  readonly emails?: readonly string[]
}

export interface Validity {
  readonly from?: number
  readonly to?: number
}

/** PEM. */
export interface ClientCertificate {
  readonly key: string
  readonly cert: string
}

export const attributes = {
  commonName: '550403',
  country: '550406',
  organization: '55040a',
  unit: '55040b',
  userId: '0992268993f22c640101',
  domainComponent: '0992268993f22c640119',
  email: '2a864886f70d010901',
  unknown: '2b0601040182370d63',
}

const day = 86_400_000

/** An authority (RFC 5280) for certificates of clients with any names, also with such as no real authority would sign. */
export function clientAuthority(name = 'Authority of clients'): {
  readonly cert: string
  readonly issue: (names: Names, validity?: Validity) => ClientCertificate
} {
  const issuer = dn([[[attributes.commonName, name]]])
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const isAuthority = sequence(oid('551d13'), der(0x01, Buffer.from([255])), octets(sequence(boolean)))
  return {
    cert: certificate({ issuer, subject: issuer, publicKey, signer: privateKey, extensions: [isAuthority] }),
    issue({ subject = [], dns = [], uris = [], emails = [] }, validity) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const names = [
        ...emails.map((name) => der(0x81, Buffer.from(name))),
        ...dns.map((name) => der(0x82, Buffer.from(name))),
        ...uris.map((name) => der(0x86, Buffer.from(name))),
      ]
      const extensions = names.length > 0 ? [sequence(oid('551d11'), octets(sequence(...names)))] : []
      const content = { issuer, subject: dn(subject), publicKey: pair.publicKey, signer: privateKey, extensions }
      return {
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: certificate(content, validity),
      }
    },
  }
}

interface Content {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
}

function certificate(
  { issuer, subject, publicKey, signer, extensions }: Content,
  { from = Date.now() - day, to = Date.now() + day }: Validity = {},
): string {
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    issuer,
    sequence(time(from), time(to)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  return signedCertificate(body, signer)
}

const boolean = der(0x01, Buffer.from([255]))

function dn(sets: NonNullable<Names['subject']>): Buffer {
  const attribute = ([type, value]: readonly [string, string]): Buffer =>
    sequence(oid(type), der(0x0c, Buffer.from(value)))
  return sequence(...sets.map((set) => der(0x31, ...set.map(attribute).sort((a, b) => Buffer.compare(a, b)))))
}
