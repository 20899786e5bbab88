import { splitName } from '../names.ts'
import type { Client } from '../client.ts'
import type { Examined, Rule } from '../rule.ts'
import { shownKey } from '../shown.ts'

const isSecured = (client: Client | undefined): boolean =>
  client !== undefined &&
  (client.has('sasl.mechanism') || client.has('security.protocol') || client.has('sasl.jaas.config'))

/** The words before `sasl.…`, without those of a resource of Kubernetes around them. */
function prefixOf({ prefix }: Client): string {
  return /(?:^|\.)(?:config|environment|env)\.(.*)$/.exec(prefix)?.[1] ?? prefix
}

const isWorker = ({ settings }: Examined): boolean =>
  settings.some(({ path }) =>
    /(?:^|\.)(?:config|offset|status)\.storage\.(?:topic|file\.filename|replication\.factor)$/.test(path),
  )

export const connectRules: readonly Rule[] = [
  {
    name: 'connect-clients-unsecured',
    severity: 'error',
    about:
      "a worker of Kafka Connect whose `producer.` and `consumer.` have no login: the worker's own is not used for connectors",
    of: 'Connect',
    run: {
      not: 'test/e2e/delegation-token-connect.e2e.ts runs a worker with all three; without them its tasks come to nothing',
    },
    *check(file) {
      if (!isWorker(file)) return
      const byPrefix = new Map(file.clients.map((client) => [prefixOf(client), client]))
      const own = byPrefix.get('')
      if (!own || !isSecured(own)) return
      const missing = ['producer.', 'consumer.', 'admin.'].filter((prefix) => !isSecured(byPrefix.get(prefix)))
      if (missing.length === 0) return
      const needed = missing.filter((prefix) => prefix !== 'admin.')
      const names = [
        'security.protocol',
        'sasl.mechanism',
        'sasl.jaas.config',
        'sasl.login.callback.handler.class',
        'sasl.oauthbearer.token.endpoint.url',
      ]
      yield {
        at: own.at('sasl.mechanism') ?? own.at('security.protocol'),
        severity: needed.length > 0 ? 'error' : 'note',
        problem: `the clients of connectors log in by settings beginning ${missing.join(' and ')}, and there are none`,
        remedy:
          needed.length > 0
            ? 'Repeat them for each.'
            : 'Sinks with a dead letter queue, and connectors that make topics, need admin. too.',
        paste: missing
          .flatMap((prefix) => names.filter((name) => own.has(name)).map((name) => `${prefix}${name}=<as above>`))
          .join('\n'),
      }
    },
  },
  {
    name: 'connect-connector-login',
    severity: 'warning',
    about: 'a login among the settings of a connector without `producer.override.` or `consumer.override.`',
    of: 'Connect',
    run: { not: 'nothing fails where the worker has a login' },
    *check(file) {
      if (!file.settings.some(({ path }) => /(?:^|\.)connector\.class$|^spec\.class$/.test(path))) return
      for (const client of file.clients) {
        if (prefixOf(client) !== '' || !client.has('sasl.jaas.config')) continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem:
            'a connector hands on to its client what begins with producer.override. or consumer.override.; the rest is for the connector itself',
          remedy: 'Put the prefix before it, and allow it in the worker.',
          paste: 'producer.override.sasl.jaas.config=…\n# worker: connector.client.config.override.policy=All',
        }
      }
    },
  },
  {
    name: 'schema-registry-prefix',
    severity: 'error',
    about: "Schema Registry's login without `kafkastore.` before it",
    of: 'Connect',
    run: { not: 'Schema Registry cannot be had here' },
    *check(file) {
      const isRegistry = file.settings.some(({ path }) =>
        /(?:^|\.)kafkastore\.(?:bootstrap\.servers|topic|connection\.url)$/.test(path),
      )
      if (!isRegistry) return
      for (const client of file.clients) {
        const at = client.at('sasl.mechanism') ?? client.at('sasl.jaas.config')
        if (
          prefixOf(client) !== '' ||
          !at ||
          file.clients.some(
            (other) => /kafkastore\.$/.test(other.prefix) && isSecured(other) && other.has('sasl.mechanism'),
          )
        )
          continue
        yield {
          at,
          problem: 'Schema Registry reads the login to Kafka from settings beginning kafkastore.',
          remedy: 'Put kafkastore. before each.',
          paste: client.own
            .slice(0, 8)
            .map(({ path }) => `kafkastore.${shownKey(splitName(path)?.name ?? path)}=<as above>`)
            .join('\n'),
        }
      }
    },
  },
  {
    name: 'debezium-history-login',
    severity: 'error',
    about: 'a connector of Debezium that keeps its history in Kafka without a login for it',
    of: 'Connect',
    run: { not: 'Debezium is not among what is installed' },
    *check(file) {
      const at = file.settings.find(({ path }) =>
        /(?:schema|database)\.history(?:\.internal)?\.kafka\.bootstrap\.servers$/.test(path),
      )
      if (!at || !file.clients.some((client) => isSecured(client))) return
      const has = (side: string): boolean =>
        file.clients.some(({ prefix }) => new RegExp(`history(?:\\.internal)?\\.${side}\\.$`).test(prefix))
      const missing = ['producer', 'consumer'].filter((side) => !has(side))
      if (missing.length === 0) return
      yield {
        at,
        severity: 'warning',
        problem: `the history has clients of its own, and there is no login for its ${missing.join(' and ')}`,
        remedy: 'Repeat the login for each.',
        paste: missing
          .map(
            (side) =>
              `schema.history.internal.${side}.security.protocol=SASL_SSL\nschema.history.internal.${side}.sasl.mechanism=OAUTHBEARER`,
          )
          .join('\n'),
      }
    },
  },
]
