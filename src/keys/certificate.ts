import { createHash, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { TokenError } from '../token/error.ts'
import { derOf, pemBlocks, plainText } from './pem.ts'

export interface CertificateUse {
  /** The key that signs, or its public half: the certificate has to be for it. */
  readonly key: KeyObject
  /** What the text was read from, for messages. */
  readonly from: string
  /** Now, in milliseconds since the epoch. */
  readonly now: number
}

/** `x5t#S256` (RFC 7515 §4.1.8) of the first certificate in the text. Throws ERR_KEY_CERTIFICATE. */
export function certificateThumbprint(text: string, { key, from, now }: CertificateUse): string {
  const certificate = firstCertificate(text, from)
  if (!belongs(certificate, key)) {
    throw new TokenError(
      'ERR_KEY_CERTIFICATE',
      `the certificate in ${from} is for another key than the one that signs`,
      {
        hint: 'Name the certificate of this very key; compare: openssl x509 -noout -pubkey, openssl pkey -pubout.',
      },
    )
  }
  if (certificate.validToDate.getTime() <= now) {
    const expiry = certificate.validToDate.toISOString()
    throw new TokenError('ERR_KEY_CERTIFICATE', `the certificate in ${from} expired at ${expiry}`, {
      hint: 'Renew it, and register the new one at the provider.',
    })
  }
  return createHash('sha256').update(certificate.raw).digest('base64url')
}

function firstCertificate(text: string, from: string): X509Certificate {
  const plain = plainText(text)
  const block = pemBlocks(plain).find(({ label }) => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label))
  try {
    return new X509Certificate(block?.text ?? derOf(plain) ?? '')
  } catch (cause) {
    const what = plain.trim() === '' ? 'is empty' : block ? 'holds a damaged certificate' : 'holds no certificate'
    throw new TokenError('ERR_KEY_CERTIFICATE', `${from} ${what}`, {
      cause,
      hint: 'Name a certificate in PEM form, with the line -----BEGIN CERTIFICATE-----.',
    })
  }
}

function belongs(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.publicKey.equals(key.type === 'private' ? createPublicKey(key) : key)
  } catch {
    return false
  }
}
