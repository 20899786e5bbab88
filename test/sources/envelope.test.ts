import { describe, expect, it } from 'vitest'
import { envelope } from '../../src/sources/envelope.ts'
import { requireKafkaUsable } from '../../src/token/jwt-shape.ts'

const plain = {
  token: 'opaque-ü',
  algorithm: 'OPAQUE_TOKEN',
  subject: 'orders',
  issuedAt: 1_000_999,
  expiresAt: 9_000_999,
}
const parts = (text: string): string[] => text.split('.').map((part) => Buffer.from(part, 'base64url').toString())

describe('an envelope', () => {
  it('has header, claims and the token as its third part', () => {
    const [header = '', claims = '', token] = parts(envelope(plain))
    expect(JSON.parse(header)).toEqual({ typ: 'JWT', alg: 'OPAQUE_TOKEN' })
    expect(JSON.parse(claims)).toEqual({ exp: 9_000, iat: 1_000, sub: 'orders' })
    expect(token).toBe('opaque-ü')
    expect(JSON.parse(parts(envelope({ ...plain, issuer: 'i' }))[1] ?? '')).toMatchObject({ iss: 'i' })
  })

  it.each(['orders', 'a"b', 'jürgen', 'a.b.c', '{}'])('is taken by Kafka clients, whoever it is for: %s', (subject) => {
    expect(requireKafkaUsable(envelope({ ...plain, subject }), 0)['sub']).toBe(subject)
  })
})
