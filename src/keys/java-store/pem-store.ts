import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { Secret } from '../../platform/secret.ts'
import { pemBlocks, plainText, type PemBlock } from '../pem.ts'
import type { OwnCertificate } from './java-store.ts'
import { storeError, wrongKeyPassword } from './store-origin.ts'

/** Where PEM comes from: a path or a property, for messages. */
export interface PemOrigin {
  readonly from: string
  /** Of the key, where that is another one. */
  readonly keyFrom?: string
  /** Opens an encrypted key; not used for others. */
  readonly keyPassword?: Secret | undefined
}

const certificateHint = 'Name a file with the line -----BEGIN CERTIFICATE-----.'
const keyHint = 'Name a file with the line -----BEGIN PRIVATE KEY-----, or -----BEGIN ENCRYPTED PRIVATE KEY-----.'

/** The certificates of a text in PEM, as a trust store. Throws ERR_KEY_STORE. */
export function trustedPem(text: string, { from }: PemOrigin): string {
  const certificates = certificatesIn(text, from)
  if (certificates.length === 0) throw storeError(`${from} holds no certificate in PEM form`, { hint: certificateHint })
  return certificates.map(String).join('')
}

/** Key and certificates in PEM, from one text or two. Throws ERR_KEY_STORE. */
export function ownPem(
  { key: keyText, chain: chainText }: { readonly key: string; readonly chain: string },
  { from, keyFrom = from, keyPassword }: PemOrigin,
): OwnCertificate {
  const block = pemBlocks(plainText(keyText)).find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (!block) throw storeError(`${keyFrom} holds no private key in PEM form`, { hint: keyHint })
  const key = openedPem(block, keyFrom, keyPassword)
  const [certificate, ...further] = certificatesIn(chainText, from)
  if (!certificate) throw storeError(`${from} holds no certificate in PEM form`, { hint: certificateHint })
  if (!certificate.publicKey.equals(createPublicKey(key))) {
    const which = keyFrom === from ? 'the one beside it' : `the one in ${keyFrom}`
    throw storeError(`the first certificate in ${from} is for another key than ${which}`, {
      hint: 'Put the certificate of the key first, then those that vouch for it.',
    })
  }
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: [certificate, ...further].map(String).join(''),
    alias: 'key',
    others: 0,
  }
}

function openedPem(block: PemBlock, from: string, keyPassword: Secret | undefined): KeyObject {
  if (block.isEncrypted && !keyPassword) {
    throw storeError(`${from} holds an encrypted private key, and there is no password for it`, {
      hint: 'Set ssl.key.password in the properties of a Java client, or take the encryption away: openssl pkey.',
    })
  }
  try {
    return createPrivateKey({
      key: block.text,
      ...(block.isEncrypted && keyPassword && { passphrase: keyPassword.reveal() }),
    })
  } catch (cause) {
    if (block.isEncrypted) throw wrongKeyPassword('private key', from, cause)
    throw storeError(`${from} holds a private key that is damaged`, { cause })
  }
}

function certificatesIn(text: string, from: string): readonly X509Certificate[] {
  return pemBlocks(plainText(text))
    .filter(({ label }) => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label))
    .map((block) => {
      try {
        return new X509Certificate(block.text)
      } catch (cause) {
        throw storeError(`${from} holds a certificate that is damaged`, { cause })
      }
    })
}
