import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { principalName } from '../../src/keys/java-store/principal-name.ts'
import { der, ecdsaWithSha256, integer, oid, sequence, signedCertificate, time } from '../fakes/der.ts'

const types = {
  CN: '550403',
  SN: '550404',
  serialNumber: '550405',
  C: '550406',
  L: '550407',
  ST: '550408',
  STREET: '550409',
  O: '55040a',
  OU: '55040b',
  UID: '0992268993f22c640101',
  DC: '0992268993f22c640119',
  emailAddress: '2a864886f70d010901',
} as const

type Attribute = readonly [type: keyof typeof types, value: string | Buffer, tag?: number]

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function certificateOf(sets: readonly (readonly Attribute[])[], version: readonly Buffer[]): string {
  const attribute = ([type, value, tag = 0x0c]: Attribute): Buffer =>
    sequence(oid(types[type]), der(tag, Buffer.from(value as string)))
  const name = sequence(...sets.map((set) => der(0x31, ...set.map(attribute))))
  const issuer = sequence(der(0x31, sequence(oid(types.CN), der(0x0c, Buffer.from('CA')))))
  const validity = sequence(time(Date.UTC(2026, 0, 1)), time(Date.UTC(2027, 0, 1)))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const body = [integer(Buffer.from([1])), ecdsaWithSha256, issuer, validity, name, key]
  return signedCertificate(sequence(...version, ...body), privateKey)
}

/** What X500Principal.getName() of Java 17 prints for these. */
const rows: readonly (readonly [string, readonly (readonly Attribute[])[]])[] = [
  [
    'CN=client,OU=Data Team,O=Example\\, Inc.,C=DE',
    [[['C', 'DE', 0x13]], [['O', 'Example, Inc.']], [['OU', 'Data Team']], [['CN', 'client']]],
  ],
  [
    'UID=u,1.2.840.113549.1.9.1=#16057840792e7a,CN=a',
    [[['CN', 'a']], [['emailAddress', 'x@y.z', 0x16]], [['UID', 'u']]],
  ],
  [
    'CN=foo+UID=bar,O=Multi',
    [
      [['O', 'Multi']],
      [
        ['CN', 'foo'],
        ['UID', 'bar'],
      ],
    ],
  ],
  [
    'CN=\\#x,DC=com,STREET=Weg 1,2.5.4.4=#0c03537572,2.5.4.5=#13023132',
    [[['serialNumber', '12', 0x13]], [['SN', 'Sur']], [['STREET', 'Weg 1']], [['DC', 'com', 0x16]], [['CN', '#x']]],
  ],
  ['O=\\ \\ ,CN=a  b\\=c', [[['CN', 'a  b=c']], [['O', '  ']]]],
  [
    'CN=\\ lead\\;\\"q\\" \\<x\\> \\\\ \\+1\\ ,ST=Bayern,L=München',
    [[['L', 'München']], [['ST', 'Bayern']], [['CN', ' lead;"q" <x> \\ +1 ']]],
  ],
  ['CN=日本😀', [[['CN', '日本😀']]]],
  // Java takes the bytes of other encodings for UTF-8 as well.
  ['CN=Z\uFFFDrich', [[['CN', Buffer.from('Zürich', 'latin1'), 0x14]]]],
  ['CN=\\00a\\00\\,', [[['CN', Buffer.from('\0a\0,'), 0x1e]]]],
  ['CN=#03020001', [[['CN', Buffer.from([0, 1]), 0x03]]]],
  ['', []],
]

describe('the name of a certificate', () => {
  it.each(rows)('is %s, as brokers have it', (expected, sets) => {
    const version3 = der(0xa0, integer(Buffer.from([2])))
    expect(principalName(certificateOf(sets, [version3]))).toBe(expected)
    expect(principalName(certificateOf(sets, []))).toBe(expected)
  })
})
