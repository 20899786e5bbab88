import { didYouMean } from '../../config/did-you-mean.ts'
import { classNames, propertyNames, shadingPrefixes, strimziClassNames } from '../../client-config/names.ts'
import { usesTokens, type Client } from '../client.ts'
import { javaClients, onVersion, severityOn, type Examined, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'

const { loginCallbackHandlerClass: handlerProperty } = propertyNames

/** What every rule about a login with tokens looks at. */
export function tokenClients(file: Examined): readonly Client[] {
  return javaClients(file).filter((client) => usesTokens(client) && isWhole(client))
}

/** It says how to log in itself, so that what it lacks is missing. */
function isWhole(client: Client): boolean {
  return client.has('sasl.mechanism') || client.has('sasl.jaas.config') || client.has('sasl.mechanisms')
}

export const handlers: readonly string[] = [
  classNames.loginCallbackHandler,
  classNames.securedLoginCallbackHandler,
  classNames.unsecuredLoginCallbackHandler,
  strimziClassNames.loginCallbackHandler,
]

/** Without the prefix of a shaded jar. */
export function unshaded(className: string): string {
  const prefix = Object.values(shadingPrefixes).find((one) => one !== '' && className.startsWith(one))
  return className.slice(prefix?.length ?? 0)
}

export const loginHandlerRules: readonly Rule[] = [
  {
    name: 'login-handler-missing',
    severity: 'error',
    about:
      '`OAUTHBEARER` without `sasl.login.callback.handler.class`: the unsecured handler runs, and asks no endpoint',
    of: 'Java',
    printed: 'An internal error occurred while retrieving token from callback handler',
    trouble: 'unsecured-handler',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        if (client.has(handlerProperty) || !client.has('sasl.jaas.config') || client.jaasFault !== undefined) continue
        // A login alone may be a part of something that has the rest.
        if (!client.has('sasl.mechanism') && !client.has('bootstrap.servers')) continue
        const options = [...(client.jaas?.options.keys() ?? [])]
        if (options.some((name) => name.startsWith('unsecuredLogin'))) continue
        const strimzi = options.some((name) => name.startsWith('oauth.'))
        const name = strimzi ? strimziClassNames.loginCallbackHandler : classNames.loginCallbackHandler
        if (client.has('sasl.client.callback.handler.class')) continue
        yield {
          at: client.at('sasl.jaas.config') ?? client.at('sasl.mechanism'),
          problem: `${client.prefix}${handlerProperty} is missing, so Kafka makes up an unsigned token of its own instead of asking the token endpoint`,
          remedy: 'Name the handler that asks the endpoint.',
          paste: `${client.prefix}${handlerProperty}=${name}`,
        }
      }
    },
  },
  {
    name: 'unsecured-login',
    severity: 'warning',
    about: 'JAAS options `unsecuredLogin…`: tokens without a signature, which anybody can make',
    of: 'Java',
    run: {
      not: 'the client starts, and brokers with a validator refuse it: test/e2e/refusal.e2e.ts has tokens that brokers refuse',
    },
    *check(file) {
      for (const client of javaClients(file)) {
        const option = [...(client.jaas?.options.keys() ?? [])].find((name) => name.startsWith('unsecuredLogin'))
        if (option === undefined || client.has('sasl.server.callback.handler.class') || client.has(handlerProperty))
          continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem: `the option ${option} makes unsigned tokens, which only a broker takes that lets everybody be anybody`,
          remedy: 'Use a token endpoint.',
          paste: `${client.prefix}${handlerProperty}=${classNames.loginCallbackHandler}\n${client.prefix}${propertyNames.tokenEndpointUrl}=http://localhost:14293/token`,
        }
      }
    },
  },
  {
    name: 'login-handler-misplaced',
    severity: 'error',
    about: 'the login handler at `sasl.client.callback.handler.class` or `sasl.login.class`, where it does nothing',
    of: 'Java',
    printed: 'An internal error occurred while retrieving token from callback handler',
    trouble: 'unsecured-handler',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        for (const name of ['sasl.client.callback.handler.class', 'sasl.login.class']) {
          const at = client.at(name)
          if (!at || !/LoginCallbackHandler$/.test(at.value)) continue
          yield {
            at,
            problem: `${shown(name, at.value)} belongs to ${handlerProperty}; at ${name} nobody asks it for a token`,
            remedy: 'Move it.',
            paste: `${client.prefix}${handlerProperty}=${shown(handlerProperty, at.value)}`,
          }
        }
      }
    },
  },
  {
    name: 'login-handler-moved',
    severity: 'error',
    about: 'the handler in the package `.secured.`, which Kafka 4 does not have',
    of: 'Java',
    printed: `Invalid value ${classNames.securedLoginCallbackHandler} for configuration ${handlerProperty}: Class ${classNames.securedLoginCallbackHandler} could not be found.`,
    trouble: 'class-not-found',
    run: 'e2e',
    *check(file) {
      for (const setting of file.settings) {
        if (!/oauthbearer\.secured\.OAuthBearer\w+CallbackHandler/.test(setting.value.slice(0, 2000))) continue
        if (!/callback\.handler\.class$/.test(setting.path)) continue
        if (file.version === '3') continue
        const name = setting.value.replace('.secured.', '.')
        yield {
          at: setting,
          severity: severityOn('4', file),
          problem: onVersion('4', file, 'there is no package oauthbearer.secured any more: the class is not found'),
          remedy: 'Leave out .secured; Kafka 3.4 and later have the class by that name too.',
          paste: `${setting.key}=${shown(setting.path, name)}`,
        }
      }
    },
  },
  {
    name: 'login-handler-unknown',
    severity: 'error',
    about: 'a handler by a name that Kafka does not have, or one of brokers',
    of: 'Java',
    printed: `Invalid value <class> for configuration ${handlerProperty}: Class <class> could not be found.`,
    trouble: 'class-not-found',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        const at = client.at(handlerProperty)
        const name = client.value(handlerProperty)
        if (!at || name === undefined) continue
        const plain = unshaded(name)
        if (
          handlers.includes(plain) ||
          (/LoginCallbackHandler["']?$/.test(plain) && !plain.startsWith('org.apache.kafka.'))
        )
          continue
        const last = plain.slice(plain.lastIndexOf('.') + 1)
        const isBrokers = /Validator/.test(last)
        const meant = isBrokers ? classNames.loginCallbackHandler : didYouMean(plain, handlers)
        const isBare = handlers.some((one) => one.endsWith(`.${plain}`))
        if (meant === undefined && !isBare && !plain.startsWith('org.apache.kafka.')) continue
        const right = isBare
          ? handlers.find((one) => one.endsWith(`.${plain}`))
          : (meant ?? classNames.loginCallbackHandler)
        yield {
          at,
          problem: isBrokers
            ? `${shown(handlerProperty, name)} checks tokens for a broker; a client needs the one that gets them`
            : `Kafka has no class ${shown(handlerProperty, name)}`,
          remedy: 'Write its name as Kafka has it.',
          paste: `${client.prefix}${handlerProperty}=${right ?? classNames.loginCallbackHandler}`,
        }
      }
    },
  },
]
