import { propertyNames } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import { javaClients, onVersion, severityOn, type Examined, type Rule } from '../rule.ts'
import { endpointOf, isOwnHandler, usesAssertion, usesJwtBearer } from './endpoint.ts'
import { tokenClients } from './login-handler.ts'

const { clientId, clientSecret } = propertyNames

export const clientIdRules: readonly Rule[] = [
  {
    name: 'client-id-missing',
    severity: 'error',
    about: 'no id and no secret, which Kafka wants also where the endpoint does not look at them',
    of: 'Java',
    printed: 'Invalid value null for configuration sasl.oauthbearer.client.credentials.client.id',
    trouble: 'client-id-missing',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) yield* idFaults(client, file)
    },
  },
  {
    name: 'client-id-in-jaas',
    severity: 'note',
    about: 'id and secret in `sasl.jaas.config`: Kafka 3 needs them there, Kafka 4 says they are deprecated',
    of: 'Java',
    run: { not: 'nothing fails' },
    *check(file) {
      if (file.version !== '4') return
      for (const client of tokenClients(file)) {
        if (!client.jaas?.options.has('clientSecret') || client.has(clientSecret) || !isOwnHandler(client)) continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem: 'id and secret among the JAAS options are deprecated in Kafka 4, which warns of it at every start',
          remedy: 'Give them as properties.',
          paste: `${client.prefix}${clientId}=<id>\n${client.prefix}${clientSecret}=<secret>`,
        }
      }
    },
  },
  {
    name: 'scope-not-encoded',
    severity: 'note',
    about:
      'a scope with blanks or signs: Kafka 4 sends it as it is, unless `sasl.oauthbearer.header.urlencode` is true',
    of: 'Java',
    run: { not: 'nothing fails here: 4.3 sends scope=a b, 3.9 scope=a+b, seen at an endpoint' },
    *check(file) {
      if (file.version === '3') return
      for (const client of javaClients(file)) {
        const at =
          client.at('sasl.oauthbearer.scope') ??
          (client.jaas?.options.has('scope') ? client.at('sasl.jaas.config') : undefined)
        const scope = client.value('sasl.oauthbearer.scope') ?? client.jaas?.options.get('scope') ?? ''
        if (!at || !/[^\w.:/-]/.test(scope) || client.value('sasl.oauthbearer.header.urlencode') === 'true') continue
        if (usesAssertion(client) || usesJwtBearer(client)) continue
        yield {
          at,
          problem: onVersion(
            '4',
            file,
            'the scope goes out with its blanks and signs as they are; this sidecar understands that, other providers may not',
          ),
          remedy: 'Where the provider refuses it, have it encoded; id and secret are encoded then too.',
          paste: `${client.prefix}sasl.oauthbearer.header.urlencode=true`,
        }
      }
    },
  },
  {
    name: 'header-urlencode',
    severity: 'note',
    about: '`sasl.oauthbearer.header.urlencode=true`: id and secret are encoded too, which not every provider undoes',
    of: 'Java',
    run: { not: 'depends on the provider' },
    *check(file) {
      for (const client of javaClients(file)) {
        if (client.value('sasl.oauthbearer.header.urlencode')?.toLowerCase() !== 'true') continue
        yield {
          at: client.at('sasl.oauthbearer.header.urlencode'),
          problem:
            'id and secret are encoded as a form before they go into the header: a provider that does not undo it refuses secrets with signs such as + / = ~',
          remedy: 'Where a right secret is refused, set it to false, or use a secret of letters and digits.',
        }
      }
    },
  },
]

function* idFaults(client: Client, file: Examined): Iterable<ReturnType<typeof idFault>> {
  if (!client.jaas || !isOwnHandler(client) || !client.has('sasl.login.callback.handler.class')) return
  if (usesJwtBearer(client) || endpointOf(client)?.toLowerCase().startsWith('file:')) return
  if ([...client.jaas.options.keys()].some((name) => name.startsWith('oauth.') || name.startsWith('unsecuredLogin')))
    return
  const inJaas = client.jaas.options.has('clientId') && client.jaas.options.has('clientSecret')
  const isAssertion =
    client.has('sasl.oauthbearer.assertion.file') || client.has('sasl.oauthbearer.assertion.claim.iss')
  const inProperties =
    (client.has(clientId) || client.jaas.options.has('clientId')) &&
    (client.has(clientSecret) || client.jaas.options.has('clientSecret'))
  if (inJaas) return
  // Set where there is reason to, so that no half of them is taken for both.
  if (inProperties || isAssertion) {
    if (file.version === '4') return
    yield idFault(
      client,
      severityOn('3', file) === 'error' ? 'error' : 'note',
      onVersion('3', file, 'id and secret are read from sasl.jaas.config alone'),
    )
    return
  }
  if (usesAssertion(client)) return
  yield idFault(client, 'error', 'there is no id and secret, which Kafka wants also where nobody looks at them')
}

function idFault(client: Client, severity: 'error' | 'note', problem: string) {
  return {
    at: client.at('sasl.jaas.config'),
    severity,
    problem,
    remedy: 'Give both among the JAAS options; where the endpoint does not look at them, any text will do.',
    paste: `${client.prefix}sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`,
  }
}
