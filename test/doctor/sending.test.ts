import { describe, expect, it } from 'vitest'
import type { KafkaLogin } from '../../src/kafka/access.ts'
import { isGoogleToken, isManagedKafka, reasonNotToSend } from '../../src/doctor/sending.ts'
import { Secret } from '../../src/platform/secret.ts'
import { envelope } from '../../src/sources/google/envelope.ts'
import { jwtFor } from '../fakes/kafka/bearer.ts'

const google = new Secret(
  envelope({ token: 'ya29.secret', subject: 'k@p.iam.gserviceaccount.com', issuedAt: 0, expiresAt: 1e13 }),
)
const jwt = new Secret(jwtFor('alice', 1e13))
const byToken: KafkaLogin = { mechanism: 'OAUTHBEARER', getToken: () => Promise.reject(new Error('not asked')) }
const none = { tokenOverPlaintext: false, googleTokenElsewhere: false }
const managed = 'bootstrap.orders.europe-west1.managedkafka.my-project.cloud.goog'

describe("Google's Managed Kafka", () => {
  it.each([
    managed,
    'broker-0.orders.europe-west1.managedkafka.my-project.cloud.goog',
    'bootstrap.c.r.managedkafka.my-project.example.com.cloud.goog',
    'BOOTSTRAP.c.r.managedkafka.p.cloud.goog.',
  ])('is %s', (host) => {
    expect(isManagedKafka(host)).toBe(true)
  })

  it.each([
    'localhost',
    '10.0.0.1',
    'cloud.goog',
    'managedkafka.p.cloud.goog',
    'bootstrap.c.r.managedkafka.p.cloud.goog.evil.example',
    'bootstrap.c.r.managedkafka.p.cloud.google',
    'bootstrap.c.r.managedkafka.p.cloud-goog',
    'evil.example/managedkafka.p.cloud.goog',
    'evil.example#x.managedkafka.p.cloud.goog',
    'xmanagedkafka.p.cloud.goog',
    `${'a.'.repeat(5_000)}managedkafka`,
  ])('is not %s', (host) => {
    expect(isManagedKafka(host)).toBe(false)
  })

  it.each([
    ['an envelope', google.reveal(), true],
    ['a bare access token', 'ya29.secret', true],
    ['an envelope under another name', google.reveal().replace(/^[^.]+/, 'e30'), true],
    ['a JWT', jwt.reveal(), false],
    ['nothing', '', false],
  ])('gives %s', (_what, text, isGoogles) => {
    expect(isGoogleToken(new Secret(text))).toBe(isGoogles)
  })
})

describe('the secret of a login', () => {
  const tls = { isTls: true, checksName: true, login: byToken, token: google }
  const plain = { isTls: false, checksName: true, login: byToken, token: jwt }

  it.each([
    ['an envelope to Managed Kafka', { ...tls, address: `${managed}:9092` }],
    ['a JWT to any broker with TLS', { ...tls, token: jwt, address: 'k.example:9093' }],
    ['a JWT without TLS on this host', { ...plain, address: '127.0.0.1:9092' }],
    ['a JWT without TLS on this host by IPv6', { ...plain, address: '[::1]:9092' }],
    ['no login', { ...plain, login: undefined, token: undefined, address: 'k.example:9092' }],
    [
      'SCRAM without TLS, which sends no password',
      {
        ...plain,
        login: { mechanism: 'SCRAM-SHA-512', username: 'u', password: new Secret('p') } as const,
        token: undefined,
        address: 'k.example:9092',
      },
    ],
  ])('is sent: %s', (_what, sending) => {
    expect(reasonNotToSend(sending, { allow: none })).toBeUndefined()
  })

  it.each([
    ['an envelope to another host', { ...tls, address: 'k.example:9093' }, '--allow-google-token-elsewhere'],
    ['an envelope to this host', { ...tls, address: 'localhost:9093' }, '--allow-google-token-elsewhere'],
    [
      'an envelope to what calls itself Managed Kafka, unchecked',
      { ...tls, checksName: false, address: `${managed}:9092` },
      '--allow-google-token-elsewhere',
    ],
    [
      'an envelope to Managed Kafka without TLS',
      { ...tls, isTls: false, address: `${managed}:9092` },
      '--allow-token-over-plaintext',
    ],
    ['a JWT without TLS', { ...plain, address: 'k.example:9092' }, '--allow-token-over-plaintext'],
    [
      'a JWT without TLS to a name like loopback',
      { ...plain, address: 'localhost.example:9092' },
      '--allow-token-over-plaintext',
    ],
    [
      'a password without TLS',
      {
        ...plain,
        login: { mechanism: 'PLAIN', username: 'u', password: new Secret('p') } as const,
        token: undefined,
        address: 'k.example:9092',
      },
      '--allow-token-over-plaintext',
    ],
  ])('is not sent: %s', (_what, sending, flag) => {
    const reason = reasonNotToSend(sending, { allow: none })
    expect(reason?.status).toBe('broken')
    expect(reason?.remedies?.map(({ paste }) => paste)).toContain(flag)
    const both = { tokenOverPlaintext: true, googleTokenElsewhere: true }
    expect(reasonNotToSend(sending, { allow: both })).toBeUndefined()
  })

  it('is held back by each flag alone where both are needed', () => {
    const sending = { ...tls, isTls: false, address: 'k.example:9092' }
    expect(reasonNotToSend(sending, { allow: { ...none, tokenOverPlaintext: true } })?.status).toBe('broken')
    expect(reasonNotToSend(sending, { allow: { ...none, googleTokenElsewhere: true } })?.status).toBe('broken')
  })
})
