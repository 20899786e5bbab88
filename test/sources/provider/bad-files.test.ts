import { createPublicKey } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { TokenError } from '../../../src/token/error.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { keyOf, pkcs8, spki } from '../../keys/key-forms.ts'
import { failureOf } from '../outcome.ts'
import { make, problemsOf } from './make.ts'

const leak = 'never-to-be-seen'
const authority = certificateAuthority()
const pair = authority.issue('orders.example')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-bad-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let files = 0
function file(content: string | object, mode = 0o600): string {
  const path = join(folder, `file-${++files}`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(path, mode)
  return path
}

function directory(): string {
  const path = join(folder, `folder-${++files}`)
  mkdirSync(path)
  return path
}

const missing = (): string => join(folder, 'missing')
const idp = { tokenEndpoint: 'https://idp.example/token', clientId: 'orders' }
// Nothing that is wrong with a file is found by asking the provider.
const platform = { ...nodePlatform({}), fetch: () => Promise.reject(new Error('the provider was asked')) }

/** The error at the start, in which the path of the file is FILE. */
function atStart(options: Readonly<Record<string, unknown>>, path: string): TokenError {
  try {
    make('client-credentials', { ...idp, ...options }, { platform })
  } catch (error) {
    if (error instanceof TokenError) return expectSilence(error, path)
    throw error
  }
  throw new Error('it was taken')
}

function expectSilence(error: TokenError, path: string): TokenError {
  const text = [error.description, error.stack, String(error.cause)].join('\n')
  for (const hidden of [leak, 'BEGIN', 'eyJ'])
    expect(text.replace('-----BEGIN CERTIFICATE-----', '')).not.toContain(hidden)
  return Object.assign(error, { line: error.description.replaceAll(path, 'FILE') })
}

const line = (error: TokenError): string => (error as TokenError & { line: string }).line

const secretHint =
  'Put the secret in a file and name it with clientSecretFile (--client-secret-file), or set KTS_CLIENT_SECRET. [ERR_KEY_SECRET]'
const keyHint = 'Name a private key in PEM or JWK form that the user of the sidecar can read. [ERR_KEY_FILE]'
const modeHint = 'Take that right away: chmod o-w FILE [ERR_KEY_FILE_MODE]'
const templateHint = 'Correct assertion.templateFile. [ERR_KEY_TEMPLATE]'
const certificateHint = 'Name the certificate of this very key, in PEM form. [ERR_KEY_CERTIFICATE]'

describe('a client secret in a file', () => {
  it.each([
    ['is missing', missing, `cannot read FILE (ENOENT). ${secretHint}`],
    ['is empty', () => file(''), `FILE holds no secret: it is empty. ${secretHint}`],
    ['is only a line end', () => file('\uFEFF\r\n'), `FILE holds no secret: it is empty. ${secretHint}`],
    ['is only white space', () => file('  \n'), `FILE holds no secret: it is empty. ${secretHint}`],
    ['is a folder', directory, `cannot read FILE (it is not a regular file). ${secretHint}`],
    ['is endless', () => file(leak.repeat(100_000)), `cannot read FILE (it is larger than 1 MB). ${secretHint}`],
    ['may be written by everybody', () => file(leak, 0o666), `everybody may write FILE (mode 0666). ${modeHint}`],
  ])('that %s', (_name, make, expected) => {
    const path = make()
    const error = atStart({ clientSecretFile: path }, path)
    expect(line(error)).toBe(expected)
    expect(error).toMatchObject({ status: 400, transient: false })
  })

  it('that is readable by others is taken: volumes of Kubernetes are so', () => {
    for (const mode of [0o644, 0o640, 0o444]) {
      make('client-credentials', { ...idp, clientSecretFile: file('s3cret', mode) }, { platform })
    }
  })
})

describe('a client secret in a variable', () => {
  it('is needed where nothing else is there', () => {
    const none = atStart({ clientAuth: 'client_secret_basic' }, '/none')
    expect(line(none)).toBe(`there is no client secret: clientSecretFile is not set. ${secretHint}`)
    const blank = { ...platform, env: { KTS_CLIENT_SECRET: '  ' } }
    const around = { platform: blank, profile: 'default' }
    expect(() => make('client-credentials', { ...idp, clientAuth: 'client_secret_post' }, around)).toThrow(
      'KTS_CLIENT_SECRET is not set',
    )
    expect(line(atStart({}, '/none'))).toBe(
      'nothing says how the client proves itself to the provider. Set assertion.privateKeyFile (--assertion-private-key-file), clientSecretFile (--client-secret-file) or KTS_CLIENT_SECRET, or clientAuth: none. [ERR_KEY_SECRET]',
    )
  })

  it('is not sent by a profile without a client: it is that of another one', async () => {
    const sent: { body: string; headers: Record<string, string> }[] = []
    const fetch = (_url: unknown, { body, headers }: { body?: unknown; headers?: object }): Promise<Response> => {
      sent.push({ body: String(body), headers: { ...headers } })
      return Promise.resolve(Response.json({ access_token: 'opaque', expires_in: 60 }))
    }
    const world = { ...platform, env: { KTS_CLIENT_SECRET: leak }, fetch: fetch as typeof platform.fetch }
    const exchange = { tokenEndpoint: idp.tokenEndpoint, format: 'raw', subjectToken: { file: file('subject') } }
    const batch = {
      tokenEndpoint: idp.tokenEndpoint,
      format: 'raw',
      assertion: { privateKeyFile: file(pkcs8(keyOf.RS256)), claim: { iss: 'i' } },
    }
    for (const { source } of [
      make('token-exchange', exchange, { platform: world }),
      make('jwt-bearer', batch, { platform: world }),
    ]) {
      await source.getToken({ profile: 'orders' }, AbortSignal.timeout(5_000))
    }
    expect(sent).toHaveLength(2)
    for (const { headers } of sent) expect(headers).not.toHaveProperty('Authorization')
    expect(JSON.stringify(sent)).not.toContain(leak)
  })
})

describe('a private key', () => {
  it.each([
    ['is missing', missing, `cannot read FILE (ENOENT). ${keyHint}`],
    ['is a folder', directory, `cannot read FILE (it is not a regular file). ${keyHint}`],
    [
      'may be written by everybody',
      () => file(pkcs8(keyOf.RS256), 0o602),
      `everybody may write FILE (mode 0602). ${modeHint}`,
    ],
  ])('that %s', (_name, make, expected) => {
    const path = make()
    expect(line(atStart({ assertion: { privateKeyFile: path } }, path))).toBe(expected)
  })

  it.each([
    ['is empty', () => file(''), 'ERR_KEY_FILE', /^FILE (holds nothing|is empty)/],
    ['is a certificate', () => file(pair.cert), 'ERR_KEY_FILE', /^FILE holds .*certificate/],
    [
      'is public',
      () => file(spki(createPublicKey(keyOf.RS256))),
      'ERR_KEY_FILE',
      /^FILE holds a public key, not a private one/,
    ],
    [
      'is one for ES256',
      () => file(pkcs8(keyOf.ES256)),
      'ERR_KEY_TYPE',
      /^FILE holds an EC key on P-256; RS256 was asked for/,
    ],
    [
      'is encrypted without a passphrase',
      () =>
        file(keyOf.RS256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: leak }) as string),
      'ERR_KEY_PASSPHRASE',
      /^FILE holds an encrypted private key, and there is no passphrase for it/,
    ],
  ])('that %s', (_name, make, code, expected) => {
    const path = make()
    const error = atStart({ assertion: { privateKeyFile: path } }, path)
    expect(error.code).toBe(code)
    expect(line(error)).toMatch(expected)
  })

  it('has a passphrase in a file that is there', () => {
    const path = missing()
    const assertion = { privateKeyFile: file(pkcs8(keyOf.RS256)), privateKeyPassphraseFile: path }
    expect(line(atStart({ assertion }, path))).toBe(
      'cannot read FILE (ENOENT). Put the passphrase in a file and name it with assertion.privateKeyPassphraseFile (--assertion-private-key-passphrase-file). [ERR_KEY_PASSPHRASE]',
    )
  })

  it('has a passphrase in a file that nobody else may write', () => {
    const path = file(leak, 0o606)
    const assertion = { privateKeyFile: file(pkcs8(keyOf.RS256)), privateKeyPassphraseFile: path }
    expect(line(atStart({ assertion }, path))).toBe(`everybody may write FILE (mode 0606). ${modeHint}`)
  })
})

describe('a template', () => {
  it.each([
    ['is missing', missing, `cannot read FILE (ENOENT). ${templateHint}`],
    ['is empty', () => file(''), `FILE is not a JSON object. ${templateHint}`],
    ['is no JSON', () => file(`{"${leak}`), `FILE is not a JSON object. ${templateHint}`],
    ['is a list', () => file([]), `FILE is not a JSON object. ${templateHint}`],
    ['has a list as its header', () => file({ header: [] }), `header in FILE is not a JSON object. ${templateHint}`],
    [
      'has a text as its payload',
      () => file({ payload: leak }),
      `payload in FILE is not a JSON object. ${templateHint}`,
    ],
    ['has null as its payload', () => file({ payload: null }), `payload in FILE is not a JSON object. ${templateHint}`],
    ['is only the claims', () => file({ iss: leak }), `FILE has iss beside header and payload. ${templateHint}`],
    [
      'asks for an extension of JWS',
      () => file({ header: { crit: ['b64'], b64: false } }),
      `header in FILE has crit, and no extension of JWS is known here. ${templateHint}`,
    ],
  ])('that %s', (_name, make, expected) => {
    const path = make()
    const assertion = { privateKeyFile: file(pkcs8(keyOf.RS256)), templateFile: path }
    expect(line(atStart({ assertion }, path))).toBe(expected)
  })

  it('may have neither header nor payload', () => {
    const assertion = { privateKeyFile: file(pkcs8(keyOf.RS256)), templateFile: file({}) }
    make('client-credentials', { ...idp, assertion }, { platform })
  })
})

describe('a certificate of a key', () => {
  const opensslHint =
    'Name the certificate of this very key; compare: openssl x509 -noout -pubkey, openssl pkey -pubout. [ERR_KEY_CERTIFICATE]'

  it.each([
    ['is missing', missing, `cannot read FILE (ENOENT). ${certificateHint}`],
    [
      'is for another key',
      () => file(authority.issue('other.example').cert),
      `the certificate in FILE is for another key than the one that signs. ${opensslHint}`,
    ],
  ])('that %s', (_name, make, expected) => {
    const path = make()
    const assertion = { algorithm: 'ES256', privateKeyFile: file(pair.key), certificateFile: path }
    expect(line(atStart({ assertion }, path))).toBe(expected)
  })
})

describe('files of TLS', () => {
  const caHint =
    'Name the CA certificates that the provider is trusted by with tls.caFile (--tls-ca-file), in PEM form. [ERR_KEY_CERTIFICATE]'

  it.each([
    ['a CA that is missing', missing, `cannot read FILE (ENOENT). ${caHint}`],
    ['a CA that is empty', () => file(''), `FILE holds no certificate in PEM form. ${caHint}`],
    ['a CA that is a key', () => file(pair.key), `FILE holds no certificate in PEM form. ${caHint}`],
    ['a CA that is a page', () => file(`<html>${leak}`), `FILE holds no certificate in PEM form. ${caHint}`],
  ])('%s', (_name, make, expected) => {
    const path = make()
    expect(line(atStart({ clientSecret: new Secret(leak), tls: { caFile: path } }, path))).toBe(expected)
  })

  it.each([
    [
      'a key that is missing',
      () => ({ certFile: file(pair.cert), keyFile: missing() }),
      'ERR_KEY_FILE',
      '--tls-key-file',
    ],
    [
      'a key that is a page',
      () => ({ certFile: file(pair.cert), keyFile: file(leak) }),
      'ERR_KEY_FILE',
      '--tls-key-file',
    ],
    [
      'a certificate that is missing',
      () => ({ certFile: missing(), keyFile: file(pair.key) }),
      'ERR_KEY_CERTIFICATE',
      '--tls-cert-file',
    ],
  ])('%s: the option is named', (_name, make, code, option) => {
    const error = atStart({ tls: make() }, '/none')
    expect(error.code).toBe(code)
    expect(error.hint).toContain(option)
  })

  it.each([
    [
      'a certificate of another key',
      () => ({ certFile: file(authority.issue('b').cert), keyFile: file(pair.key) }),
      /^\S+ is not the certificate of the key in \S+\./,
      'ERR_KEY_CERTIFICATE',
    ],
    [
      'a key that is encrypted',
      () => ({
        certFile: file(pair.cert),
        keyFile: file(
          keyOf.ES256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: leak }) as string,
        ),
      }),
      /^\S+ holds no private key in PEM form that is not encrypted\./,
      'ERR_KEY_FILE',
    ],
    [
      'a key that everybody may write',
      () => ({ certFile: file(pair.cert), keyFile: file(pair.key, 0o666) }),
      /^everybody may write \S+ \(mode 0666\)\./,
      'ERR_KEY_FILE_MODE',
    ],
  ])('%s', (_name, make, expected, code) => {
    const error = atStart({ tls: make() }, '/none')
    expect(error.code).toBe(code)
    expect(error.message + '.').toMatch(expected)
  })
})

describe('a ready-made assertion', () => {
  const hint =
    'Check whatever keeps this file fresh, such as the projected volume or the SPIFFE helper. [ERR_KEY_ASSERTION]'

  it.each([
    ['is missing', missing, `cannot read FILE (ENOENT). ${hint}`],
    ['is empty', () => file('\n'), `FILE is empty. ${hint}`],
    ['is opaque', () => file(leak), `FILE holds no JWT. ${hint}`],
    ['is a folder', directory, `cannot read FILE (it is not a regular file). ${hint}`],
  ])('that %s is waited for on a fresh pod, and is a fault afterwards', async (_name, makeFile, expected) => {
    const path = makeFile()
    let passed = 0
    const clock = { ...platform, monotonicNow: () => passed }
    const { source } = make('client-credentials', { ...idp, assertion: { file: path } }, { platform: clock })
    const early = expectSilence(await failureOf(source), path)
    expect(line(early)).toBe(expected)
    expect(early).toMatchObject({ status: 503, transient: true })
    passed = 30_000
    const late = expectSilence(await failureOf(source), path)
    expect(line(late)).toBe(expected)
    expect(late).toMatchObject({ status: 400, transient: false, oauth: 'unauthorized_client' })
    source.close?.()
  })
})

describe('options that cannot work together', () => {
  const key = { privateKeyFile: '/k.pem' }
  const issuer = 'https://idp.example'
  const ignored = 'would be ignored beside assertion.file: remove one of them'

  it.each<[Parameters<typeof problemsOf>[0], object, string, string]>([
    ['client-credentials', { clientId: 'a', clientAuth: 'none' }, 'issuer', 'is needed, or tokenEndpoint'],
    ['client-credentials', { issuer }, 'clientId', 'is needed, unless an assertion says who the client is'],
    ['client-credentials', { issuer, clientSecretFile: '/s' }, 'clientId', 'is needed with a client secret'],
    ['client-credentials', { issuer, clientAuth: 'client_secret_post' }, 'clientId', 'is needed with a client secret'],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'tls_client_auth' },
      'tls.certFile',
      'is needed with clientAuth: tls_client_auth',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'private_key_jwt' },
      'assertion',
      'is needed with clientAuth: private_key_jwt',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientSecretFile: '/s', assertion: key },
      'clientSecretFile',
      'would be ignored beside assertion: remove one of them',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'client_secret_basic', assertion: key },
      'assertion',
      'would be ignored with clientAuth: client_secret_basic',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'none', assertion: key },
      'assertion',
      'would be ignored with clientAuth: none',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'none', clientSecretFile: '/s' },
      'clientSecretFile',
      'would be ignored with clientAuth: none',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', tls: { certFile: '/c' } },
      'tls.keyFile',
      'is needed with tls.certFile',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', tls: { keyFile: '/c' } },
      'tls.certFile',
      'is needed with tls.keyFile',
    ],
    [
      'client-credentials',
      { issuer, assertion: key },
      'assertion.claim.iss',
      'is needed, or clientId, which it is by default',
    ],
    [
      'client-credentials',
      { issuer, assertion: {}, clientId: 'a' },
      'assertion.privateKeyFile',
      'is needed, or assertion.file with a ready-made assertion',
    ],
    ['client-credentials', { issuer, assertion: { file: '/a', ...key } }, 'assertion.privateKeyFile', ignored],
    ['client-credentials', { issuer, assertion: { file: '/a', profile: 'b' } }, 'assertion.profile', ignored],
    [
      'client-credentials',
      { issuer, assertion: { file: '/a', claim: { jtiInclude: true } } },
      'assertion.claim.jtiInclude',
      ignored,
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', assertion: { ...key, nextKeyFile: '/n' } },
      'assertion.nextKeyFile',
      'only has a meaning with assertion.publishKeys',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', assertion: { signer: 'vault' } },
      'assertion.vault',
      'is needed with signer: vault',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', assertion: { signer: 'google', algorithm: 'ES256' } },
      'assertion.algorithm',
      'must be RS256 with signer: google, which signs in no other way',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'none', format: 'envelope' },
      'principal',
      'is needed with format: envelope',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'none', format: 'envelope', principal: 'p', principalClaim: 'azp' },
      'principalClaim',
      'must be sub with format: envelope',
    ],
    [
      'client-credentials',
      { issuer, clientId: 'a', clientAuth: 'none', principal: 'p' },
      'principal',
      'only has a meaning with format: envelope',
    ],
    [
      'jwt-bearer',
      { issuer, clientId: 'a', clientAuth: 'private_key_jwt', assertion: key },
      'clientAuth',
      'cannot be private_key_jwt with jwt-bearer, where the assertion is the grant',
    ],
    ['token-exchange', { issuer, subjectToken: {} }, 'subjectToken', 'needs either file or profile'],
    [
      'token-exchange',
      { issuer, subjectToken: { file: '/a', profile: 'b' } },
      'subjectToken',
      'needs either file or profile',
    ],
    [
      'token-exchange',
      { issuer, subjectToken: { file: '/a' }, actorToken: {} },
      'actorToken',
      'needs either file or profile',
    ],
  ])('%s with %j: %s', (kind, options, path, problem) => {
    const problems = problemsOf(kind, options as Record<string, unknown>)
    expect(problems.map((each) => `${each.path.join('.')} ${each.problem}`)).toEqual([`${path} ${problem}`])
  })

  it.each<[Parameters<typeof problemsOf>[0], object]>([
    ['client-credentials', { issuer, clientId: 'a' }],
    ['client-credentials', { issuer, assertion: { file: '/a' } }],
    ['client-credentials', { issuer, assertion: { ...key, templateFile: '/t' } }],
    ['client-credentials', { provider: 'confluent', clientId: 'a' }],
    ['client-credentials', { issuer: 'http://127.0.0.1:8080', clientId: 'a' }],
    ['client-credentials', { issuer: 'http://[::1]:8080', clientId: 'a' }],
    ['jwt-bearer', { issuer, assertion: { ...key, claim: { iss: 'i' } } }],
    ['jwt-bearer', { issuer, clientId: 'a', clientSecretFile: '/s', assertion: key }],
    ['token-exchange', { provider: 'confluent', subjectToken: { file: '/a' } }],
    ['token-exchange', { issuer, clientId: 'a', assertion: key, subjectToken: { profile: 'b' } }],
  ])('are not these: %s with %j', (kind, options) => {
    expect(problemsOf(kind, options as Record<string, unknown>)).toEqual([])
  })

  it.each([
    [{ parameters: { grant_type: 'x' } }, 'cannot set parameters that have options of their own'],
    [{ parameters: { client_assertion: 'x' } }, 'cannot set parameters that have options of their own'],
    [{ resource: ['not a URI'] }, 'must be an absolute URI'],
    [{ resource: [] }, 'resource'],
    [{ issuer: 'ftp://idp.example' }, 'must be an http or https URL'],
    [{ clientSecret: 'text' }, 'must not stand in the configuration: use clientSecretFile'],
    [{ assertion: { algorithm: 'rs256' } }, 'algorithm'],
    [{ assertion: { algorithm: 'HS256' } }, 'algorithm'],
    [{ assertion: { claim: { expSeconds: 0 } } }, 'must be a whole number of seconds from 1 to 86400'],
    [{ assertion: { claim: { nbfSeconds: 3_601 } } }, 'must be a whole number of seconds from 0 to 3600'],
    [{ assertion: { claim: { aud: [] } } }, 'aud'],
    [{ assertion: { privatekeyFile: '/k' } }, 'privatekeyFile'],
  ])('nor values like %j', (options, message) => {
    expect(() => problemsOf('client-credentials', { issuer, clientId: 'a', ...options })).toThrow(message)
  })
})
