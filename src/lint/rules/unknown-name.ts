import { didYouMean } from '../../config/did-you-mean.ts'
import { allNames, brokerNames, javaNames, librdkafkaOnly, librdkafkaShared, splitName } from '../names.ts'
import type { Client } from '../client.ts'
import type { Examined, Found, Rule } from '../rule.ts'
import { shownKey } from '../shown.ts'

/** What librdkafka's names are in Java, where they have one. */
const inJava: Readonly<Record<string, string>> = {
  'metadata.broker.list': 'bootstrap.servers',
  'sasl.oauthbearer.client.id': 'clientId in sasl.jaas.config',
  'sasl.oauthbearer.client.secret': 'clientSecret in sasl.jaas.config',
  'sasl.oauthbearer.extensions': 'extension_<name> in sasl.jaas.config',
  'sasl.oauthbearer.assertion.jwt.template.file': 'sasl.oauthbearer.assertion.template.file',
  'sasl.oauthbearer.method': 'sasl.login.callback.handler.class',
  'sasl.username': 'username in sasl.jaas.config',
  'sasl.password': 'password in sasl.jaas.config',
  'ssl.ca.location': 'ssl.truststore.location, with ssl.truststore.type=PEM',
  'ssl.ca.pem': 'ssl.truststore.certificates, with ssl.truststore.type=PEM',
  'ssl.certificate.location': 'ssl.keystore.location, with ssl.keystore.type=PEM',
  'ssl.key.location': 'ssl.keystore.location, with ssl.keystore.type=PEM',
}

const javaKnown = [...javaNames]
const brokerKnown = [...javaNames, ...brokerNames]
const librdkafkaKnown = [...librdkafkaOnly, ...librdkafkaShared]

/** Names that were thought of rather than looked up, and what was meant. */
const thoughtOf: Readonly<Record<string, string>> = {
  'sasl.oauthbearer.token.endpoint.uri': 'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.token.url': 'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.token.endpoint': 'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauth.token.endpoint.url': 'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.endpoint.url': 'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.audience': 'sasl.oauthbearer.expected.audience',
  'sasl.oauthbearer.issuer': 'sasl.oauthbearer.expected.issuer',
  'sasl.oauthbearer.jwks.url': 'sasl.oauthbearer.jwks.endpoint.url',
  'sasl.oauthbearer.jwks.endpoint.uri': 'sasl.oauthbearer.jwks.endpoint.url',
  'sasl.callback.handler.class': 'sasl.login.callback.handler.class',
  'sasl.login.callback.handler': 'sasl.login.callback.handler.class',
  'sasl.jaas': 'sasl.jaas.config',
}

export const unknownNameRules: readonly Rule[] = [
  {
    name: 'unknown-setting',
    severity: 'warning',
    about:
      'a name beginning `sasl.` or `ssl.` that is near to one of Kafka, and none: Java passes it over, librdkafka refuses it',
    of: 'all',
    printed: 'No such configuration property: "<name>"',
    trouble: 'librdkafka-unknown-property',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        for (const setting of client.own.slice(0, 200)) {
          const found = unknownName(client, splitName(setting.path)?.name ?? '', file)
          if (found) yield { at: setting, ...found }
        }
      }
    },
  },
  {
    name: 'setting-of-librdkafka',
    severity: 'error',
    about:
      'settings of librdkafka in a Java client, which passes them over: `sasl.oauthbearer.client.id`, `ssl.ca.location`',
    of: 'Java',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        if (client.library === 'librdkafka' || !client.has('sasl.jaas.config')) continue
        for (const setting of client.own) {
          const name = splitName(setting.path)?.name ?? ''
          // These two have rules of their own.
          if (!librdkafkaOnly.has(name) || name === 'sasl.mechanisms' || name === 'sasl.oauthbearer.grant.type')
            continue
          const java = inJava[name]
          yield {
            at: setting,
            severity: 'warning',
            problem: `${name} is a setting of librdkafka, and Java passes it over`,
            remedy: java === undefined ? 'Leave it out.' : `In Java it is ${java}.`,
          }
        }
      }
    },
  },
  {
    name: 'setting-of-java',
    severity: 'error',
    about:
      'settings of Java in librdkafka, which refuses them: `sasl.jaas.config`, `ssl.truststore.location`, `sasl.login.*`',
    of: 'librdkafka',
    printed:
      'Java JAAS configuration is not supported, see https://github.com/confluentinc/librdkafka/wiki/Using-SASL-with-librdkafka for more information.',
    trouble: 'librdkafka-java-settings',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        if (client.library !== 'librdkafka') continue
        for (const setting of client.own) {
          const name = splitName(setting.path)?.name ?? ''
          if (!javaNames.has(name) || librdkafkaShared.has(name) || librdkafkaOnly.has(name)) continue
          yield {
            at: setting,
            problem: `${name} is a setting of Java; librdkafka refuses to start with it`,
            ...javaRemedy(name),
          }
        }
      }
    },
  },
  {
    name: 'setting-twice',
    severity: 'warning',
    about: 'a setting that stands twice with different values: the last one counts',
    of: 'file',
    run: { not: 'it is how java.util.Properties reads files' },
    *check(file) {
      if (file.form !== 'properties') return
      const seen = new Map<string, { value: string; line: number }>()
      for (const setting of file.settings) {
        const before = seen.get(setting.path)
        if (before && before.value !== setting.value && splitName(setting.path)) {
          yield {
            at: setting,
            problem: `stands in line ${before.line} too, with another value; this one counts`,
            remedy: 'Leave out one of them.',
          }
        }
        seen.set(setting.path, setting)
      }
    },
  },
]

function unknownName(client: Client, name: string, file: Examined): Omit<Found, 'at'> | undefined {
  // Names of Kafka are in small letters; what is not may be a value that lost its place.
  if (allNames.has(name) || !/^(?:sasl|ssl|security)\.[a-z0-9._-]{1,100}$/.test(name)) return undefined
  const known = client.library === 'librdkafka' ? librdkafkaKnown : file.kind === 'broker' ? brokerKnown : javaKnown
  const meant = thoughtOf[name] ?? didYouMean(name, known)
  if (meant === undefined) return undefined
  const isRefused = client.library === 'librdkafka'
  return {
    severity: isRefused ? 'error' : 'warning',
    problem: `Kafka has no ${shownKey(name)}${isRefused ? ', and librdkafka refuses to start with it' : ', and passes it over'}`,
    remedy: `Did you mean ${meant}?`,
    paste: meant,
  }
}

function javaRemedy(name: string): Pick<Found, 'remedy' | 'paste'> {
  if (name === 'sasl.jaas.config') {
    return {
      remedy: 'Say the same by its own settings.',
      paste: 'sasl.oauthbearer.method=oidc\nsasl.oauthbearer.client.id=<id>\nsasl.oauthbearer.client.secret=<secret>',
    }
  }
  if (name.startsWith('ssl.truststore.'))
    return { remedy: 'It reads authorities as PEM.', paste: 'ssl.ca.location=/path/ca.pem' }
  if (name.startsWith('sasl.login.callback'))
    return { remedy: 'It has its own way of asking an endpoint.', paste: 'sasl.oauthbearer.method=oidc' }
  return { remedy: 'Leave it out.' }
}
