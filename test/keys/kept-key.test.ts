import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { algorithmsOf, signingAlgorithms } from '../../src/keys/algorithm.ts'
import { generatePrivateKey, keptPrivateKey, writeNewKey } from '../../src/keys/kept-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-key-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const refusal = (message: string): Error => expect.objectContaining({ code: 'ERR_KEY_FILE', message }) as Error

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
    expect(() => keptPrivateKey(missing, 'ES256')).toThrow(refusal(`cannot write a new key to ${missing} (ENOENT)`))
  })

  it('says which file cannot be read', () => {
    expect(() => keptPrivateKey(folder, 'ES256')).toThrow(refusal(`cannot read ${folder} (EISDIR)`))
  })

  it('is not written through a link that leads nowhere', () => {
    const link = join(folder, 'issuer.pem')
    symlinkSync(join(folder, 'nowhere'), link)
    expect(() => keptPrivateKey(link, 'ES256')).toThrow(refusal(`${link} is a link that leads nowhere`))
    expect(readdirSync(folder)).toEqual(['issuer.pem'])
  })
})

describe('a new key', () => {
  it.each(signingAlgorithms)('can be made for %s', (algorithm) => {
    expect(algorithmsOf(generatePrivateKey(algorithm))).toContain(algorithm)
  })

  it('is written once', () => {
    const file = join(folder, 'new.pem')
    const key = generatePrivateKey('EdDSA')
    expect([writeNewKey(file, key), writeNewKey(file, generatePrivateKey('EdDSA'))]).toEqual([true, false])
    expect(createPrivateKey(readFileSync(file)).equals(key)).toBe(true)
    expect(readdirSync(folder)).toEqual(['new.pem'])
  })
})
