/** One PEM block (RFC 7468), or of the older form with headers (RFC 1421). */
export interface PemBlock {
  /** As in `RSA PRIVATE KEY`. */
  readonly label: string
  /** Written again as OpenSSL reads it: without indentation, in lines of 64. */
  readonly text: string
  readonly isEncrypted: boolean
  /** What an encrypted block is encrypted by, as OpenSSL calls it, where it is one of the old ways. */
  readonly cipher?: string
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----)[^])*)-----END \1-----/g
const headerLine = /^[A-Za-z-]+:.*$/

/** All PEM blocks of a text, whatever stands around them. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(block)].map(([, label = '', inside = '']) => pemBlock(label, inside))
}

/** One block. `inside` is what stands between its first and last line. */
export function pemBlock(label: string, inside: string): PemBlock {
  const lines = inside.split('\n').map((line) => line.trim())
  const headers = lines.filter((line) => headerLine.test(line))
  const body = lines
    .filter((line) => !headerLine.test(line))
    .join('')
    .replace(/\s+/g, '')
  const text = [
    `-----BEGIN ${label}-----`,
    ...(headers.length > 0 ? [...headers, ''] : []),
    ...(body.match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n')
  const cipher = headers.map((line) => /^DEK-Info: *([\w-]+)/.exec(line)?.[1]).find(Boolean) ?? pbes1Cipher(body)
  const isEncrypted = label.startsWith('ENCRYPTED') || headers.some((line) => line.includes('ENCRYPTED'))
  return { label, text, isEncrypted, ...(cipher !== undefined && { cipher }) }
}

/** RFC 8018 appendix A.3 (PBES1) and RFC 7292 appendix C, by the end of the object identifier. */
const pbes1Ciphers: Readonly<Record<string, string>> = {
  '0501': 'PBE-MD2-DES',
  '0503': 'PBE-MD5-DES',
  '0504': 'PBE-MD2-RC2-64',
  '0506': 'PBE-MD5-RC2-64',
  '050a': 'PBE-SHA1-DES',
  '050b': 'PBE-SHA1-RC2-64',
  '0c0101': 'PBE-SHA1-RC4-128',
  '0c0102': 'PBE-SHA1-RC4-40',
  '0c0103': 'PBE-SHA1-3DES',
  '0c0104': 'PBE-SHA1-2DES',
  '0c0105': 'PBE-SHA1-RC2-128',
  '0c0106': 'PBE-SHA1-RC2-40',
}

function pbes1Cipher(body: string): string | undefined {
  const start = Buffer.from(body.slice(0, 64), 'base64').toString('hex')
  const ending = /06(?:09|0a)2a864886f70d01(05[01].|0c010[1-6])/.exec(start)?.[1]
  return ending === undefined ? undefined : pbes1Ciphers[ending]
}

/** DER that was written down as base64 and nothing else; undefined for any other text. */
export function derOf(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text.trim())) return undefined
  const der = Buffer.from(text, 'base64')
  // A SEQUENCE with a length of more than one byte: every key and certificate is one, short words are not.
  return der[0] === 0x30 && (der[1] ?? 0) >= 0x2e ? der : undefined
}

/** Text without byte order mark, with plain line ends, also where PEM was copied out of JSON with its `\n`. */
export function plainText(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  return /^\s*-----BEGIN [A-Z0-9 ]+-----\\n/.test(plain) ? plain.replaceAll('\\n', '\n') : plain
}
