import { didYouMean } from '../../config/did-you-mean.ts'
import { classNames, propertyNames, shadingPrefixes } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import { javaClients, type Found, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'
import { handlers, unshaded } from './login-handler.ts'

const { loginCallbackHandlerClass: handlerProperty } = propertyNames

export const loginModuleRules: readonly Rule[] = [
  {
    name: 'login-module-wrong',
    severity: 'error',
    about: 'a login module that does not go with the mechanism',
    of: 'Java',
    printed: 'Unexpected SASL mechanism: <mechanism>',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) yield* moduleFaults(client)
    },
  },
  {
    name: 'login-handler-of-tokens',
    severity: 'error',
    about: 'the login handler of tokens left in place with SCRAM or PLAIN',
    of: 'Java',
    printed: 'Unexpected SASL mechanism: SCRAM-SHA-512',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        const mechanism = client.value('sasl.mechanism') ?? ''
        const handler = unshaded(client.value(handlerProperty) ?? '')
        if (!/^(?:SCRAM-|PLAIN$)/.test(mechanism) || !handlers.includes(handler)) continue
        yield {
          at: client.at(handlerProperty),
          problem: `this class logs in by OAUTHBEARER alone, and sasl.mechanism is ${mechanism}`,
          remedy: 'Leave it out: SCRAM and PLAIN need no handler.',
        }
      }
    },
  },
  {
    name: 'login-module-unknown',
    severity: 'error',
    about: 'a login module by a name that Kafka does not have',
    of: 'Java',
    printed: 'No LoginModule found for <class>',
    trouble: 'login-module-not-found',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const module = unshaded(client.jaas?.module ?? '')
        if (!module.startsWith('org.apache.kafka.common.security.') || modules.has(module)) continue
        const right = [...modules.keys()].find((one) => one.endsWith(`.${module.slice(module.lastIndexOf('.') + 1)}`))
        const meant = right ?? didYouMean(module, [...modules.keys()])
        yield {
          at: client.at('sasl.jaas.config'),
          problem: `Kafka has no login module ${shown('class', module)}`,
          remedy: meant === undefined ? 'Name one that Kafka has.' : 'Write its name as Kafka has it.',
          ...(meant !== undefined && { paste: meant }),
        }
      }
    },
  },
  {
    name: 'shaded-class-not-here',
    severity: 'warning',
    about: 'a class of a shaded jar (`kafkashaded.`, `org.apache.flink.kafka.shaded.`) where Kafka is not shaded',
    of: 'Java',
    printed: 'No LoginModule found for kafkashaded.org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
    trouble: 'spark-databricks-class',
    run: 'e2e',
    *check(file) {
      if (file.kind === 'flink' || file.kind === 'spark' || file.kind === 'code') return
      for (const client of javaClients(file)) {
        for (const name of ['sasl.jaas.config', handlerProperty]) {
          const at = client.at(name)
          if (!at || client.prefix !== '') continue
          const prefix = Object.values(shadingPrefixes).find((one) => one !== '' && at.value.startsWith(one))
          if (prefix === undefined) continue
          yield {
            at,
            problem: `${prefix}… is a name of ${prefix === shadingPrefixes.databricks ? 'Databricks' : "Flink's SQL jar"} alone; no other client has a class by it`,
            remedy: 'Leave out the prefix.',
          }
        }
      }
    },
  },
]

const modules: ReadonlyMap<string, readonly string[]> = new Map([
  [classNames.loginModule, ['OAUTHBEARER']],
  [classNames.scramLoginModule, ['SCRAM-SHA-256', 'SCRAM-SHA-512']],
  [classNames.plainLoginModule, ['PLAIN']],
])

function* moduleFaults(client: Client): Iterable<Found> {
  const mechanism = client.value('sasl.mechanism')
  const module = unshaded(client.jaas?.module ?? '')
  const fits = modules.get(module)
  if (mechanism === undefined || fits === undefined || fits.includes(mechanism)) return
  const right = [...modules].find(([, of]) => of.includes(mechanism))?.[0]
  // One that nobody knows is another rule's.
  if (right === undefined) return
  yield {
    at: client.at('sasl.jaas.config'),
    problem: `${module.slice(module.lastIndexOf('.') + 1)} is for ${fits.join(' and ')}, and sasl.mechanism is ${mechanism}`,
    // With the handler of tokens it looks for an id first.
    ...(mechanism === 'OAUTHBEARER' && {
      printed: 'Invalid value null for configuration sasl.oauthbearer.client.credentials.client.id',
    }),
    remedy: `Use the module of ${mechanism}, or another mechanism.`,
    paste:
      right === classNames.loginModule
        ? `${client.prefix}sasl.jaas.config=${right} required;`
        : `${client.prefix}sasl.jaas.config=${right} required username="<user>" password="<password>";`,
  }
}
