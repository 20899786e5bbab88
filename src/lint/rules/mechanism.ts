import { isLoopback } from '../../platform/loopback.ts'
import type { Client } from '../client.ts'
import { javaClients, type Examined, type Found, type Rule } from '../rule.ts'
import { allNames, splitName } from '../names.ts'
import { shown } from '../shown.ts'

const mechanisms = ['OAUTHBEARER', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN', 'GSSAPI', 'AWS_MSK_IAM']
const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

/** Letters and digits alone, for finding out what is meant. */
const plain = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '').toUpperCase()

export const mechanismRules: readonly Rule[] = [
  {
    name: 'mechanism-of-librdkafka',
    severity: 'error',
    about: '`sasl.mechanisms` in Java, where it is `sasl.mechanism`',
    of: 'Java',
    printed: 'Unexpected SASL mechanism: GSSAPI',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        const at = client.at('sasl.mechanisms')
        if (!at || client.has('sasl.mechanism')) continue
        yield {
          at,
          problem: 'sasl.mechanisms is a name of librdkafka: Java passes it over and logs in by GSSAPI',
          remedy: 'Leave out the s.',
          paste: `${client.prefix}sasl.mechanism=${shown('sasl.mechanism', at.value)}`,
        }
      }
    },
  },
  {
    name: 'mechanism-misspelled',
    severity: 'error',
    about: 'a mechanism in other letters than it has: `OAuthBearer`, `SCRAM-SHA512`',
    of: 'all',
    printed: 'Unexpected SASL mechanism: <mechanism>',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        for (const name of ['sasl.mechanism', 'sasl.mechanisms']) {
          const at = client.at(name)
          const value = client.value(name)
          if (!at || value === undefined || mechanisms.includes(value) || /["']/.test(value)) continue
          const asked = plain(value)
          const meant =
            mechanisms.find((one) => plain(one) === asked) ??
            (/OAUTH|BEARER|OIDC/.test(asked) ? 'OAUTHBEARER' : undefined)
          if (meant === undefined || isOtherTool(client, file)) continue
          yield {
            at,
            problem:
              client.library === 'librdkafka'
                ? `librdkafka knows no mechanism ${shown(name, value)}`
                : `Kafka compares the mechanism letter by letter, and has none that is ${shown(name, value)}`,
            printed:
              client.library === 'librdkafka'
                ? 'Unsupported SASL mechanism: <mechanism>'
                : 'Unexpected SASL mechanism: <mechanism>',
            remedy: 'Write it as it is registered.',
            paste: `${at.key}=${meant}`,
          }
        }
      }
    },
  },
  {
    name: 'value-in-quotes',
    severity: 'error',
    about: 'a value in quotes in a properties file, where quotes are part of the value',
    of: 'all',
    printed: 'Unexpected SASL mechanism: "OAUTHBEARER"',
    run: 'e2e',
    *check(file) {
      if (file.form !== 'properties') return
      for (const client of file.clients) {
        for (const at of client.own) {
          if (!/^(["']).*\1$/s.test(at.value) || at.value.length < 3) continue
          yield {
            at,
            problem: `the quotes around the value of ${at.path} are a part of it`,
            printed: at.path.endsWith('sasl.mechanism') ? 'Unexpected SASL mechanism: "OAUTHBEARER"' : 'nothing',
            remedy: 'Leave them out.',
            // The value of a name that nobody knows may be a secret.
            ...(allNames.has(splitName(at.path)?.name ?? '') &&
              !at.path.endsWith('jaas.config') && { paste: `${at.key}=${shown(at.path, at.value.slice(1, -1))}` }),
          }
        }
      }
    },
  },
  {
    name: 'security-protocol-missing',
    severity: 'error',
    about: 'SASL settings without `security.protocol`, or with one that has no SASL: they are passed over',
    of: 'all',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const found = protocolFault(client, file)
        if (found) yield found
      }
    },
  },
  {
    name: 'security-protocol-unknown',
    severity: 'error',
    about: 'a `security.protocol` that Kafka does not have: `SASL_TLS`, `SASL-SSL`',
    of: 'all',
    printed:
      'Invalid value <protocol> for configuration security.protocol: String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const at = client.at('security.protocol')
        const value = client.value('security.protocol')
        if (!at || value === undefined || /["']/.test(value) || protocols.includes(value.toUpperCase())) continue
        const isSasl = /SASL/i.test(value)
        const meant = /PLAIN/i.test(value) ? 'PLAINTEXT' : 'SSL'
        yield {
          at,
          problem: `Kafka has no security.protocol ${shown('security.protocol', value)}`,
          remedy: `Write one of ${protocols.join(', ')}.`,
          paste: `${at.key}=${isSasl || meant === 'SSL' ? `SASL_${meant}` : meant}`,
        }
      }
    },
  },
  {
    name: 'tokens-in-the-clear',
    severity: 'warning',
    about: '`SASL_PLAINTEXT` to a broker off this host: whoever listens has the token, and with PLAIN the password',
    of: 'all',
    run: { not: 'nothing fails' },
    *check(file) {
      if (file.kind === 'broker') return
      for (const client of file.clients) {
        const at = client.at('security.protocol')
        if (at?.value.toUpperCase() !== 'SASL_PLAINTEXT') continue
        const servers = client.value('bootstrap.servers') ?? client.value('metadata.broker.list')
        const far = servers?.split(',').find(
          (server) =>
            !isLoopback(
              server
                .trim()
                .replace(/^.*:\/\//, '')
                .replace(/:\d+$/, ''),
            ),
        )
        if (far === undefined) continue
        yield {
          at,
          problem: `SASL_PLAINTEXT sends the login to ${shown('bootstrap.servers', far)} unencrypted`,
          remedy: 'Use a listener with TLS.',
          paste: `${at.key}=SASL_SSL`,
        }
      }
    },
  },
]

/** Tools with values of their own: Quarkus, Camel, KEDA, OTel. */
function isOtherTool(client: Client, file: Examined): boolean {
  return file.kind === 'otel' || /(?:^|\.)(?:auth|metadata|triggers)\b/.test(client.prefix)
}

function protocolFault(client: Client, file: Examined): Found | undefined {
  if (file.kind === 'broker' || file.kind === 'otel' || file.kind === 'strimzi') return undefined
  const at = client.at('security.protocol')
  const sasl = client.own.find(({ path }) =>
    /(?:^|\.)sasl\.(?:mechanisms?|jaas\.config|oauthbearer\.token\.endpoint\.url)$/.test(path),
  )
  if (!sasl) return undefined
  if (at) {
    const value = client.value('security.protocol')?.toUpperCase()
    if (value !== 'PLAINTEXT' && value !== 'SSL') return undefined
    return {
      at,
      problem: `${value} has no SASL: ${sasl.path} and what goes with it are passed over, and a listener with SASL cuts the connection`,
      remedy: 'Take the protocol that has SASL.',
      paste: `${at.key}=SASL_${value === 'SSL' ? 'SSL' : 'PLAINTEXT'}`,
    }
  }
  // Beside brokers' addresses or a login it would stand; pieces of configuration may have it elsewhere.
  const isWhole =
    client.has('bootstrap.servers') ||
    (client.has('sasl.jaas.config') && client.has('sasl.mechanism') && file.form === 'properties')
  if (!isWhole) return undefined
  return {
    at: sasl,
    ...(client.has('bootstrap.servers') ? {} : { severity: 'warning' as const }),
    problem:
      'security.protocol is missing, which is PLAINTEXT: the SASL settings are passed over, and a listener with SASL cuts the connection',
    remedy: 'Say that SASL is used.',
    paste: `${client.prefix}security.protocol=SASL_SSL`,
  }
}
