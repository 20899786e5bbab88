import { describe, expect, it } from 'vitest'
import { explain, explainer } from '../../src/explain/explain.ts'

const ids = (log: string): readonly string[] => explain(log).map(({ id }) => id)
const refused = '{"status":"invalid_token"}'
const notAllowed =
  "Invalid value http://localhost:14293/token for configuration sasl.oauthbearer.token.endpoint.url: The URL cannot be accessed due to restrictions. Update the system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow the URL to be accessed."

describe('explain', () => {
  it.each([
    ['alone', refused],
    [
      'behind a timestamp and a logger',
      `2026-01-02 03:04:05,678 ERROR [kafka-1] o.a.k.c.NetworkClient - failed: ${refused}`,
    ],
    ['quoted as JSON', JSON.stringify({ level: 'error', msg: `failed: ${refused}` })],
    ['quoted as JSON in JSON', JSON.stringify({ log: JSON.stringify({ msg: `failed: ${refused}` }) })],
    ['as Docker prints it', `app-1  | 2026-01-02T03:04:05Z failed: ${refused}`],
    ['in colours', `\u001b[31mERROR\u001b[0m failed: \u001b[1m${refused}\u001b[0m`],
    ['in a page of HTML', 'failed: {&quot;status&quot;:&quot;invalid_token&quot;}'],
    ['with Windows line ends', `ERROR failed: ${refused}\r\nINFO done\r\n`],
    ['with typographic quotes, as chats make them', 'failed: {“status”:“invalid_token”}'],
    ['with a blank more', 'failed: { "status" : "invalid_token" }'],
  ])('finds a text %s', (_where, log) => {
    expect(ids(log)).toEqual(['invalid-token'])
  })

  it('finds a text that a terminal wrapped, in the middle of a word as well', () => {
    for (const width of [60, 77, 80, 100, 120]) {
      const wrapped = notAllowed.replace(new RegExp(`.{${width}}`, 'g'), '$&\n')
      expect(ids(wrapped), `${width}`).toEqual(['allowed-urls'])
    }
  })

  it('fills in what was found', () => {
    const [found] = explain(`Caused by: ${notAllowed}`)
    expect(found?.fixes[0]?.paste).toBe(
      'export KAFKA_OPTS="-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=http://localhost:14293/token"',
    )
  })

  it('does not join lines that are not one', () => {
    expect(
      ids(
        '2026-01-02 03:04:05 INFO a long line about a Class that was loaded somewhere\n2026-01-02 03:04:06 INFO topic could not be found.',
      ),
    ).toEqual([])
    expect(ids(`${refused.slice(0, 12)}\n\n${refused.slice(12)}`)).toEqual([])
  })

  it('takes no part of a longer word for the word', () => {
    expect(ids('ERR_KEY_STORED and MY_ERR_KEY_STORE')).toEqual([])
    expect(ids('[ERR_KEY_STORE]')).toEqual(['err-key-store'])
  })

  it('names what stands deepest first, and leaves out what only stands around it', () => {
    const log = `org.apache.kafka.common.KafkaException: Failed to construct kafka producer
	at org.apache.kafka.clients.producer.KafkaProducer.<init>(KafkaProducer.java:1)
Caused by: org.apache.kafka.common.KafkaException: Failed to create new NetworkClient
	... 1 more
Caused by: java.io.IOException: The response code 401 and error response {"invalid_client" - "why"} was encountered reading the token endpoint response; will not attempt further retries`
    expect(ids(log)).toEqual(['endpoint-invalid-client'])
    expect(ids(log.split('\n').slice(0, 3).join('\n'))).toEqual(['client-not-built'])
  })

  it('prefers a code of ours to the text that carries it', () => {
    const log =
      'java.io.IOException: The response code 401 and error response {"invalid_client" - "no such caller. Compare. [ERR_CALLER_UNKNOWN]"} was encountered reading the token endpoint response; will not attempt further retries'
    expect(ids(log)).toEqual(['err-caller-unknown'])
  })

  it('puts symptoms behind causes', () => {
    const log = `ERROR Topic orders not present in metadata after 60000 ms.\nERROR failed: ${refused}`
    expect(explain(log).map(({ id, weight }) => [id, weight])).toEqual([
      ['invalid-token', 'cause'],
      ['metadata-timeout', 'symptom'],
    ])
  })

  it('counts failures, not how often one failure says its reason', () => {
    const failure = `ERROR failed: ${refused}\nCaused by: a.b.C: ${refused}\nCaused by: a.b.D: ${refused}\n`
    expect(explain(failure)[0]).toMatchObject({ times: 1, lineNumber: 1 })
    expect(explain(`INFO start\n${failure.repeat(3)}`)[0]).toMatchObject({ times: 3, lineNumber: 2 })
  })

  it('reads a stack trace that JSON has in one string', () => {
    const trace = `java.lang.X: outer\n\tat a.b.C.d(E.java:1)\nCaused by: ${notAllowed}\n\tat a.b.C.d(E.java:2)`
    expect(ids(JSON.stringify({ stack_trace: trace }))).toEqual(['allowed-urls'])
  })

  it('skips frames, whatever they are called', () => {
    expect(ids('\tat ERR_KEY_STORE.main(Main.java:1)')).toEqual([])
  })

  it('is the same for a log that comes in pieces of any size', () => {
    const log = `INFO start\nERROR ${notAllowed}\n\tat a.b.C.d(E.java:1)\nCaused by: ${refused}\nno line end: [ERR_KEY_STORE]`
    const whole = explain(log)
    for (const size of [1, 2, 3, 7, 64]) {
      const reader = explainer()
      for (let at = 0; at < log.length; at += size) reader.add(log.slice(at, at + size))
      expect(reader.end()).toEqual(whole)
    }
  })

  it('shows no token, password or key, and nothing that a terminal obeys', () => {
    const token = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJhIn0'.repeat(4)}.${'c2ln'.repeat(40)}`
    const secrets = ['hunter2hunter2', 'ya29.a0AfB_byC123456', token]
    const log = [
      `password="${secrets[0] ?? ''}" Authorization: Bearer ${token} ${secrets[1] ?? ''} \u001b]0;owned\u0007\u202e ${refused}`,
      `clientSecret=${secrets[0] ?? ''} ${refused} access_token=${secrets[0] ?? ''}`,
      `Invalid value ${token} for configuration sasl.oauthbearer.token.endpoint.url: The URL cannot be accessed due to restrictions. Update the system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow the URL to be accessed.`,
      `The response code 400 and error response {"x" - "client_secret=${secrets[0] ?? ''} is wrong"} was encountered reading the token endpoint response; will not attempt further retries`,
    ]
    for (const line of log) {
      const found = explain(line)
      expect(found.length).toBe(1)
      const shown = JSON.stringify(found)
      for (const secret of secrets) expect(shown).not.toContain(secret)
      // eslint-disable-next-line no-control-regex
      expect(found[0]?.line).not.toMatch(/[\u0000-\u001f\u202e]/)
      expect((found[0]?.line ?? '').length).toBeLessThan(400)
    }
  })

  it('says nothing about what it does not know', () => {
    expect(explain('')).toEqual([])
    expect(explain('Hello, world\nERROR something else failed')).toEqual([])
  })
})
