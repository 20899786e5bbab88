import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import { exportJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { signingAlgorithms, type SigningAlgorithm } from '../../src/keys/algorithm.ts'
import { requirePrivateFile } from '../../src/keys/file-mode.ts'
import { parsePrivateKey, parsePublicJwks } from '../../src/keys/private-key.ts'
import { localSigner } from '../../src/keys/signer.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { bare, formsOf, inside, jwk, keyOf, outdated, passphrase, pbes1, pkcs8, spki } from './key-forms.ts'

const from = '/keys/orders.pem'
const secret = new Secret(passphrase)
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
const ed448 = generateKeyPairSync('ed448').privateKey

/** The one line that a user sees. */
function refusalOf(text: string, algorithm: SigningAlgorithm = 'RS256', words?: string): string {
  try {
    parsePrivateKey(text, { algorithm, from, ...(words !== undefined && { passphrase: new Secret(words) }) })
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    return (error as TokenError).description
  }
  throw new Error('was taken as a private key')
}

/** By node:crypto, which shares no code with jose. */
function isSigned(token: string, algorithm: SigningAlgorithm, key: KeyObject): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const hash = { RS256: 'sha256', PS256: 'sha256', ES256: 'sha256', ES384: 'sha384', EdDSA: null }[algorithm]
  const options =
    algorithm === 'PS256'
      ? { padding: 6, saltLength: 32 }
      : algorithm.startsWith('ES')
        ? { dsaEncoding: 'ieee-p1363' as const }
        : {}
  return verify(hash, Buffer.from(`${header}.${claims}`), { key, ...options }, Buffer.from(signature, 'base64url'))
}

describe.each(signingAlgorithms)('a private key for %s', (algorithm) => {
  it.each(formsOf(keyOf[algorithm]))('signs when it is read from %s', async (_name, text, isEncrypted) => {
    const { key } = parsePrivateKey(text, { algorithm, from, ...(isEncrypted && { passphrase: secret }) })
    const claims = { iss: 'orders', exp: 4_000_000_000, iat: 1_760_000_000 }
    const token = await localSigner(key, algorithm).sign(claims)
    const publicKey = createPublicKey(keyOf[algorithm])
    const { payload, protectedHeader } = await jwtVerify(token, publicKey)
    expect(payload).toEqual(claims)
    expect(protectedHeader.alg).toBe(algorithm)
    expect(isSigned(token, algorithm, publicKey)).toBe(true)
  })

  it('is opened by no other passphrase, and by none', () => {
    const encrypted = formsOf(keyOf[algorithm]).filter(([, , isEncrypted]) => isEncrypted)
    for (const [, text] of encrypted) {
      expect(refusalOf(text, algorithm, 'wrong')).toBe(
        `the passphrase does not open the private key in ${from}. Correct the passphrase: every character counts, also spaces at its end. [ERR_KEY_PASSPHRASE]`,
      )
      for (const none of [undefined, '']) {
        expect(refusalOf(text, algorithm, none)).toBe(
          `${from} holds an encrypted private key, and there is no passphrase for it. Put the passphrase in a file and name it with assertion.privateKeyPassphraseFile (--assertion-private-key-passphrase-file). [ERR_KEY_PASSPHRASE]`,
        )
      }
    }
  })

  it('does not mind a passphrase that it does not need', () => {
    expect(parsePrivateKey(pkcs8(keyOf[algorithm]), { algorithm, from, passphrase: secret }).key.type).toBe('private')
  })
})

describe('a key of another kind', () => {
  const make = (algorithm: string): string =>
    `kafka-token-sidecar keys generate --algorithm ${algorithm} --out key.pem [ERR_KEY_TYPE]`

  it.each([
    ['RS256', rsa1024, 'an RSA key of 1024 bits', 'an RSA key of at least 2048 bits', 'Make one with'],
    [
      'RS256',
      keyOf.ES256,
      'an EC key on P-256',
      'an RSA key of at least 2048 bits',
      'Set the algorithm to ES256, or make one with',
    ],
    [
      'PS256',
      rsaPss,
      'an RSA key of 2048 bits that is marked as for RSA-PSS alone',
      'an RSA key of at least 2048 bits',
      'Make one with',
    ],
    [
      'ES256',
      keyOf.RS256,
      'an RSA key of 2048 bits',
      'an EC key on P-256',
      'Set the algorithm to RS256, or make one with',
    ],
    ['ES256', keyOf.ES384, 'an EC key on P-384', 'an EC key on P-256', 'Set the algorithm to ES384, or make one with'],
    ['ES384', keyOf.ES256, 'an EC key on P-256', 'an EC key on P-384', 'Set the algorithm to ES256, or make one with'],
    ['ES256', p521, 'an EC key on P-521', 'an EC key on P-256', 'Make one with'],
    ['ES256', keyOf.EdDSA, 'an Ed25519 key', 'an EC key on P-256', 'Set the algorithm to EdDSA, or make one with'],
    ['EdDSA', ed448, 'an Ed448 key', 'an Ed25519 key', 'Make one with'],
    [
      'RS256',
      generateKeyPairSync('x25519').privateKey,
      'a key of type x25519',
      'an RSA key of at least 2048 bits',
      'Make one with',
    ],
  ] as const)('is refused for %s', (algorithm, key, holds, needs, advice) => {
    const line = `${from} holds ${holds}; ${algorithm} was asked for, which needs ${needs}. ${advice}: ${make(algorithm)}`
    expect(refusalOf(pkcs8(key), algorithm)).toBe(line)
    if (key.asymmetricKeyType !== 'rsa-pss') expect(refusalOf(JSON.stringify(jwk(key)), algorithm)).toBe(line)
  })
})

describe('what is no private key', () => {
  const certificate = certificateAuthority().cert
  const publicKey = createPublicKey(keyOf.RS256)
  const another = 'Name the private key that belongs to it, which is another file.'
  const openssh = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n'
  const asText = (bytes: readonly number[]): string => Buffer.from(bytes).toString('utf8')
  const pkcs12 = [
    0x30, 0x82, 9, 0xda, 2, 1, 3, 0x30, 0x82, 9, 0x84, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1, 0xa0,
  ]
  const help = 'Name a private key in PEM or JWK form that the user of the sidecar can read.'

  it.each([
    ['an empty file', ' \r\n\uFEFF', `nothing: the file is empty. ${help}`],
    ['a certificate', certificate, `a certificate, not a private key. ${another}`],
    ['a certificate in bare base64', inside(certificate), `a certificate, not a private key. ${another}`],
    ['a public key', spki(publicKey), `a public key, not a private one. ${another}`],
    ['a public key in bare base64', inside(spki(publicKey)), `a public key, not a private one. ${another}`],
    ['a public JWK', JSON.stringify(jwk(publicKey)), `a public key, not a private one. ${another}`],
    ['a public JWK Set', JSON.stringify({ keys: [jwk(publicKey)] }), `a public key, not a private one. ${another}`],
    [
      'a public key of SSH',
      'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC me@here',
      `a public key, not a private one. ${another}`,
    ],
    [
      'a certificate request',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIC\n-----END CERTIFICATE REQUEST-----',
      `a certificate request, not a private key. ${another}`,
    ],
    [
      'a key of OpenSSH',
      openssh,
      `a private key in the format of OpenSSH. Convert a copy of an RSA or ECDSA key: cp ${from} key.pem && ssh-keygen -p -m PKCS8 -N '' -f key.pem`,
    ],
    [
      'a key of PuTTY',
      'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n',
      'a private key in the format of PuTTY. Export it in OpenSSH format with puttygen, then: ssh-keygen -p -m PKCS8 -f key.pem',
    ],
    [
      'a key of PGP',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
      `something of PGP, which JSON Web Tokens are not signed with. ${help}`,
    ],
    [
      'a keystore of PKCS#12',
      asText(pkcs12),
      `a PKCS#12 keystore. Take the key out: openssl pkcs12 -in ${from} -nocerts -out key.pem`,
    ],
    [
      'a keystore of Java',
      asText([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1]),
      `a Java keystore (JKS). Take the key out: keytool -importkeystore -srckeystore ${from} -destkeystore key.p12 -deststoretype PKCS12 && openssl pkcs12 -in key.p12 -nocerts -out key.pem`,
    ],
    [
      'a key in DER',
      keyOf.RS256.export({ type: 'pkcs8', format: 'der' }).toString('utf8'),
      `binary data, perhaps a key in DER form. Convert it: openssl pkey -inform DER -in ${from} -out key.pem`,
    ],
    [
      'other binary data',
      asText([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
      `binary data that is not a private key in PEM form. ${help}`,
    ],
    [
      'a key in UTF-16',
      Buffer.from(`\uFEFF${pkcs8(keyOf.RS256)}`, 'utf16le').toString('utf8'),
      'text in UTF-16. Save the file as UTF-8.',
    ],
    [
      'a web page',
      '<!DOCTYPE html><html><body>Sign in</body></html>',
      'a web page or XML, not a private key. Look at what was downloaded; often it is a login or error page.',
    ],
    [
      'a key that is cut off',
      pkcs8(keyOf.RS256).slice(0, 900),
      'a private key that is cut off: its line -----END is missing. Copy the whole file; a file that is being written is read again by itself.',
    ],
    [
      'a key with a changed line',
      pkcs8(keyOf.RS256).replace(/\n.{64}/, '\n'),
      'a damaged block of PEM (PRIVATE KEY). Copy the key again, from the line -----BEGIN to the line -----END, without changing its lines.',
    ],
    [
      'a key file of a Google service account',
      JSON.stringify({ type: 'service_account', private_key: pkcs8(keyOf.RS256) }),
      `a key file of a Google service account, not the private key alone. Take the key out: jq -r .private_key ${from} > key.pem`,
    ],
    ['other JSON', '{"a":1}', `JSON that is neither a JWK nor a JWK Set (RFC 7517). ${help}`],
    [
      'JSON that is cut off',
      JSON.stringify(jwk(keyOf.RS256)).slice(0, 300),
      `JSON that is cut off, not valid, or a list; a JWK Set is an object with the member keys. ${help}`,
    ],
    [
      'a list of JWKs',
      JSON.stringify([jwk(keyOf.RS256)]),
      `JSON that is cut off, not valid, or a list; a JWK Set is an object with the member keys. ${help}`,
    ],
    ['a symmetric JWK', '{"kty":"oct","k":"c2VjcmV0"}', `a JWK of type oct, not a private key. ${help}`],
    ['an empty JWK Set', '{"keys":[]}', `a JWK Set without a private key. ${help}`],
    [
      'a token',
      'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln',
      'a JSON Web Token, not the key to sign one. A ready-made assertion is named with assertion.file.',
    ],
    ['a password', 'hunter2', `something that is not a private key in PEM form. ${help}`],
  ])('is told as what it is: %s', (_what, text, line) => {
    expect(refusalOf(text)).toBe(`${from} holds ${line} [ERR_KEY_FILE]`)
  })

  it.each([
    ['PBE-MD5-DES', '2a864886f70d010503'],
    ['PBE-SHA1-DES', '2a864886f70d01050a'],
    ['PBE-SHA1-RC2-64', '2a864886f70d01050b'],
    ['PBE-SHA1-RC4-128', '2a864886f70d010c0101'],
    ['PBE-SHA1-RC2-40', '2a864886f70d010c0106'],
  ])('is told as encrypted in an outdated way: %s', (name, identifier) => {
    const line = `${from} holds a private key encrypted by ${name}, which OpenSSL 3 no longer reads. Encrypt it anew: openssl pkcs8 -provider legacy -provider default -topk8 -v2 aes-256-cbc -in ${from} -out new.pem [ERR_KEY_FILE]`
    for (const text of [outdated(identifier), inside(outdated(identifier))]) {
      expect(refusalOf(text, 'RS256', passphrase)).toBe(line)
    }
  })

  it('is told as encrypted in an outdated way: DES of the nineties', () => {
    const body = inside(pkcs8(keyOf.ES256))
    const text = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0102030405060708\n\n${body}\n-----END RSA PRIVATE KEY-----\n`
    expect(refusalOf(text, 'RS256', passphrase)).toContain('encrypted by DES-CBC, which OpenSSL 3 no longer reads')
  })
})

describe('a JWK', () => {
  const broken = `${from} holds JSON Web Keys, and the %s key in it is incomplete or damaged. A private JWK needs kty RSA with n, e, d, p, q, dp, dq and qi, kty EC with crv, x, y and d, or kty OKP with crv, x and d. [ERR_KEY_FILE]`
  const { n, e, d } = jwk(keyOf.RS256)
  const otherRsa = jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const otherEc = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)

  it.each([
    ['RSA', 'with n, e and d alone', { kty: 'RSA', n, e, d }],
    ['RSA', 'with the n of another key', { ...jwk(keyOf.RS256), n: otherRsa['n'] }],
    ['EC', 'with the point of another key', { ...jwk(keyOf.ES256), x: otherEc['x'], y: otherEc['y'] }],
    ['EC', 'whose d is no text', { ...jwk(keyOf.ES256), d: 5 }],
    ['EC', 'whose d is no base64url', { ...jwk(keyOf.ES256), d: '!!!' }],
    ['EC', 'of an unknown curve', { ...jwk(keyOf.ES256), crv: 'P-999' }],
    ['OKP', 'without x', { kty: 'OKP', crv: 'Ed25519', d: jwk(keyOf.EdDSA)['d'] }],
  ])('of type %s is refused %s', (kty, _what, key) => {
    const algorithm = ({ RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' } as const)[kty as 'RSA']
    for (const value of [key, { keys: [key] }]) {
      expect(refusalOf(JSON.stringify(value), algorithm)).toBe(broken.replace('%s', kty))
    }
  })

  it('brings its kid', () => {
    const text = JSON.stringify({ ...jwk(keyOf.ES256), kid: 'orders-1', use: 'sig', alg: 'ES256', key_ops: ['sign'] })
    expect(parsePrivateKey(text, { algorithm: 'ES256', from })).toMatchObject({ kid: 'orders-1', others: [] })
  })

  it.each([
    [{ alg: 'PS256' }, 'a JWK that is for PS256'],
    [{ alg: 'RSA-OAEP' }, 'a JWK that is for RSA-OAEP'],
    [{ use: 'enc' }, 'a JWK that is not for signatures (use, key_ops)'],
    [{ key_ops: ['decrypt'] }, 'a JWK that is not for signatures (use, key_ops)'],
  ])('says what it is for, and is used for nothing else: %j', (says, words) => {
    expect(refusalOf(JSON.stringify({ ...jwk(keyOf.RS256), ...says }))).toBe(
      `${from} holds ${words}; RS256 was asked for. Set the algorithm to that of the JWK (alg), or name another key. [ERR_KEY_TYPE]`,
    )
  })

  it('may name its algorithm as RFC 9864 does', () => {
    const text = JSON.stringify({ ...jwk(keyOf.EdDSA), alg: 'Ed25519' })
    expect(parsePrivateKey(text, { algorithm: 'EdDSA', from }).key.type).toBe('private')
  })
})

describe('a JWK Set', () => {
  const newer: Record<string, unknown> = { ...otherKey(), kid: 'new' }
  const set = JSON.stringify({
    keys: [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' },
      { ...jwk(keyOf.RS256), kid: 'rsa', alg: 'PS256' },
      { ...jwk(createPublicKey(keyOf.ES256)), kid: 'former' },
      { ...jwk(keyOf.RS256), use: 'enc', kid: 'enc' },
      { ...jwk(keyOf.ES256), kid: 'own' },
      newer,
      jwk(keyOf.EdDSA),
    ],
  })

  function otherKey(): Record<string, unknown> {
    return jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  }

  it('signs with the first private key that fits, and gives the public halves of the others', async () => {
    const { key, kid, others } = parsePrivateKey(set, { algorithm: 'ES256', from })
    expect(key.equals(keyOf.ES256)).toBe(true)
    expect(kid).toBe('own')
    const publicHalf = (half: KeyObject): Promise<object> => exportJWK(createPublicKey(half))
    expect(others).toEqual([
      { ...(await publicHalf(keyOf.RS256)), kid: 'rsa', use: 'sig', alg: 'PS256' },
      { ...(await publicHalf(keyOf.ES256)), kid: 'former', use: 'sig', alg: 'ES256' },
      { kty: 'EC', crv: 'P-256', x: newer['x'], y: newer['y'], kid: 'new', use: 'sig', alg: 'ES256' },
      {
        ...(await publicHalf(keyOf.EdDSA)),
        kid: expect.stringMatching(/^[\w-]{43}$/) as string,
        use: 'sig',
        alg: 'EdDSA',
      },
    ])
  })

  it('without a key that fits says so', () => {
    expect(refusalOf(set, 'ES384')).toMatch(
      /^\/keys\/orders\.pem holds 5 keys, none of them to sign with ES384\. .* \[ERR_KEY_TYPE\]$/,
    )
  })
})

describe('public keys', () => {
  it.each([
    ['a private key', pkcs8(keyOf.ES256)],
    ['a public key', spki(createPublicKey(keyOf.ES256))],
    ['an encrypted key', pbes1(keyOf.ES256, passphrase)],
    ['a public JWK', JSON.stringify(jwk(createPublicKey(keyOf.ES256)))],
  ])('are taken from %s', async (_what, text) => {
    expect(parsePublicJwks(text, { from, passphrase: secret })).toEqual([
      {
        ...(await exportJWK(createPublicKey(keyOf.ES256))),
        kid: expect.stringMatching(/^[\w-]{43}$/) as string,
        use: 'sig',
        alg: 'ES256',
      },
    ])
  })

  it('of RSA are for RS256 unless they or the caller say something else', () => {
    const algorithms = (text: string, algorithm?: SigningAlgorithm): unknown =>
      parsePublicJwks(text, { from, algorithm }).map(({ alg }) => alg)
    expect(algorithms(pkcs8(keyOf.RS256))).toEqual(['RS256'])
    expect(algorithms(pkcs8(keyOf.RS256), 'PS256')).toEqual(['PS256'])
    expect(algorithms(JSON.stringify({ ...jwk(keyOf.RS256), alg: 'PS256' }))).toEqual(['PS256'])
  })

  it('too weak to sign with are refused', () => {
    expect(() => parsePublicJwks(pkcs8(rsa1024), { from })).toThrow(`${from} holds an RSA key of 1024 bits`)
  })
})

describe('an error about a key', () => {
  it('quotes nothing of it, in no depth', () => {
    const { d } = jwk(keyOf.ES256)
    const pieces = [bare(keyOf.RS256).slice(100, 130), String(d), passphrase]
    const texts = [
      pkcs8(keyOf.RS256),
      pkcs8(keyOf.RS256).slice(0, 900),
      pkcs8(keyOf.RS256).replace('A', '!'),
      bare(keyOf.RS256).slice(0, 901),
      pbes1(keyOf.RS256, 'another'),
      JSON.stringify({ ...jwk(keyOf.ES256), crv: 'P-999' }),
      JSON.stringify({ ...jwk(keyOf.ES256), x: undefined }),
      JSON.stringify(jwk(keyOf.ES256)).slice(0, -3),
      JSON.stringify({ keys: [jwk(keyOf.ES256), null] }),
    ]
    for (const text of texts) {
      let said = ''
      try {
        parsePrivateKey(text, { algorithm: 'ES384', from, passphrase: secret })
      } catch (error) {
        for (let thrown = error; thrown instanceof Error; thrown = thrown.cause) {
          said += `${thrown.stack ?? ''} ${JSON.stringify(Object.entries(thrown))}`
        }
        said += (error as TokenError).description
      }
      expect(said).toContain('ERR_KEY_')
      for (const piece of pieces) expect(said).not.toContain(piece)
    }
  })
})

describe('a key file', () => {
  it.each([0o600, 0o640, 0o644, 0o660, 0o400, 0o100644])('may have mode %o', (mode) => {
    requirePrivateFile(from, mode)
  })

  it.each([
    [0o100666, '0666'],
    [0o602, '0602'],
  ])('may not be writable by everybody: %o', (mode, shown) => {
    expect(() => {
      requirePrivateFile(from, mode)
    }).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_FILE_MODE',
        description: `everybody may write ${from} (mode ${shown}). Take that right away: chmod o-w ${from} [ERR_KEY_FILE_MODE]`,
      }) as Error,
    )
  })
})
