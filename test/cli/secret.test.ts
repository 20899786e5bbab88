import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matchesHash, parseSecretHash } from '../../src/callers/secret/secret-hash.ts'
import { secret } from '../../src/cli/secret.ts'
import { Secret } from '../../src/platform/secret.ts'
import { run, type Ran } from './command-line.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-secret-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const inFolder = (name: string): string => join(folder, name)

function written(name: string, text: string | Uint8Array): string {
  writeFileSync(inFolder(name), text)
  return inFolder(name)
}

/** Whether what was printed is the hash of the secret, and nothing else. */
async function isHashOf({ code, out, err }: Ran, text: string): Promise<boolean> {
  expect([code, err]).toEqual([0, ''])
  const hash = parseSecretHash(out.replace(/\n$/, ''))
  return hash !== undefined && matchesHash(new Secret(text), hash)
}

describe('secret generate', () => {
  it('writes a new secret that only its owner may read, and prints the hash', async () => {
    const file = inFolder('orders.secret')
    const ran = await run(['secret', 'generate', '--out', file])
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^[\w-]{43}$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(ran.out).not.toContain(text)
    expect(await isHashOf(ran, text)).toBe(true)
    expect(await isHashOf(await run(['secret', 'hash', '--in', file]), text)).toBe(true)
  })

  it('makes another one each time', async () => {
    for (const name of ['1', '2']) await run(['secret', 'generate', `--out=${inFolder(name)}`])
    expect(readFileSync(inFolder('1'), 'utf8')).not.toBe(readFileSync(inFolder('2'), 'utf8'))
  })

  it('never replaces a file', async () => {
    const file = written('mine', 'mine')
    expect(await run(['secret', 'generate', '--out', file])).toEqual({
      code: 4,
      out: '',
      err: `kafka-token-sidecar: ${file} is there already. Name another file: a secret is never replaced. [ERR_KEY_SECRET]\n`,
    })
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('says where it cannot write', async () => {
    const file = inFolder('none/secret')
    const { code, err } = await run(['secret', 'generate', '--out', file])
    expect([code, err]).toEqual([
      4,
      `kafka-token-sidecar: cannot write a new secret to ${file} (ENOENT). Name a file in a folder that you may write. [ERR_KEY_SECRET]\n`,
    ])
    expect(readdirSync(folder)).not.toContain('none')
  })
})

describe('secret hash', () => {
  it.each([
    ['without a line end', 's3cr3t', 's3cr3t'],
    ['with a line end', 's3cr3t\n', 's3cr3t'],
    ['with a line end of Windows', 's3cr3t\r\n', 's3cr3t'],
    ['with letters of any script', 'Schlüssel 注\n', 'Schlüssel 注'],
  ])('hashes a secret %s, from a file and from standard input', async (_what, text, expected) => {
    expect(await isHashOf(await run(['secret', 'hash', '--in', written('given', text)]), expected)).toBe(true)
    expect(await isHashOf(await run('secret hash', { input: text }), expected)).toBe(true)
  })

  it.each([
    ['nothing', '', 'holds no secret'],
    ['a line end', '\n', 'holds no secret'],
    ['two line ends', 's3cr3t\n\n', 'holds more than one line, or control characters, which no client can send'],
    ['two lines', 's3cr3t\nx', 'holds more than one line, or control characters, which no client can send'],
    ['a space at its end', 's3cr3t ', 'begins or ends with a space, which Java clients leave out'],
    ['a space at its beginning', ' s3cr3t', 'begins or ends with a space, which Java clients leave out'],
    ['no UTF-8', Uint8Array.of(0x73, 0xff), 'is not UTF-8'],
  ])('refuses a file with %s', async (_what, text, problem) => {
    const file = written('given', text)
    expect(await run(['secret', 'hash', '--in', file])).toEqual({
      code: 4,
      out: '',
      err: `kafka-token-sidecar: ${file} ${problem}. Give one line with the secret; kafka-token-sidecar secret generate makes one. [ERR_KEY_SECRET]\n`,
    })
  })

  it('says that standard input has no secret', async () => {
    const { code, err } = await run('secret hash')
    expect([code, err]).toEqual([4, expect.stringContaining('standard input holds no secret')])
  })

  it('says which file it cannot read', async () => {
    const { code, err } = await run(['secret', 'hash', '--in', folder])
    expect([code, err]).toEqual([
      4,
      `kafka-token-sidecar: cannot read ${folder} (EISDIR). Name a file that you may read. [ERR_KEY_SECRET]\n`,
    ])
  })

  it('takes no secret on the command line, and does not repeat it', async () => {
    const { code, out, err } = await run('secret hash s3cr3t')
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('takes no secret on the command line')
    expect(err).not.toContain('s3cr3t')
  })
})

describe('secret', () => {
  it.each([
    ['', 'secret: must be followed by generate or hash'],
    ['hsah', 'secret (given: hsah): must be followed by generate or hash; did you mean hash?'],
    ['toString', 'secret (given: toString): must be followed by generate or hash'],
    ['generate', '--out: must name the file for the secret, which is not printed'],
    ['generate --out', '--out: needs a value'],
    ['generate --ot x', '--ot: no such option; did you mean --out?'],
    ['generate --out a b', 'b: is not expected here'],
    ['hash --in', '--in: needs a value'],
    ['hash --secret x', '--secret: no such option'],
  ])('refuses %j', async (line, message) => {
    const { code, err } = await run(`secret ${line}`)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('tells how it is used', async () => {
    const { out } = await run('secret --help')
    expect(out).toBe(secret.help())
    expect(out).toMatch(/^Usage: kafka-token-sidecar secret generate --out FILE/)
    for (const flag of ['--out', '--in']) expect(out).toContain(`  ${flag} `)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})
