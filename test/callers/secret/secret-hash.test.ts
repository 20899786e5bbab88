import { scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashSecret, matchesHash, parseSecretHash } from '../../../src/callers/secret/secret-hash.ts'
import { Secret } from '../../../src/platform/secret.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
const salt = base64(Buffer.alloc(16, 1))
const hash = base64(Buffer.alloc(32, 2))

async function matches(secret: string, text: string): Promise<boolean> {
  const parsed = parseSecretHash(text)
  if (!parsed) throw new Error('no hash')
  return matchesHash(new Secret(secret), parsed)
}

describe('parseSecretHash', () => {
  it.each([
    ['what we write', `scrypt$ln=14,r=8,p=1$${salt}$${hash}`, [14, 8, 1]],
    ['a PHC string', `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`, [14, 8, 1]],
    ['the dearest that is allowed', `scrypt$ln=16,r=8,p=4$${salt}$${hash}`, [16, 8, 4]],
    ['many small blocks', `scrypt$ln=15,r=1,p=1$${salt}$${hash}`, [15, 1, 1]],
    ['few large blocks', `scrypt$ln=9,r=1024,p=1$${salt}$${hash}`, [9, 1024, 1]],
    ['the shortest', `scrypt$ln=1,r=1,p=1$${base64(Buffer.alloc(8))}$${base64(Buffer.alloc(16))}`, [1, 1, 1]],
    ['the longest', `scrypt$ln=1,r=1,p=1$${base64(Buffer.alloc(64))}$${base64(Buffer.alloc(64))}`, [1, 1, 1]],
  ])('reads %s', (_what, text, [costLog2, blockSize, parallelization]) => {
    expect(parseSecretHash(text)).toMatchObject({ costLog2, blockSize, parallelization })
  })

  it.each([
    ['nothing', ''],
    ['a secret', 'correct horse battery staple'],
    ['another algorithm', `argon2id$ln=14,r=8,p=1$${salt}$${hash}`],
    ['a hash without a salt', `scrypt$ln=14,r=8,p=1$${hash}`],
    ['more memory than 64 MiB', `scrypt$ln=17,r=8,p=1$${salt}$${hash}`],
    ['more memory by r', `scrypt$ln=10,r=1024,p=1$${salt}$${hash}`],
    ['a larger block', `scrypt$ln=1,r=1025,p=1$${salt}$${hash}`],
    ['a cost that r does not allow', `scrypt$ln=16,r=1,p=1$${salt}$${hash}`],
    ['a cost without end', `scrypt$ln=99,r=8,p=1$${salt}$${hash}`],
    ['no cost', `scrypt$ln=0,r=8,p=1$${salt}$${hash}`],
    ['no block', `scrypt$ln=14,r=0,p=1$${salt}$${hash}`],
    ['p of 0', `scrypt$ln=14,r=8,p=0$${salt}$${hash}`],
    ['p of 5', `scrypt$ln=14,r=8,p=5$${salt}$${hash}`],
    ['a salt too short', `scrypt$ln=14,r=8,p=1$${base64(Buffer.alloc(7))}$${hash}`],
    ['a salt too long', `scrypt$ln=14,r=8,p=1$${base64(Buffer.alloc(65))}$${hash}`],
    ['a hash too short', `scrypt$ln=14,r=8,p=1$${salt}$${base64(Buffer.alloc(15))}`],
    ['a hash too long', `scrypt$ln=14,r=8,p=1$${salt}$${base64(Buffer.alloc(65))}`],
    ['a hash whose end was lost', `scrypt$ln=14,r=8,p=1$${salt}$${hash.slice(0, -2)}`],
    ['base64url', `scrypt$ln=14,r=8,p=1$${salt}$${'-_'.repeat(16)}`],
    ['padding', `scrypt$ln=14,r=8,p=1$${salt}==$${hash}=`],
    ['a line end', `scrypt$ln=14,r=8,p=1$${salt}$${hash}\n`],
    ['parameters in another order', `scrypt$r=8,ln=14,p=1$${salt}$${hash}`],
    ['a negative number', `scrypt$ln=-1,r=8,p=1$${salt}$${hash}`],
  ])('takes %s for no hash', (_what, text) => {
    expect(parseSecretHash(text)).toBeUndefined()
  })
})

describe('hashSecret', () => {
  it('makes a hash that the secret matches and no other', async () => {
    const text = await hashSecret(new Secret('s3cr3t ü'))
    expect(text).toMatch(/^scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await matches('s3cr3t ü', text)).toBe(true)
    expect(await matches('s3cr3t u', text)).toBe(false)
    expect(await matches('', text)).toBe(false)
  })

  it('takes a new salt each time', async () => {
    const secret = new Secret('the same')
    expect(await hashSecret(secret)).not.toBe(await hashSecret(secret))
  })
})

describe('matchesHash', () => {
  it.each([
    ['password', 'eight by', 10, 8, 4],
    ['pleaseletmein', 'SodiumChloride', 14, 8, 1],
  ])('agrees with scrypt of %s', async (secret, saltText, ln, r, p) => {
    const bytes = Buffer.from(saltText)
    const key = scryptSync(secret, bytes, 64, { N: 2 ** ln, r, p })
    const text = `scrypt$ln=${ln},r=${r},p=${p}$${base64(bytes)}$${base64(key)}`
    expect(await matches(secret, text)).toBe(true)
    expect(await matches(`${secret}.`, text)).toBe(false)
  })

  it('agrees with the example of RFC 7914 §12', async () => {
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'
    const text = `scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride'))}$${base64(Buffer.from(key, 'hex'))}`
    expect(await matches('pleaseletmein', text)).toBe(true)
  })

  it.each(['ln=16,r=8,p=4', 'ln=9,r=1024,p=4', 'ln=15,r=1,p=4', 'ln=1,r=1024,p=4', 'ln=1,r=1,p=1'])(
    'can make what may be configured: %s',
    async (parameters) => {
      expect(await matches('x', `scrypt$${parameters}$${salt}$${hash}`)).toBe(false)
    },
  )
})
