import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keys } from '../../src/cli/keys.ts'
import { ConfigError } from '../../src/config/fault.ts'
import { signingAlgorithms } from '../../src/keys/algorithm.ts'
import { thumbprint } from '../../src/keys/jwk.ts'
import { TokenError } from '../../src/token/error.ts'
import { run } from './command-line.ts'
import { run as runProcess } from './sidecar-process.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-keys-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const inFolder = (name: string): string => join(folder, name)

function written(name: string, text: string): string {
  writeFileSync(inFolder(name), text)
  return inFolder(name)
}

/** What the command prints on standard output; nothing goes to standard error. */
async function printed(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  let out = ''
  let err = ''
  const terminal = {
    env,
    execArgv: [],
    isWatched: false,
    isErrorWatched: false,
    isFed: false,
    readInput: () => Promise.resolve(''),
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  expect(await keys.run(argv, terminal)).toBe(0)
  expect(err).toBe('')
  return out
}

async function refusalOf(argv: readonly string[], env?: Record<string, string>): Promise<string> {
  const error = await printed(argv, env).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof TokenError) return error.description
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).message
}

describe('keys generate', () => {
  it.each(signingAlgorithms)('makes a key for %s and prints its public half', async (algorithm) => {
    const file = inFolder(`${algorithm}.pem`)
    const out = await printed(['generate', '--algorithm', algorithm, '--out', file])
    const jwk = JSON.parse(out) as JWK
    expect(jwk).toMatchObject({ kid: thumbprint(jwk), use: 'sig', alg: algorithm })
    expect(Object.keys(jwk).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    const token = await new SignJWT({ iss: 'me' })
      .setProtectedHeader({ alg: algorithm })
      .sign(createPrivateKey(readFileSync(file)))
    await jwtVerify(token, await importJWK(jwk))
    expect(JSON.parse(await printed(['public', '--key', file, '--algorithm', algorithm]))).toEqual({ keys: [jwk] })
  })

  it('makes a key for RS256 by default, as Kafka does', async () => {
    const jwk = JSON.parse(await printed(['generate', `--out=${inFolder('default.pem')}`])) as JWK
    expect(jwk.alg).toBe('RS256')
    expect(createPrivateKey(readFileSync(inFolder('default.pem'))).asymmetricKeyDetails?.modulusLength).toBe(2048)
  })

  it('never replaces a file', async () => {
    const file = written('mine.pem', 'mine')
    expect(await refusalOf(['generate', '--out', file])).toBe(
      `${file} is there already. Name another file: a private key is never replaced. [ERR_KEY_FILE]`,
    )
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('says where it cannot write', async () => {
    const file = inFolder('none/key.pem')
    expect(await refusalOf(['generate', '--out', file])).toBe(
      `cannot write a new key to ${file} (ENOENT). Name a file in a folder that the user of the sidecar may write, or create the key yourself. [ERR_KEY_FILE]`,
    )
  })
})

describe('keys public', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const passphrase = 'a passphrase'
  const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string
  const own = publicKey.export({ format: 'jwk' })

  it.each([
    ['a private key', privateKey.export({ type: 'sec1', format: 'pem' }) as string],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['a JWK Set', JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] })],
  ])('prints the JWK Set of %s', async (_what, text) => {
    const set = JSON.parse(await printed(['public', '--key', written('any', text)])) as { keys: JWK[] }
    expect(set).toEqual({ keys: [{ ...own, kid: thumbprint(own as JWK), use: 'sig', alg: 'ES256' }] })
  })

  it('opens an encrypted key by a file or by the variable of the sidecar', async () => {
    const argv = ['public', '--key', written('encrypted.pem', encrypted)]
    const file = written('passphrase', `${passphrase}\n`)
    const expected = await printed([
      'public',
      '--key',
      written('plain.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string),
    ])
    expect(await printed([...argv, '--passphrase-file', file])).toBe(expected)
    expect(await printed(argv, { KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE: passphrase })).toBe(expected)
    expect(await refusalOf(argv)).toContain('[ERR_KEY_PASSPHRASE]')
    expect(await refusalOf(argv, { KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE: 'wrong' })).toContain('[ERR_KEY_PASSPHRASE]')
  })

  it('says which file it cannot read', async () => {
    expect(await refusalOf(['public', '--key', folder])).toContain(`cannot read ${folder} (EISDIR)`)
    const key = written('key.pem', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string)
    const none = inFolder('none')
    expect(await refusalOf(['public', '--key', key, '--passphrase-file', none])).toContain(
      `cannot read ${none} (ENOENT)`,
    )
  })
})

describe('keys rotate', () => {
  type Member = JWK & { iat?: number }
  const membersOf = (file: string): Member[] => (JSON.parse(readFileSync(file, 'utf8')) as { keys: Member[] }).keys
  const kidsIn = (text: string): unknown[] => (JSON.parse(text) as { keys: JWK[] }).keys.map(({ kid }) => kid)

  it('makes a set, adds to it, prints what is public and says when the new key begins to sign', async () => {
    const file = inFolder('set.json')
    const first = await run(['keys', 'rotate', '--key', file])
    expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/^The new key \S+ signs at once/) as string })
    const second = await run(['keys', 'rotate', '--key', file])
    const [a, b] = membersOf(file)
    expect(kidsIn(first.out)).toEqual([a?.kid])
    expect(kidsIn(second.out)).toEqual([a?.kid, b?.kid])
    const signsAt = new Date((Number(b?.iat) + 3_900) * 1_000).toISOString()
    expect(second.err).toBe(
      `The new key ${b?.kid ?? ''} signs from ${signsAt} on, with publishAhead of 1h, if every sidecar has the file within 5 minutes.\n`,
    )
    expect(first.out + second.out).not.toContain('"d"')
    expect(second.out).toBe(await printed(['public', '--key', file]))
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('makes a set of a key in PEM form, and takes out what another took over from', async () => {
    const file = inFolder('issuer.json')
    await printed(['generate', '--algorithm', 'ES256', '--out', file])
    const before = kidsIn(await printed(['public', '--key', file]))
    await run(['keys', 'rotate', '--key', file])
    const [a, b] = membersOf(file)
    expect([[a?.kid], a?.iat]).toEqual([before, undefined])
    writeFileSync(file, JSON.stringify({ keys: [a, { ...b, iat: 1_760_000_000 }] }))
    const { err } = await run(['keys', 'rotate', '--key', file, '--keep', '30d'])
    expect(err).toContain(`The old key ${a?.kid ?? ''} is no longer there.\n`)
    expect(membersOf(file).map(({ kid }) => kid)).toEqual([b?.kid, expect.any(String)])
  })

  it.each([
    ['what it cannot read as a key', 'mine', '[ERR_KEY_FILE]'],
    [
      'a key with a passphrase',
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----',
      '[ERR_KEY_PASSPHRASE]',
    ],
  ])('leaves %s alone', async (_what, text, code) => {
    const file = written('other', text)
    expect(await run(['keys', 'rotate', '--key', file])).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining(code) as string,
    })
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(existsSync(`${file}.new`)).toBe(false)
  })

  it('loses no key when several run at once', async () => {
    const file = inFolder('shared.json')
    const all = await Promise.all([1, 2, 3].map(() => runProcess(['keys', 'rotate', '--key', file])))
    const done = all.filter(({ code }) => code === 0)
    expect(done.length).toBeGreaterThan(0)
    expect(membersOf(file).length).toBe(done.length)
    for (const { code, err } of all) if (code !== 0) expect(err).toContain('[ERR_KEY_FILE]')
    expect(existsSync(`${file}.new`)).toBe(false)
  }, 30_000)
})

describe('keys', () => {
  it.each([
    ['', 'keys: must be followed by generate, public or rotate'],
    ['genrate', 'keys (given: genrate): must be followed by generate, public or rotate; did you mean generate?'],
    ['generate', '--out: must name the file for the private key, which is not printed'],
    ['generate --out', '--out: needs a value'],
    ['generate --out --algorithm ES256', '--out: needs a value'],
    ['generate --out=', '--out: needs a value'],
    ['generate --ot key.pem', '--ot: no such option; did you mean --out?'],
    ['generate --out a b', 'b: is not expected here'],
    ['generate --out a --key b', '--key: no such option'],
    [
      'generate --out a --algorithm es256',
      '--algorithm (given: es256): must be one of RS256, PS256, ES256, ES384, EdDSA; did you mean ES256?',
    ],
    [
      'generate --out a --algorithm HS256',
      '--algorithm (given: HS256): must be one of RS256, PS256, ES256, ES384, EdDSA; did you mean RS256?',
    ],
    ['public', '--key: must name the file of the key'],
    ['rotate', '--key: must name the file of the keys'],
    ['rotate --key a --out b', '--out: no such option'],
    [
      'rotate --key a --keep long',
      '--keep (given: long): must be a duration such as 1h or 7d; a bare number is seconds',
    ],
    [
      'rotate --key a --algorithm HS256',
      '--algorithm (given: HS256): must be one of RS256, PS256, ES256, ES384, EdDSA; did you mean RS256?',
    ],
  ])('refuses %j', async (line, message) => {
    expect(await refusalOf(line.split(' '))).toBe(message)
  })

  it('tells how it is used', async () => {
    const help = await keys.help()
    expect(help).toMatch(/^Usage: kafka-token-sidecar keys generate --out FILE/)
    for (const flag of ['--out', '--key', '--algorithm', '--keep', '--passphrase-file'])
      expect(help).toContain(`  ${flag} `)
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})
