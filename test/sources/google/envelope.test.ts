import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { envelope } from '../../../src/sources/google/envelope.ts'
import { requireKafkaUsable } from '../../../src/token/jwt-shape.ts'

// The vector of docs/google.md, for other implementations to check theirs.
const vector = {
  token: 'ya29.example-token_0',
  subject: 'kafka@project.iam.gserviceaccount.com',
  issuedAt: 1_795_000_000_000,
  expiresAt: 1_795_003_599_000,
}
const wanted =
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJHT09HX09BVVRIMl9UT0tFTiJ9' +
  '.eyJleHAiOjE3OTUwMDM1OTksImlhdCI6MTc5NTAwMDAwMCwiaXNzIjoiR29vZ2xlIiwic3ViIjoia2Fma2FAcHJvamVjdC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSJ9' +
  '.eWEyOS5leGFtcGxlLXRva2VuXzA'

test('is byte for byte the vector of the specification', () => {
  expect(envelope(vector)).toBe(wanted)
})

test('stands in the documentation as it is made', () => {
  const page = readFileSync(new URL('../../../docs/google.md', import.meta.url), 'utf8')
  expect(page.replace(/\s+/g, '')).toContain(wanted)
  expect(page).toContain(vector.token)
  expect(page).toContain(vector.subject)
})

test.each([
  ['a fraction of a second is cut off, so that a token never ends later or begins in the future', 999.9, 1],
  ['a whole second stays', 0, 1],
])('%s', (_name, rest, seconds) => {
  const [, claims = ''] = envelope({ ...vector, issuedAt: seconds * 1000 + rest, expiresAt: 5_000 + rest }).split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ exp: 5, iat: seconds })
})

test('has no padding and passes the check of a Kafka client', () => {
  for (const token of ['a', 'ab', 'abc', 'ya29.with-_+/chars']) {
    const text = envelope({ ...vector, token })
    expect(text).not.toContain('=')
    expect(requireKafkaUsable(text, vector.issuedAt)).toMatchObject({ iss: 'Google', sub: vector.subject })
    expect(Buffer.from(text.split('.')[2] ?? '', 'base64url').toString()).toBe(token)
  }
})

test('carries a principal outside of ASCII', () => {
  const subject = 'principal://iam.googleapis.com/locations/global/workforcePools/p/subject/jörg'
  expect(requireKafkaUsable(envelope({ ...vector, subject }), vector.issuedAt)['sub']).toBe(subject)
})
