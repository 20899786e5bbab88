import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lint, type FileKind } from '../../src/lint/lint.ts'
import { readProperties } from '../../src/lint/read/properties.ts'
import { JavaPropertiesError, parseJavaProperties } from '../../src/platform/java-properties.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'

const secret = 'Zq8sEcReT'
/** What settings are made of, and what breaks them. */
const pieces = [
  ...['sasl.mechanism', 'sasl.mechanisms', 'sasl.jaas.config', 'security.protocol', 'sasl.oauthbearer.method'],
  ...['sasl.oauthbearer.token.endpoint.url', 'sasl.oauthbearer.client.secret', 'sasl.login.callback.handler.class'],
  ...[
    'producer.',
    'listener.name.client.',
    'oauthbearer.',
    'kafka.',
    'properties.',
    'spark.kafka.clusters.a.',
    'KAFKA_SASL_',
  ],
  ...[
    'listeners',
    'node.id',
    'delegation.token.',
    'sasl.enabled.mechanisms',
    'connector.class',
    'service',
    'exporters',
  ],
  ...[
    '=',
    ':',
    ' ',
    '\n',
    '\r\n',
    '\\',
    '\\u',
    '"',
    "'",
    '`',
    '${',
    '}',
    '{',
    '[',
    ']',
    ',',
    ';',
    '<',
    '>',
    '</',
    '&',
    '*',
    '#',
    '//',
    '/*',
    '--',
  ],
  ...[
    'OAUTHBEARER',
    'oauthbearer',
    'SCRAM-SHA-512',
    'SASL_SSL',
    'http://localhost:14293/token',
    'localhost:1',
    'oidc',
    'true',
  ],
  ...[
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
    ' required ',
    'clientSecret=',
    'extension_a_b=',
  ],
  ...[
    '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=',
    'export ',
    '--conf ',
    '-X ',
    '.option(',
    'WITH (',
    '- name',
    'value',
    '|',
    '\0',
    '\uFEFF',
    '\u{1F511}',
  ],
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 60 })
  .map((all) => all.join(''))
const name = fc.constantFrom(
  undefined,
  'x.properties',
  'x.yaml',
  'x.json',
  'x.xml',
  'x.ini',
  'x.conf',
  'x.py',
  'x.sql',
  'x.sh',
)
const kind = fc.constantFrom<(FileKind | undefined)[]>(
  undefined,
  'java-client',
  'broker',
  'librdkafka',
  'spark',
  'flink',
  'connect',
  'otel',
)

describe('random settings', () => {
  it(
    'are read without a throw, and every finding is whole',
    async () => {
      await fuzz(
        fc.asyncProperty(
          text,
          name,
          kind,
          fc.constantFrom(undefined, '3' as const, '4' as const),
          async (input, file, told, version) => {
            const { findings } = await lint({
              text: input,
              name: file,
              kind: told,
              version,
              env: { http_proxy: 'http://proxy' },
            })
            for (const { line, rule, problem, remedy } of findings) {
              expect(rule).toMatch(/^[a-z0-9-]+$/)
              expect(`${problem} ${remedy}`).not.toMatch(/undefined|NaN|\[object/)
              if (line !== undefined) expect(line).toBeGreaterThan(0)
            }
          },
        ),
      )
    },
    fuzzTimeoutMs,
  )

  const holders = [
    (value: string) =>
      `sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientSecret="${value}";`,
    (value: string) => `sasl.password=${value}`,
    (value: string) => `"sasl.oauthbearer.client.secret": "${value}"`,
    (value: string) => `<sasl_password>${value}</sasl_password>`,
    (value: string) => `delegation.token.secret.key=${value}`,
    (value: string) => `ssl.keystore.password: '${value}'`,
  ]
  it(
    'do not have their secrets repeated, wherever they break',
    async () => {
      await fuzz(
        fc.asyncProperty(
          text,
          fc.constantFrom(...holders),
          fc.nat(200),
          fc.constantFrom(...pieces),
          name,
          async (around, holder, at, piece, file) => {
            const line = holder(secret)
            const place = line.indexOf(secret)
            // Anything may break the line, but what stands right before a secret is a part of it.
            const cut = Math.min(at, place - 1)
            const input = `${around}\n${line.slice(0, cut)}${piece}${line.slice(cut)}\n${around}`
            const answer = await lint({ text: input, name: file })
            expect(JSON.stringify(answer)).not.toContain(secret)
          },
        ),
      )
    },
    fuzzTimeoutMs,
  )

  it(
    'of a properties file are what Java makes of it',
    async () => {
      await fuzz(
        fc.property(text, (input) => {
          let java: ReadonlyMap<string, string>
          try {
            java = parseJavaProperties(input)
          } catch (error) {
            if (error instanceof JavaPropertiesError) return
            throw error
          }
          const ours = new Map(readProperties(input.replace(/^\uFEFF/, '')).map(({ key, value }) => [key, value]))
          for (const [key, value] of java) if (key !== '') expect(ours.get(key)).toBe(value.trim())
        }),
      )
    },
    fuzzTimeoutMs,
  )
})
