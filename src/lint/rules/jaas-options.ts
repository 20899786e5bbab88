import { confluentExtensions, jaasExtensionPrefix } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import type { Found, Rule } from '../rule.ts'
import { shownKey } from '../shown.ts'

export const jaasOptionRules: readonly Rule[] = [
  {
    name: 'extension-name',
    severity: 'error',
    about:
      'SASL extensions by names with other characters than letters, or that Confluent does not know: `identity_pool_id` (it is `identityPoolId`)',
    of: 'all',
    printed: 'Extension name identity_pool_id is invalid',
    trouble: 'sasl-extension',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) yield* extensionFaults(client)
    },
  },
  {
    name: 'jaas-unknown-option',
    severity: 'warning',
    about: 'options in `sasl.jaas.config` that the login module does not have: `tokenEndpointUrl`, `client_id`',
    of: 'Java',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        if (client.library === 'librdkafka' || !/OAuthBearerLoginModule$/.test(client.jaas?.module ?? '')) continue
        const handler = client.value('sasl.login.callback.handler.class') ?? ''
        // The options of other handlers are their own.
        if (handler !== '' && !/(?:^|\.)org\.apache\.kafka\./.test(handler)) continue
        for (const name of client.jaas?.options.keys() ?? []) {
          if (/^(?:clientId|clientSecret|scope|extension_.*|ssl\..*|unsecured.*|oauth\..*)$/.test(name)) continue
          const meant = meantOptions[name.replace(/[._-]/g, '').toLowerCase()]
          yield {
            at: client.at('sasl.jaas.config'),
            problem: `the login module has no option ${shownKey(name)}, and passes it over`,
            remedy: meant === undefined ? 'Leave it out.' : `It is ${meant}.`,
            ...(meant?.startsWith('the setting ') && {
              paste: `${client.prefix}${meant.slice('the setting '.length)}=http://localhost:14293/token`,
            }),
          }
        }
      }
    },
  },
  {
    name: 'strimzi-options',
    severity: 'error',
    about: "JAAS options of Strimzi's library (`oauth.client.id`) with Kafka's own handler, which does not read them",
    of: 'Java',
    printed: 'Invalid value null for configuration sasl.oauthbearer.client.credentials.client.id',
    trouble: 'client-id-missing',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const handler = client.value('sasl.login.callback.handler.class') ?? ''
        const option = [...(client.jaas?.options.keys() ?? [])].find((name) =>
          /^oauth\.(?:client|token|access|refresh)/.test(name),
        )
        if (option === undefined || !/^org\.apache\.kafka\./.test(handler)) continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem: `${option} is an option of Strimzi's library, and the handler is Kafka's own, which reads clientId and clientSecret`,
          remedy: "Use Kafka's names, or Strimzi's handler.",
          paste: `${client.prefix}sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="<id>" clientSecret="<secret>";`,
        }
      }
    },
  },
]

/** What is meant by options that were thought of, without their signs. */
const meantOptions: Readonly<Record<string, string>> = {
  clientid: 'clientId',
  clientsecret: 'clientSecret',
  secret: 'clientSecret',
  username: 'clientId',
  password: 'clientSecret',
  scopes: 'scope',
  tokenendpointurl: 'the setting sasl.oauthbearer.token.endpoint.url',
  tokenendpoint: 'the setting sasl.oauthbearer.token.endpoint.url',
  tokenurl: 'the setting sasl.oauthbearer.token.endpoint.url',
  tokenendpointuri: 'the setting sasl.oauthbearer.token.endpoint.url',
  sasloauthbearertokenendpointurl: 'the setting sasl.oauthbearer.token.endpoint.url',
}

/** Names that Confluent's brokers know, by what they are written as. */
const confluent = new Map(
  Object.entries(confluentExtensions).flatMap(([right, wrong]) =>
    wrong.map((one) => [one.toLowerCase(), right] as const),
  ),
)

function* extensionFaults(client: Client): Iterable<Found> {
  const given = [...(client.jaas?.options.keys() ?? [])]
    .filter((name) => name.startsWith(jaasExtensionPrefix))
    .map((name) => ({ name: name.slice(jaasExtensionPrefix.length), at: client.at('sasl.jaas.config') }))
  const list = client.library === 'librdkafka' ? client.at('sasl.oauthbearer.extensions') : undefined
  const listed = (list?.value.slice(0, 4000).split(',') ?? []).map((pair) => ({
    name: (pair.split('=')[0] ?? '').replace(/["'\s]/g, ''),
    at: list,
  }))
  for (const { name, at } of [...given, ...listed]) {
    if (name === '' || /[${<]/.test(name)) continue
    const right = confluent.get(name.toLowerCase())
    const isRefused = !/^[A-Za-z]+$/.test(name)
    if (!isRefused && (right === undefined || right === name)) continue
    const known = right ?? confluent.get(name.replace(/[_-]/g, '').toLowerCase())
    yield {
      at,
      ...(isRefused ? {} : { severity: 'warning' as const }),
      problem: isRefused
        ? `the SASL extension ${shownKey(name)} has other characters than letters, and the client refuses it`
        : `Confluent knows the SASL extension ${known ?? ''}, not ${shownKey(name)}`,
      remedy: known === undefined ? 'Use letters alone.' : `It is ${known}.`,
      ...(known !== undefined && {
        paste: list
          ? `sasl.oauthbearer.extensions=logicalCluster=lkc-<id>,identityPoolId=pool-<id>`
          : `${jaasExtensionPrefix}${known}="<id>"`,
      }),
    }
  }
}
