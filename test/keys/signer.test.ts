import { createPublicKey } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { signingAlgorithms } from '../../src/keys/algorithm.ts'
import { thumbprint } from '../../src/keys/jwk.ts'
import { localSigner } from '../../src/keys/signer.ts'
import { keyOf } from './key-forms.ts'

const claims = { iss: 'orders', sub: 'orders', aud: ['a', 'b'], iat: 1_760_000_000, exp: 4_000_000_300, n: 0 }

describe('a signer with a key in memory', () => {
  it.each(signingAlgorithms)('makes tokens of %s that its published key verifies', async (algorithm) => {
    const signer = localSigner(keyOf[algorithm], algorithm)
    const token = await signer.sign(claims)
    const keys = createLocalJWKSet({ keys: (await signer.publicJwks()) as JWK[] })
    const { payload, protectedHeader } = await jwtVerify(token, keys, { algorithms: [algorithm] })
    expect(payload).toEqual(claims)
    const [{ kid } = {}] = await signer.publicJwks()
    expect(protectedHeader).toEqual({ alg: algorithm, kid })
    expect(kid).toBe(thumbprint(createPublicKey(keyOf[algorithm]).export({ format: 'jwk' }) as JWK))
  })

  it('adds no claim and leaves numbers as they are', async () => {
    const [, payload = ''] = (await localSigner(keyOf.ES256, 'ES256').sign(claims)).split('.')
    expect(Buffer.from(payload, 'base64url').toString()).toBe(
      '{"iss":"orders","sub":"orders","aud":["a","b"],"iat":1760000000,"exp":4000000300,"n":0}',
    )
  })

  const own = thumbprint(createPublicKey(keyOf.ES256).export({ format: 'jwk' }))
  it.each([
    ['the thumbprint by default', {}, {}, { kid: own }, own],
    ['the one that is given', { kid: 'mine' }, {}, { kid: 'mine' }, 'mine'],
    ['none in the header if so wanted', { kid: null }, {}, {}, own],
    ['that of the caller first', { kid: 'mine' }, { kid: 'template' }, { kid: 'template' }, 'mine'],
    ['that of the caller where there is none', { kid: null }, { kid: 'template' }, { kid: 'template' }, own],
  ])('has a kid: %s', async (_which, options, header, inHeader, published) => {
    const signer = localSigner(keyOf.ES256, 'ES256', options)
    expect(decodeProtectedHeader(await signer.sign(claims, { header }))).toEqual({ alg: 'ES256', ...inHeader })
    expect((await signer.publicJwks()).map(({ kid }) => kid)).toEqual([published])
  })

  it('takes more for the header from the caller, but never the algorithm', async () => {
    const header = { typ: 'JWT', 'x5t#S256': 'abc', custom: { a: [1] }, alg: 'none' }
    const token = await localSigner(keyOf.ES256, 'ES256', { kid: null }).sign(claims, { header })
    expect(decodeProtectedHeader(token)).toEqual({ ...header, alg: 'ES256' })
    await jwtVerify(token, createPublicKey(keyOf.ES256))
  })

  it('does not begin for a caller who has gone', async () => {
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(localSigner(keyOf.ES256, 'ES256').sign(claims, { signal })).rejects.toThrow('gone')
  })
})
