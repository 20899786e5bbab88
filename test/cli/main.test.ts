import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { run } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-main-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('the command line', () => {
  it.each(['version', '--version'])('tells the version: %s', async (line) => {
    expect(await run(line)).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' })
  })

  it.each(['', 'help', '--help', '-h'])('tells the commands: %j', async (line) => {
    const { code, out, err } = await run(line)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of ['serve', 'token', 'version']) expect(out).toContain(`\n  ${name} `)
  })

  it.each(['serve --help', 'token --help', 'version --help', 'serve -h', 'help serve', 'serve --port nope --help'])(
    'tells how a command is used: %s',
    async (line) => {
      const { code, out, err } = await run(line)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const name = line.replace('help ', '').split(' ')[0] ?? ''
      expect(out).toMatch(new RegExp(`^Usage: kafka-token-sidecar ${name}`))
      if (name !== 'version')
        for (const flag of ['--port', '--source', '--fetch-timeout']) expect(out).toContain(`  ${flag}`)
    },
  )

  it.each([
    ['serv', 'did you mean serve?'],
    ['tokne', 'did you mean token?'],
    ['frobnicate', 'there is no command frobnicate'],
    ['--port', 'there is no command --port'],
  ])('refuses the command %s', async (line, words) => {
    const { code, out, err } = await run(line)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
  })
})

describe('the help of a source', () => {
  it.each(['serve --help --source self-issued', 'help token --source=self-issued'])(
    'tells its options: %s',
    async (line) => {
      const { code, out } = await run(line)
      expect(code).toBe(0)
      expect(out).toContain('Options of the source self-issued:')
      expect(out).toContain('\n  --issuer VALUE\n')
      expect(out).not.toContain('--client-id')
    },
  )
})

describe('a configuration that cannot work', () => {
  it.each(['serve', 'token'])('is refused by %s with exit code 2, all faults at once', async (command) => {
    const { code, out, err } = await run(`${command} --prot 1 --soruce gcp --log-level loud`, {
      env: { KTS_SUBJET: 'a' },
    })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err.split('\n')).toEqual([
      'kafka-token-sidecar: 4 faults in the configuration',
      '  --prot: no such option; did you mean --port?',
      '  --soruce: no such option; did you mean --source?',
      '  KTS_SUBJET: no such option; did you mean KTS_SUBJECT?',
      '  --log-level (given: loud): must be one of debug, info, warn, error, silent',
      `kafka-token-sidecar ${command} --help tells the options.`,
      '',
    ])
  })

  it.each([
    ['that is missing', join(folder, 'none.yaml'), 4, 'cannot be read (ENOENT)'],
    ['that is a folder', folder, 4, 'cannot be read (EISDIR)'],
    ['that is no YAML', written('broken.yaml', 'listen: ['), 2, 'is not valid YAML'],
    ['of a wrong shape', written('list.yaml', '- a'), 2, 'must hold a mapping'],
  ])('is told in one line for a file %s', async (_case, file, expected, words) => {
    const { code, out, err } = await run(['serve', '--config', file])
    expect({ code, out }).toEqual({ code: expected, out: '' })
    expect(err.split('\n')[0]).toBe(
      `kafka-token-sidecar: --config (given: ${file}): ${err.slice(err.indexOf('): ') + 3).split('\n')[0] ?? ''}`,
    )
    expect(err.split('\n')[0]).toContain(words)
  })

  it.each(['--inspect=127.0.0.1:0', '--heapsnapshot-signal=SIGUSR2', '--report-on-signal'])(
    'is refused for a debugging option of Node: %s',
    async (option) => {
      const { code, err } = await run('serve --source self-issued --port 0', { execArgv: [option] })
      expect(code).toBe(2)
      expect(err).toMatch(/--[a-z-]+: lets others read tokens and keys .* NODE_ENV=development/)
    },
  )
})

describe('token', () => {
  it('prints one token and nothing else', async () => {
    const { code, out, err } = await run('token --source self-issued --subject app')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  })

  it('takes its options from the environment', async () => {
    const { out } = await run('token --decode', { env: { KTS_SOURCE: 'self-issued', KTS_SUBJECT: 'orders' } })
    expect(JSON.parse(out)).toMatchObject({ principal: 'orders' })
  })

  it('shows with --decode what is in it, but never the third part', async () => {
    const keyFile = join(folder, 'decode.pem')
    const options = `--source self-issued --subject app --lifetime 10m --scope kafka --key-file ${keyFile}`
    const { code, out, err } = await run(`token --decode ${options}`)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const shown = JSON.parse(out) as { header: unknown; claims: { exp: number }; expiresIn: number; expiresAt: string }
    expect(Object.keys(shown).sort()).toEqual([
      'claims',
      'expiresAt',
      'expiresIn',
      'header',
      'principal',
      'principalClaim',
    ])
    expect(shown).toMatchObject({
      header: { alg: 'ES256', typ: 'at+jwt' },
      claims: { sub: 'app', aud: 'kafka', scope: 'kafka' },
      principal: 'app',
    })
    expect(shown.expiresIn).toBeGreaterThan(590)
    expect(shown.expiresIn).toBeLessThanOrEqual(600)
    expect(Date.parse(shown.expiresAt)).toBe(shown.claims.exp * 1000)
  })

  it('says what was tried and exits with 5 when there is none', { timeout: 20_000 }, async () => {
    // Nothing listens on the discard port, and this home has no credentials.
    const env = { HOME: folder, GCE_METADATA_HOST: '127.0.0.1:9', KTS_HOLD_TIMEOUT: '100ms' }
    const { code, out, err } = await run('token', { env })
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toMatch(/^kafka-token-sidecar: .*\[ERR_[A-Z_]+\]\n$/)
  })
})

describe('a key file', () => {
  const kidOf = async (file: string): Promise<string> => {
    const { code, out, err } = await run(['token', '--decode', '--source', 'self-issued', '--key-file', file])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return (JSON.parse(out) as { header: { kid: string } }).header.kid
  }

  it('is made where there is none, for its owner only, and used again at the next start', async () => {
    const file = join(folder, 'made.pem')
    const first = await kidOf(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(await kidOf(file)).toBe(first)
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it.each([
    ['SEC1', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' })],
    ['PKCS#8', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })],
  ])('can be one that others made: %s', async (name, pem) => {
    expect(await kidOf(written(`own-${name.replace('#', '')}.pem`, pem as string))).toMatch(/^[\w-]{43}$/)
  })

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  it.each([
    ['is empty', '', 'the file is empty'],
    ['is garbage', 'hello', 'not a private key in PEM form'],
    ['is a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string, 'a public key'],
    ['is of another type', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'ES256 was asked for'],
    [
      'is on another curve',
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      'ES256 was asked for',
    ],
  ])('that %s is told in one line, exit code 4', async (_case, text, words) => {
    const file = written('wrong.pem', text)
    const { code, out, err } = await run(['serve', '--source', 'self-issued', '--port', '0', '--key-file', file])
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toMatch(/^kafka-token-sidecar: .*\[ERR_KEY_(FILE|TYPE)\]\n$/)
    expect(err).toContain(words)
    expect(err).toContain(file)
    if (text.includes('\n')) expect(err).not.toContain(text.split('\n')[1])
  })

  it.each([
    ['in no folder', join(folder, 'none', 'key.pem'), 'ENOENT'],
    ['that is a folder', folder, 'EISDIR'],
  ])('%s is told in one line, exit code 4', async (_case, file, words) => {
    const { code, err } = await run(['serve', '--source', 'self-issued', '--port', '0', '--key-file', file])
    expect(code).toBe(4)
    expect(err).toMatch(/^kafka-token-sidecar: [^\n]*\n$/)
    expect(err).toContain(words)
  })
})
