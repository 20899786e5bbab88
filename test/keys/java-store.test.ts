import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { ownCertificate, trustedCertificates } from '../../src/keys/java-store/java-store.ts'
import { ownPem, trustedPem } from '../../src/keys/java-store/pem-store.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { jksStore, pkcs12Store, type Pkcs12Entries, type StoreEntries } from './java-stores.ts'

const authority = certificateAuthority()
const client = authority.issue('client.example')
const other = authority.issue('other.example')
const word = 'Sesame-and-figs'
const entry = { alias: 'orders', key: client.key, chain: [client.cert, authority.cert] }
const otherEntry = { alias: 'other', key: other.key, chain: [other.cert] }

const trustOrigin = { from: '/tls/trust.jks', what: 'truststore', password: new Secret(word) } as const
const keyOrigin = { from: '/tls/client.jks', what: 'keystore', password: new Secret(word) } as const

const subjects = (pem: string): readonly string[] =>
  (pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? []).map((each) => new X509Certificate(each).subject)

async function failure(promise: Promise<unknown>): Promise<TokenError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(thrown instanceof TokenError)) throw new Error('no TokenError', { cause: thrown })
  expect(thrown.code).toBe('ERR_KEY_STORE')
  expect(`${thrown.message} ${thrown.hint}`).not.toContain(word)
  return thrown
}

const pkcs12 = (entries: Omit<Pkcs12Entries, 'password'>): Buffer => pkcs12Store({ password: word, ...entries })
const jks = (entries: Omit<StoreEntries, 'password'>): Buffer => jksStore({ password: word, ...entries })

// The library is loaded when it is first used.
beforeAll(() => trustedCertificates(pkcs12({ trusted: [authority.cert] }), trustOrigin))

describe.each([
  ['PKCS#12', pkcs12],
  ['JKS', jks],
])('a key store of %s', (_name, make) => {
  it('is trusted for the certificates that are marked so', async () => {
    const pem = await trustedCertificates(make({ trusted: [authority.cert, other.cert] }), trustOrigin)
    expect(subjects(pem)).toEqual(['CN=Fake CA of a test run', 'CN=other.example'])
  })

  it('is trusted for the own certificate of a key, and not for those that vouch for it', async () => {
    expect(subjects(await trustedCertificates(make({ keys: [entry] }), trustOrigin))).toEqual(['CN=client.example'])
  })

  it('gives its key with the whole chain', async () => {
    const own = await ownCertificate(make({ keys: [entry] }), keyOrigin)
    expect(own.key).toBe(client.key)
    expect(subjects(own.chain)).toEqual(['CN=client.example', 'CN=Fake CA of a test run'])
    expect(own).toMatchObject({ alias: 'orders', others: 0 })
  })

  it('gives the first of several keys, and says how many others there are', async () => {
    const own = await ownCertificate(make({ keys: [otherEntry, entry] }), keyOrigin)
    expect(own).toMatchObject({ alias: 'other', others: 1, key: other.key })
  })

  it('passes a key without certificates over', async () => {
    const bare = { alias: 'bare', key: generatedKey(), chain: [] }
    const own = await ownCertificate(make({ keys: [bare, entry] }), keyOrigin)
    expect(own).toMatchObject({ alias: 'orders', others: 0 })
    const { message } = await failure(ownCertificate(make({ keys: [bare] }), keyOrigin))
    expect(message).toBe('/tls/client.jks holds 1 private key, but no certificate for it')
  })

  it('has a password of its own for keys, where Java lets it have one', async () => {
    const store = make({ keys: [entry], keyPassword: 'another one' })
    const own = await ownCertificate(store, { ...keyOrigin, keyPassword: new Secret('another one') })
    expect(own.key).toBe(client.key)
    const { message, hint } = await failure(ownCertificate(store, keyOrigin))
    expect(message).toBe('the password does not open the private key orders in /tls/client.jks')
    expect(hint).toContain('ssl.key.password')
  })

  it('is not opened by another password', async () => {
    const wrong = { ...trustOrigin, from: "/tls/it's", password: new Secret('wrong') }
    const { message, hint } = await failure(trustedCertificates(make({ trusted: [authority.cert] }), wrong))
    expect(message).toBe("the password does not open /tls/it's, or the file is damaged")
    expect(hint).toContain(`keytool -list -keystore '/tls/it'\\''s'`)
  })

  it('is told apart where one byte of it is another one', async () => {
    const store = make({ trusted: [authority.cert] })
    store[200] = (store[200] ?? 0) ^ 1
    await failure(trustedCertificates(store, trustOrigin))
  })

  it('is told as cut off, wherever that is', async () => {
    const store = make({ trusted: [authority.cert], keys: [entry] })
    for (let length = 4; length < store.length; length += 7) {
      for (const password of [trustOrigin.password, undefined]) {
        const { message } = await failure(ownCertificate(store.subarray(0, length), { ...keyOrigin, password }))
        expect(message).toMatch(/damaged|holds (nothing|no)|password/)
      }
    }
  })

  it('is told where it holds nothing that it is for', async () => {
    const empty = await failure(trustedCertificates(make({}), trustOrigin))
    expect(empty.message).toBe('/tls/trust.jks holds no certificates')
    const onlyTrust = await failure(ownCertificate(make({ trusted: [authority.cert] }), keyOrigin))
    expect(onlyTrust.message).toBe('/tls/client.jks holds 1 certificate of others, and no private key')
    expect((await failure(ownCertificate(make({}), keyOrigin))).message).toContain('holds nothing, and no private key')
  })

  it('is told where certificate and key do not belong together', async () => {
    const mixed = { alias: 'mixed', key: other.key, chain: [client.cert] }
    const { message } = await failure(ownCertificate(make({ keys: [mixed] }), keyOrigin))
    expect(message).toMatch(/is for another key|no certificate for it/)
  })
})

it('a PKCS#12 store is not opened by another password, although nothing in it is encrypted', async () => {
  const open = pkcs12({ trusted: [authority.cert], isEncrypted: false })
  expect(subjects(await trustedCertificates(open, trustOrigin))).toHaveLength(1)
  const wrong = { ...trustOrigin, password: new Secret('wrong') }
  const { message } = await failure(trustedCertificates(open, wrong))
  expect(message).toContain('the password does not open')
})

describe('without a password', () => {
  const nobody = { ...trustOrigin, password: undefined }

  it('a JKS is trusted unseen, as in Java', async () => {
    expect(subjects(await trustedCertificates(jks({ trusted: [authority.cert] }), nobody))).toHaveLength(1)
  })

  it('the key of a JKS stays closed', async () => {
    const { message } = await failure(ownCertificate(jks({ keys: [entry] }), { ...keyOrigin, password: undefined }))
    expect(message).toContain('private key orders')
  })

  it('a PKCS#12 store is read where nothing in it is encrypted', async () => {
    const open = pkcs12({ trusted: [authority.cert], isEncrypted: false, hasMac: false })
    expect(subjects(await trustedCertificates(open, nobody))).toHaveLength(1)
  })

  it('a PKCS#12 store that is encrypted is told', async () => {
    const { message, hint } = await failure(trustedCertificates(pkcs12({ trusted: [authority.cert] }), nobody))
    expect(message).toBe('/tls/trust.jks is encrypted, and there is no password for it')
    expect(hint).toBe('Set ssl.truststore.password.')
  })
})

/** What keytool of Java 8 wrote: RC2 of 40 bits, 50,000 iterations, HMAC-SHA1; one certificate and no key. */
const ofJava8 = [
  'MIIDHgIBAzCCAtcGCSqGSIb3DQEHAaCCAsgEggLEMIICwDCCArwGCSqGSIb3DQEHBqCCAq0wggKpAgEAMIICogYJKoZIhvcNAQcB',
  'MCkGCiqGSIb3DQEMAQYwGwQU5WvYnZhFiR9liXKm2yb7QdsrT/YCAwDDUICCAmjqYKjAjlpCZMKdE27qeKH3mH5mwktfHujzG5+F',
  'yM279H/FYPBmoV+vYrswGVVVUdq+xp+U767OxxUqDvjEoyhziPcO9k73sV7V4Xswa2GjwNyiLmlQgOemj44AW5vPyC5+Gs8y9SK5',
  'HSpfbR3kAnfKj7STPT1cXR6KRfQIAszb5C+VUFro+OUIRs4pUMojKO7A7TU7qqSn7ysrEdye/8zMI+ntMw1Y+Fj2Wf02jL69nsRt',
  'O6nxM6+khHXxLhBwx0Tnuh4Yvg8smD455yGqLLcuAwiSbX7RjBCBY8yS+AAtPMQ4Jaljx1lkTmOUrR7LPszrZMtuK0WRgYyAZSmP',
  'OzLzykAvhvsjWqAnX5BEbm/UUeMNWidlllGDcH/q3B8dctdvefUE7EJ4+0fp0Qt4cd6tsGiqlKBO7ospxgIjumC96PaURg6svR2+',
  'yjbaWEdbFcLZcgx75ghRLTCHriET7PqH9xtmW0ElFb/84iPQdX/sxeCIBWB9l7sRsbctahQKdCx1ztJonfsyzpl3JdfQeOh6IC2u',
  'mlLThcqzcqGOaiBdvrbvZ//3wjXEiSMzBonkMrhULe5uwKPdOorPJ7GJS/KDf/WbU0gAYlNLAkky1e6vPEKeFNlS5WvtfPmoKJkt',
  '6tKwCqlbebIkK5SspvjSkw4hxR7oWcqTMjuIUI7OTIb7LrFMK3+Sf+65OBNSSsb3gzgRQCgNuNpEi62YqlloYH/vSWDXN3/0SKJK',
  'lPwnHmDwHz5PPpXVr65hmLIzkC5dte5dwVLni8TUHkFRDSRSNR3WZlP0akSk57YCdM39w+qo6dnw+msMH8wuMD4wITAJBgUrDgMC',
  'GgUABBSE1y7LpXnynPWsd10wvM6xpECbwQQUU+c3sp/9bRYQ3OrQOC2dgC6IuzUCAwGGoA==',
].join('')

it('a PKCS#12 trust store of Java 8 is read, although OpenSSL 3 no longer knows its cipher', async () => {
  const bytes = Buffer.from(ofJava8, 'base64')
  const password = new Secret('changeit')
  expect(subjects(await trustedCertificates(bytes, { ...trustOrigin, password }))).toEqual([
    expect.stringContaining('CN=ü x') as string,
  ])
  await failure(trustedCertificates(bytes, { ...trustOrigin, password: new Secret('changeit ') }))
})

describe('a file that is taken for a key store', () => {
  it('may have certificates that openssl did not mark, which Java does not trust either', async () => {
    const { message, hint } = await failure(
      trustedCertificates(pkcs12({ unmarked: [authority.cert, other.cert] }), trustOrigin),
    )
    expect(message).toBe('/tls/trust.jks holds 2 certificates, none marked as trusted: Java trusts none of them')
    expect(hint).toContain('openssl pkcs12 -in /tls/trust.jks -nokeys -out ca.pem')
  })

  it.each([
    ['nothing', Buffer.alloc(0), '/tls/client.jks is empty'],
    ['one byte', Buffer.from('x'), 'is no key store: neither PKCS#12 nor JKS'],
    ['JCEKS', Buffer.from('cececece00000002', 'hex'), 'is a key store of the type JCEKS, which is not read here'],
    ['PEM', Buffer.from(client.cert), 'is PEM, and is taken for a binary key store'],
    [
      'something in DER',
      Buffer.from('300a02010104050102030405', 'hex'),
      'is a key store (PKCS#12) that is damaged, or of a kind',
    ],
  ])('may be %s', async (_what, bytes, message) => {
    expect((await failure(ownCertificate(bytes, keyOrigin))).message).toContain(message)
  })

  it('is converted by a command for a shell', async () => {
    const bytes = Buffer.from('cececece00000002', 'hex')
    const of = async (from: string): Promise<string> =>
      (await failure(ownCertificate(bytes, { ...keyOrigin, from }))).hint
    expect(await of('/tls/a.jceks')).toBe(
      'Convert it: keytool -importkeystore -srckeystore /tls/a.jceks -destkeystore /tls/a.p12 -deststoretype PKCS12 -srcstoretype JCEKS',
    )
    expect(await of('/my tls/a.p12')).toContain(`-srckeystore '/my tls/a.p12' -destkeystore '/my tls/a.p12.new' `)
  })
})

describe('PEM as a store', () => {
  it('gives what is in it, in whichever order', () => {
    expect(subjects(trustedPem(`# CA\n${authority.cert}${other.cert}`, { from: 'ca.pem' }))).toHaveLength(2)
    const both = `${client.cert}${client.key}${authority.cert}`
    const own = ownPem({ key: both, chain: both }, { from: 'client.pem' })
    expect(own.key).toBe(client.key)
    expect(subjects(own.chain)).toHaveLength(2)
  })

  it('may be in one line, as in a properties file', () => {
    const line = client.cert.replaceAll('\n', ' ')
    expect(subjects(ownPem({ key: client.key.replaceAll('\n', ' '), chain: line }, { from: 'x' }).chain)).toHaveLength(
      1,
    )
  })

  it('may have its key encrypted', () => {
    const key = encryptedKey('hunter2')
    const keyPassword = new Secret('hunter2')
    const chain = client.cert
    expect(ownPem({ key, chain }, { from: 'x', keyPassword }).key).toBe(client.key)
    expect(() => ownPem({ key, chain }, { from: 'x' })).toThrow(
      'holds an encrypted private key, and there is no password',
    )
    expect(() => ownPem({ key, chain }, { from: 'x', keyPassword: new Secret('no') })).toThrow(
      'the password does not open the private key in x',
    )
  })

  it.each([
    ['without a key', { key: client.cert, chain: client.cert }, 'k.pem holds no private key in PEM form'],
    ['without a certificate', { key: client.key, chain: client.key }, 'c.pem holds no certificate in PEM form'],
    [
      'with the certificate of another key',
      { key: client.key, chain: other.cert },
      'the first certificate in c.pem is for another key than the one in k.pem',
    ],
    [
      'with a damaged certificate',
      { key: client.key, chain: client.cert.replace(/\n.{30}/, '\n') },
      'c.pem holds a certificate that is damaged',
    ],
  ])('is refused %s', (_what, texts, message) => {
    expect(() => ownPem(texts, { from: 'c.pem', keyFrom: 'k.pem' })).toThrow(message)
  })
})

function generatedKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
}

function encryptedKey(passphrase: string): string {
  return createPrivateKey(client.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString()
}
