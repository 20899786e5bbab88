import { createPublicKey, X509Certificate } from 'node:crypto'
import { parseJsonObject } from '../platform/json-object.ts'
import { derOf } from './pem.ts'

/** What a text is that is no key, and what makes a key of it. */
export interface ForeignForm {
  readonly what: string
  readonly hint?: string
}

const notThePublicHalf = 'Name the private key that belongs to it, which is another file.'

/** Describes what a file of a key holds instead, without quoting it. */
export function foreignForm(text: string, from: string): ForeignForm {
  if (text.trim() === '') return { what: 'nothing: the file is empty' }
  return (
    known.find(({ looks }) => looks(text))?.form(from) ?? { what: 'something that is not a private key in PEM form' }
  )
}

interface KnownForm {
  readonly looks: (text: string) => boolean
  readonly form: (from: string) => ForeignForm
}

// As magic numbers look once they have been read as text: what is not UTF-8 has become U+FFFD, a CR a line end.
const javaKeystores = ['\uFFFD\uFFFD\uFFFD\uFFFD\0\0\0\u0001', '\uFFFD\uFFFD\uFFFD\uFFFD\0\0\0\u0002']
const pkcs7Data = '*\uFFFDH\uFFFD\uFFFD\n\u0001\u0007\u0001'

const known: readonly KnownForm[] = [
  {
    looks: (text) => text.includes('BEGIN OPENSSH PRIVATE KEY'),
    form: (from) => ({
      what: 'a private key in the format of OpenSSH',
      hint: `Convert a copy of an RSA or ECDSA key: cp ${from} key.pem && ssh-keygen -p -m PKCS8 -N '' -f key.pem`,
    }),
  },
  {
    looks: (text) => /BEGIN (TRUSTED |X509 )?CERTIFICATE-/.test(text),
    form: () => ({ what: 'a certificate, not a private key', hint: notThePublicHalf }),
  },
  {
    looks: (text) => text.includes('BEGIN CERTIFICATE REQUEST') || text.includes('BEGIN NEW CERTIFICATE REQUEST'),
    form: () => ({ what: 'a certificate request, not a private key', hint: notThePublicHalf }),
  },
  {
    looks: (text) => /BEGIN ((RSA |EC )?PUBLIC KEY|SSH2 PUBLIC KEY)|^\s*(ssh-|ecdsa-sha2-)/.test(text),
    form: () => ({ what: 'a public key, not a private one', hint: notThePublicHalf }),
  },
  {
    looks: (text) => /BEGIN [A-Z0-9 ]*PRIVATE KEY-/.test(text) && !/END [A-Z0-9 ]*PRIVATE KEY-/.test(text),
    form: () => ({
      what: 'a private key that is cut off: its line -----END is missing',
      hint: 'Copy the whole file; a file that is being written is read again by itself.',
    }),
  },
  {
    looks: (text) => text.includes('BEGIN PGP'),
    form: () => ({ what: 'something of PGP, which JSON Web Tokens are not signed with' }),
  },
  {
    looks: (text) => text.startsWith('PuTTY-User-Key-File'),
    form: () => ({
      what: 'a private key in the format of PuTTY',
      hint: 'Export it in OpenSSH format with puttygen, then: ssh-keygen -p -m PKCS8 -f key.pem',
    }),
  },
  {
    looks: (text) => /^\s*<(!doctype|html|\?xml|!--)/i.test(text),
    form: () => ({
      what: 'a web page or XML, not a private key',
      hint: 'Look at what was downloaded; often it is a login or error page.',
    }),
  },
  {
    looks: (text) => text.includes('-\0-\0') || /^\W*\{\0/.test(text),
    form: () => ({ what: 'text in UTF-16', hint: 'Save the file as UTF-8.' }),
  },
  {
    looks: (text) => javaKeystores.some((magic) => text.startsWith(magic)),
    form: (from) => ({
      what: 'a Java keystore (JKS)',
      hint: `Take the key out: keytool -importkeystore -srckeystore ${from} -destkeystore key.p12 -deststoretype PKCS12 && openssl pkcs12 -in key.p12 -nocerts -out key.pem`,
    }),
  },
  {
    looks: (text) => text.startsWith('0') && text.slice(0, 60).includes(pkcs7Data),
    form: (from) => ({
      what: 'a PKCS#12 keystore',
      hint: `Take the key out: openssl pkcs12 -in ${from} -nocerts -out key.pem`,
    }),
  },
  {
    looks: (text) => text.startsWith('0') && /[\uFFFD\0]/.test(text),
    form: (from) => ({
      what: 'binary data, perhaps a key in DER form',
      hint: `Convert it: openssl pkey -inform DER -in ${from} -out key.pem`,
    }),
  },
  {
    looks: (text) => /[\uFFFD\0]/.test(text),
    form: () => ({ what: 'binary data that is not a private key in PEM form' }),
  },
  {
    looks: (text) => typeof parseJsonObject(text)?.['private_key'] === 'string',
    form: (from) => ({
      what: 'a key file of a Google service account, not the private key alone',
      hint: `Take the key out: jq -r .private_key ${from} > key.pem`,
    }),
  },
  {
    looks: (text) => parseJsonObject(text) !== undefined,
    form: () => ({ what: 'JSON that is neither a JWK nor a JWK Set (RFC 7517)' }),
  },
  {
    looks: (text) => /^\s*[[{]/.test(text),
    form: () => ({ what: 'JSON that is cut off, not valid, or a list; a JWK Set is an object with the member keys' }),
  },
  {
    looks: (text) => /^\s*[\w-]+\.[\w-]+\.[\w-]*\s*$/.test(text),
    form: () => ({
      what: 'a JSON Web Token, not the key to sign one',
      hint: 'A ready-made assertion is named with assertion.file.',
    }),
  },
  {
    looks: (text) => canRead(() => new X509Certificate(derOf(text) ?? '')),
    form: () => ({ what: 'a certificate, not a private key', hint: notThePublicHalf }),
  },
  {
    looks: (text) =>
      canRead(() => createPublicKey({ key: derOf(text) ?? Buffer.alloc(0), format: 'der', type: 'spki' })),
    form: () => ({ what: 'a public key, not a private one', hint: notThePublicHalf }),
  },
]

function canRead(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
