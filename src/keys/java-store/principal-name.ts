import { X509Certificate } from 'node:crypto'
import { derElements, type DerElement } from './der.ts'

/** Attributes that RFC 2253 has words for; Java writes all others as numbers. */
const words: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '550409': 'STREET',
  '55040a': 'O',
  '55040b': 'OU',
  '0992268993f22c640119': 'DC',
  '0992268993f22c640101': 'UID',
}

/** UTF8String, PrintableString, TeletexString, IA5String, GeneralString, BMPString: Java takes the bytes of all for UTF-8. */
const textTags = [0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1e]

/**
 * Subject of the first certificate in a PEM text as `X500Principal.getName()` of Java writes it, which brokers have for a name
 * unless they map it (`ssl.principal.mapping.rules`): the most special part first, no spaces.
 */
export function principalName(pem: string): string {
  const [certificate] = derElements(new X509Certificate(pem).raw)
  const [signed] = derElements(certificate?.content ?? Buffer.alloc(0))
  // A version, where there is one, comes first: serial number, algorithm, issuer, validity, subject.
  const fields = derElements(signed?.content ?? Buffer.alloc(0)).filter(({ tag }) => tag !== 0xa0)
  const sets = derElements(fields[4]?.content ?? Buffer.alloc(0)).toReversed()
  return sets.map(({ content }) => derElements(content).map(attribute).join('+')).join(',')
}

function attribute({ content }: DerElement): string {
  const [type, value] = derElements(content)
  if (!type || !value) return ''
  const word = words[type.content.toString('hex')]
  if (word !== undefined && textTags.includes(value.tag)) return `${word}=${escaped(value.content.toString())}`
  return `${word ?? dotted(type.content)}=#${value.whole.toString('hex')}`
}

function escaped(value: string): string {
  return value
    .replace(/[,=+<>#;"\\]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ \r]+|[ \r]+$/g, (spaces) => spaces.replace(/[ \r]/g, '\\$&'))
}

/** An object identifier in figures. */
function dotted(bytes: Buffer): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [both = 0, ...rest] = numbers
  const first = Math.min(Math.floor(both / 40), 2)
  return [first, both - 40 * first, ...rest].join('.')
}
