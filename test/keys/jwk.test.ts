import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { signingAlgorithms, verifies } from '../../src/keys/algorithm.ts'
import { publicJwk, thumbprint } from '../../src/keys/jwk.ts'
import { localSigner } from '../../src/keys/signer.ts'
import { keyOf } from './key-forms.ts'

/** RFC 7638 §3.1 */
const rfc7638 = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
}

/** RFC 8037 appendix A.1 */
const rfc8037 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}

const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

/** RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.4. */
const examples = [
  {
    algorithm: 'RS256',
    jwk: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    input: `eyJhbGciOiJSUzI1NiJ9.${joe}`,
    signature:
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
  },
  {
    algorithm: 'ES256',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    input: `eyJhbGciOiJFUzI1NiJ9.${joe}`,
    signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  },
  {
    algorithm: 'EdDSA',
    jwk: { kty: rfc8037.kty, crv: rfc8037.crv, x: rfc8037.x },
    input: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  },
] as const

describe('a thumbprint', () => {
  it('is that of RFC 7638, whatever else the key says', () => {
    expect(thumbprint(rfc7638)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('is that of RFC 8037 for Ed25519, also of the private key', () => {
    expect(thumbprint(rfc8037)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it.each(signingAlgorithms)('is what jose makes of a key for %s', async (algorithm) => {
    const jwk = await exportJWK(createPublicKey(keyOf[algorithm]))
    expect(thumbprint(jwk)).toBe(await calculateJwkThumbprint(jwk))
  })
})

describe('a public JWK', () => {
  it.each(signingAlgorithms)('of a key for %s has nothing private', async (algorithm) => {
    const jwk = publicJwk(keyOf[algorithm], algorithm)
    expect(jwk).toEqual({
      ...(await exportJWK(createPublicKey(keyOf[algorithm]))),
      kid: thumbprint(jwk),
      use: 'sig',
      alg: algorithm,
    })
    expect(publicJwk(createPublicKey(keyOf[algorithm]), algorithm, 'mine')).toEqual({ ...jwk, kid: 'mine' })
  })
})

describe('a signature', () => {
  it.each(examples)('of an RFC verifies: $algorithm', ({ algorithm, jwk, input, signature }) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    expect(verifies(algorithm, key, Buffer.from(input), Buffer.from(signature, 'base64url'))).toBe(true)
    expect(verifies(algorithm, key, Buffer.from(`${input}A`), Buffer.from(signature, 'base64url'))).toBe(false)
  })

  it('is what RFC 8037 makes of its key, where there is only one that can be made', async () => {
    const key = createPrivateKey({ key: rfc8037, format: 'jwk' })
    const token = await localSigner(key, 'EdDSA', { kid: null }).sign({ iss: 'joe' })
    const input = 'eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJqb2UifQ'
    expect(token).toBe(`${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`)
  })
})
