import type { Client } from '../client.ts'
import { javaClients, type Examined, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'
import { usesJwtBearer } from './endpoint.ts'

export const prefix = 'sasl.oauthbearer.assertion.'
export const retriever = 'sasl.oauthbearer.jwt.retriever.class'

export function assertionClients(file: Examined): readonly Client[] {
  return javaClients(file).filter((client) => [...client.settings.keys()].some((name) => name.startsWith(prefix)))
}

export const assertionRules: readonly Rule[] = [
  {
    name: 'assertion-issuer-in-template',
    severity: 'error',
    about:
      '`iss` in the template file alone: only `assertion.claim.iss` or `assertion.file` makes Kafka use an assertion',
    of: 'Java',
    printed: 'Invalid value null for configuration sasl.oauthbearer.client.credentials.client.id',
    trouble: 'client-id-missing',
    run: 'e2e',
    *check(file) {
      for (const client of assertionClients(file)) {
        if (client.has(`${prefix}file`) || client.has(`${prefix}claim.iss`) || usesJwtBearer(client)) continue
        const at = client.at(`${prefix}template.file`) ?? client.at(`${prefix}private.key.file`)
        if (!at) continue
        const falls =
          client.has('sasl.oauthbearer.client.credentials.client.secret') || client.jaas?.options.has('clientSecret')
        yield {
          at,
          problem: `an assertion is only made where ${prefix}claim.iss stands among the settings; ${falls ? 'without it Kafka sends the secret, and none of these settings counts' : 'without it Kafka looks for id and secret'}`,
          remedy: 'Set the issuer there too.',
          paste: `${client.prefix}${prefix}claim.iss=<client id>`,
        }
      }
    },
  },
  {
    name: 'assertion-algorithm',
    severity: 'error',
    about: 'an algorithm in small letters, which Kafka takes and providers refuse, or one that Kafka does not have',
    of: 'Java',
    printed:
      'Invalid value <algorithm> for configuration sasl.oauthbearer.assertion.algorithm: String must be one of (case insensitive): ES256, RS256',
    trouble: 'assertion-algorithm',
    run: 'e2e',
    *check(file) {
      for (const client of assertionClients(file)) {
        const at = client.at(`${prefix}algorithm`)
        const value = client.value(`${prefix}algorithm`)
        if (!at || value === undefined || value === 'RS256' || value === 'ES256') continue
        const isCase = /^[re]s256$/i.test(value)
        yield {
          at,
          problem: isCase
            ? `${value} goes into the header of the JWT as it is written, where it means nothing to a provider`
            : `Kafka signs by RS256 or ES256, not by ${shown('algorithm', value)}`,
          ...(isCase && { printed: 'nothing' }),
          remedy: isCase ? 'Write it in capitals.' : 'Take one of the two.',
          paste: `${at.key}=${isCase ? value.toUpperCase() : 'RS256'}`,
        }
      }
    },
  },
  {
    name: 'assertion-key-missing',
    severity: 'error',
    about: 'an assertion is to be made, and there is no private key',
    of: 'Java',
    printed: 'The OAuth configuration option sasl.oauthbearer.assertion.private.key.file value is required',
    run: 'e2e',
    *check(file) {
      for (const client of assertionClients(file)) {
        if (client.has(`${prefix}private.key.file`) || client.has(`${prefix}file`)) continue
        if (!client.has(`${prefix}claim.iss`) && !usesJwtBearer(client)) continue
        yield {
          at: client.at(`${prefix}claim.iss`) ?? client.at(retriever),
          problem: `${prefix}private.key.file is missing`,
          remedy: 'Name the key, or a file with an assertion that something else keeps fresh.',
          paste: `${client.prefix}${prefix}private.key.file=/keys/client.pem`,
        }
      }
    },
  },
  {
    name: 'assertion-file-as-url',
    severity: 'error',
    about: 'a `file:` URL where Kafka wants a path',
    of: 'Java',
    printed:
      "The OAuth configuration option sasl.oauthbearer.assertion.private.key.file contains a file (<path>) that doesn't exist",
    trouble: 'assertion-file-missing',
    run: 'e2e',
    *check(file) {
      for (const client of assertionClients(file)) {
        for (const name of ['file', 'private.key.file', 'template.file'].map((one) => prefix + one)) {
          const at = client.at(name)
          if (!at?.value.toLowerCase().startsWith('file:')) continue
          yield {
            at,
            problem: `${name} is a path; Kafka takes ${shown('file', at.value)} for the name of a file in its working directory`,
            remedy: 'Write the path alone.',
            paste: `${at.key}=${shown('file', at.value.replace(/^file:(?:\/\/)?/i, ''))}`,
          }
        }
      }
    },
  },
  {
    name: 'assertion-and-secret',
    severity: 'warning',
    about:
      'an assertion and a secret: the secret is passed over without a word; a file and an issuer: the file is taken',
    of: 'Java',
    run: { not: 'nothing fails' },
    *check(file) {
      for (const client of assertionClients(file)) {
        const makes = client.has(`${prefix}file`) || client.has(`${prefix}claim.iss`)
        const secret = client.at('sasl.oauthbearer.client.credentials.client.secret')
        if (makes && secret && secret.value !== '') {
          yield {
            at: secret,
            problem: 'is passed over without a word, as there is an assertion',
            remedy: 'Leave out one of the two.',
          }
        }
        if (client.has(`${prefix}file`) && client.has(`${prefix}claim.iss`)) {
          yield {
            at: client.at(`${prefix}claim.iss`),
            problem: `is passed over: with ${prefix}file the assertion is what that file holds`,
            remedy: 'Leave out one of the two.',
          }
        }
      }
    },
  },
  {
    name: 'assertion-on-3',
    severity: 'error',
    about: 'assertion settings on Kafka 3, which passes them over',
    of: 'Java',
    printed: 'The OAuth configuration option clientId value must be non-null',
    trouble: 'client-id-missing',
    run: 'e2e',
    *check(file) {
      if (file.version !== '3') return
      for (const client of assertionClients(file)) {
        const at = client.own.find(({ path }) => path.includes(prefix))
        if (!at) continue
        yield {
          at,
          problem:
            'Kafka knows assertions since 4.1 (as the grant) and 4.3 (as the client), and passes these settings over',
          remedy: 'Use Kafka 4.3, or let a sidecar make the assertion and ask it by an id and secret.',
          paste: `${client.prefix}sasl.oauthbearer.token.endpoint.url=http://localhost:14293/token`,
        }
      }
    },
  },
]
