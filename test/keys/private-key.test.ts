import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptPrivateKey, parsePrivateKey } from '../../src/keys/private-key.ts'

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const pem = (key: ReturnType<typeof rsa>, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  key.export({ type, format: 'pem' }) as string

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-key-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('a private key', () => {
  it.each([
    ['RS256', 'PKCS#8', pem(rsa(2048))],
    ['RS256', 'PKCS#1', pem(rsa(2048), 'pkcs1')],
    ['ES256', 'PKCS#8', pem(ec('P-256'))],
    ['ES256', 'SEC1', pem(ec('P-256'), 'sec1')],
  ] as const)('for %s is read from %s', (algorithm, _form, text) => {
    expect(parsePrivateKey(text, algorithm, 'key.pem').type).toBe('private')
  })

  it.each([
    ['an RSA key of 1024 bits', 'RS256', pem(rsa(1024)), 'ERR_KEY_TYPE', '1024 bits'],
    ['an EC key for RS256', 'RS256', pem(ec('P-256')), 'ERR_KEY_TYPE', 'prime256v1'],
    ['an RSA key for ES256', 'ES256', pem(rsa(2048)), 'ERR_KEY_TYPE', 'rsa'],
    ['a key on P-384 for ES256', 'ES256', pem(ec('P-384')), 'ERR_KEY_TYPE', 'secp384r1'],
    ['an empty file', 'ES256', ' \n', 'ERR_KEY_FILE', 'empty'],
    ['a certificate', 'ES256', '-----BEGIN CERTIFICATE-----\nx', 'ERR_KEY_FILE', 'a certificate'],
    ['a public key', 'ES256', '-----BEGIN PUBLIC KEY-----\nx', 'ERR_KEY_FILE', 'a public key'],
    ['something else', 'ES256', 'hello', 'ERR_KEY_FILE', 'not a private key'],
  ] as const)('is not %s', (_what, algorithm, text, code, words) => {
    expect(() => parsePrivateKey(text, algorithm, 'key.pem')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error,
    )
  })
})

describe('a kept key', () => {
  it('is made once, for its owner only, and is the same at the next start', () => {
    const file = join(folder, 'issuer.pem')
    const first = keptPrivateKey(file, 'ES256')
    expect(keptPrivateKey(file, 'ES256').equals(first)).toBe(true)
    expect(createPrivateKey(readFileSync(file)).equals(first)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['issuer.pem'])
  })

  it('never replaces what stands in the file', () => {
    const file = join(folder, 'issuer.pem')
    writeFileSync(file, 'mine')
    expect(() => keptPrivateKey(file, 'ES256')).toThrow(expect.objectContaining({ code: 'ERR_KEY_FILE' }) as Error)
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('says which folder cannot be written', () => {
    const missing = join(folder, 'missing', 'issuer.pem')
    expect(() => keptPrivateKey(missing, 'ES256')).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_FILE', message: expect.stringContaining(missing) as string }) as Error,
    )
  })

  it('says which file cannot be read', () => {
    expect(() => keptPrivateKey(folder, 'ES256')).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_FILE', message: `cannot read ${folder} (EISDIR)` }) as Error,
    )
  })
})
