import { describe, expect, it } from 'vitest'
import { asTokenError, TokenError, type ErrorCode } from '../../src/token/error.ts'
import { errorTable } from '../../src/token/error-table.ts'

const codes = Object.keys(errorTable) as ErrorCode[]

describe('every error', () => {
  it.each(codes)('%s is described in one printable line that ends in its code', (code) => {
    const { description } = new TokenError(code, 'it "broke"\nin C:\\ — naïvely')
    expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(description.endsWith(`[${code}]`)).toBe(true)
  })

  it.each(codes)('%s has a name of a known family, a meaning and a next step', (code) => {
    expect(code).toMatch(
      /^ERR_(CONFIG|REQUEST|CALLER|GCP|AZURE|AWS|KEY|PROVIDER|TOKEN|KAFKA|KUBERNETES|OUTLET)_[A-Z_]+$/,
    )
    expect(errorTable[code].means).toMatch(/\.$/)
    expect(errorTable[code].hint).toMatch(/\.$/)
  })

  it.each(codes)('%s has a status that makes clients do what helps', (code) => {
    const error = new TokenError(code, 'x')
    // Java and librdkafka give up on these and try the others again (Kafka contract, section 3).
    const isFinal = [400, 401, 403, 404, 405, 413, 415].includes(error.status)
    const isRetried = [408, 429, 431, 500, 503].includes(error.status)
    expect(isFinal || isRetried).toBe(true)
    if (error.transient) expect(isRetried).toBe(true)
  })
})

describe('a TokenError', () => {
  it('is 503 while the sidecar starts, where its cause may pass', () => {
    expect(new TokenError('ERR_GCP_NO_CREDENTIALS', 'none', { starting: true }).status).toBe(503)
    expect(new TokenError('ERR_GCP_NO_CREDENTIALS', 'none').status).toBe(400)
  })

  it('passes the OAuth code of a provider through', () => {
    expect(new TokenError('ERR_GCP_REFUSED', 'no', { oauth: 'invalid_grant' }).oauth).toBe('invalid_grant')
  })

  it('shortens what is too long for a log line', () => {
    expect(new TokenError('ERR_GCP_REFUSED', 'x'.repeat(10_000)).description.length).toBeLessThan(1_100)
  })

  it('stands for whatever else was thrown, as a defect', () => {
    const thrown = new RangeError('oops')
    expect(asTokenError(thrown)).toMatchObject({ code: 'ERR_TOKEN_INTERNAL', status: 500, cause: thrown })
    expect(asTokenError('oops').message).toBe('oops')
  })
})
