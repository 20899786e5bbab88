import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificateThumbprint } from '../../src/keys/certificate.ts'
import { TokenError } from '../../src/token/error.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { inside, keyOf, pkcs8 } from './key-forms.ts'

const authority = certificateAuthority()
const { cert, key: keyPem } = authority.issue('orders')
const key = createPrivateKey(keyPem)
const from = '/keys/orders.crt'
const now = Date.now()
const expected = createHash('sha256')
  .update(Buffer.from(inside(cert), 'base64'))
  .digest('base64url')

describe('the thumbprint of a certificate (x5t#S256)', () => {
  it.each([
    ['PEM', cert],
    ['PEM with CRLF and a byte order mark', `\uFEFF${cert.replaceAll('\n', '\r\n')}`],
    ['a chain', `${cert}${authority.cert}`],
    ['PEM behind its key', `${keyPem}${cert}`],
    ['bare base64', inside(cert)],
  ])('is taken from %s', (_form, text) => {
    expect(certificateThumbprint(text, { key, from, now })).toBe(expected)
    // As Node prints it, for comparison.
    const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '')
    expect(Buffer.from(expected, 'base64url').toString('hex').toUpperCase()).toBe(fingerprint)
  })

  it('can be asked for with the public key, where another service signs', () => {
    expect(certificateThumbprint(cert, { key: createPublicKey(key), from, now })).toBe(expected)
  })

  const none = 'Name a certificate in PEM form, with the line -----BEGIN CERTIFICATE-----.'
  const foreign =
    'the certificate in /keys/orders.crt is for another key than the one that signs. Name the certificate of this very key; compare: openssl x509 -noout -pubkey, openssl pkey -pubout.'
  const expiry = new Date(new X509Certificate(cert).validTo)

  it.each([
    ['of another key', authority.issue('other').cert, now, foreign],
    ['of a key of another type', authority.cert, now, foreign],
    [
      'that has expired',
      cert,
      expiry.getTime(),
      `the certificate in ${from} expired at ${expiry.toISOString()}. Renew it, and register the new one at the provider.`,
    ],
    ['that is empty', '\n', now, `${from} is empty. ${none}`],
    ['that is a private key', pkcs8(keyOf.RS256), now, `${from} holds no certificate. ${none}`],
    ['that is damaged', cert.replace(/\n.{64}/, '\n'), now, `${from} holds a damaged certificate. ${none}`],
    ['that is cut off', cert.slice(0, 200), now, `${from} holds no certificate. ${none}`],
  ])('is not given for one %s', (_what, text, at, line) => {
    let description = ''
    try {
      certificateThumbprint(text, { key, from, now: at })
    } catch (error) {
      description = (error as TokenError).description
    }
    expect(description).toBe(`${line} [ERR_KEY_CERTIFICATE]`)
  })
})
