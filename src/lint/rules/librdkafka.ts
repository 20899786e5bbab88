import { isLoopback } from '../../platform/loopback.ts'
import { librdkafkaNames as names } from '../../client-config/names.ts'
import { usesTokens, type Client } from '../client.ts'
import { librdkafkaClients, type Examined, type Rule } from '../rule.ts'
import { openText } from '../shown.ts'
import { endpointOf } from './endpoint.ts'

function tokenClients(file: Examined): readonly Client[] {
  return librdkafkaClients(file).filter(usesTokens)
}

const isOidc = (client: Client): boolean => /^oidc$/i.test(client.at(names.method)?.value ?? '')
const isJwtBearer = (client: Client): boolean => /jwt-bearer/.test(client.value('sasl.oauthbearer.grant.type') ?? '')
/** Cloud identity that librdkafka asks for itself. */
const isMetadata = (client: Client): boolean => client.has('sasl.oauthbearer.metadata.authentication.type')

/** A callback of the program gets the tokens. */
function hasCallback(file: Examined): boolean {
  return /oauth_cb|oauthbearer_token_refresh|OAuthBearerTokenRefresh|oauthBearerProvider|SetOAuthBearerToken|oauthbearer_set_token/i.test(
    file.text.slice(0, 1_000_000),
  )
}

const missing = (name: string, value: string, printed: string, trouble: string): Rule => ({
  name: `librdkafka-${name.slice('sasl.oauthbearer.'.length).replaceAll('.', '-')}-missing`,
  severity: 'error',
  about: `\`method=oidc\` without \`${name}\``,
  of: 'librdkafka',
  printed,
  trouble,
  run: 'e2e',
  *check(file) {
    for (const client of tokenClients(file)) {
      if (!isOidc(client) || isMetadata(client) || client.has(name)) continue
      if (name !== names.tokenEndpointUrl && isJwtBearer(client)) continue
      if (client.has(name.replace('sasl.oauthbearer.client.', 'sasl.oauthbearer.client.credentials.client.'))) continue
      yield {
        at: client.at(names.method),
        problem: `${client.prefix}${name} is missing, and librdkafka does not start`,
        remedy:
          name === names.tokenEndpointUrl
            ? 'Say where tokens come from.'
            : 'Give one; where the endpoint does not look at it, any text will do.',
        paste: `${client.prefix}${name}=${value}`,
      }
    }
  },
})

export const librdkafkaRules: readonly Rule[] = [
  {
    name: 'librdkafka-method-missing',
    severity: 'error',
    about:
      '`OAUTHBEARER` without `sasl.oauthbearer.method=oidc`: librdkafka waits for a callback of the program, without a word',
    of: 'librdkafka',
    run: 'e2e',
    *check(file) {
      if (hasCallback(file)) return
      for (const client of tokenClients(file)) {
        if (isOidc(client) || isMetadata(client) || client.has('sasl.oauthbearer.config')) continue
        const at = client.at('sasl.mechanisms') ?? client.at('sasl.mechanism') ?? client.at(names.tokenEndpointUrl)
        const isPlanned = client.has(names.tokenEndpointUrl) || client.has(names.clientId)
        yield {
          at: client.at(names.method) ?? at,
          ...(isPlanned ? {} : { severity: 'warning' as const }),
          problem:
            'without sasl.oauthbearer.method=oidc no endpoint is asked: librdkafka waits for a token of the program, and nothing is sent, received or printed',
          remedy: 'Have it ask the endpoint.',
          paste: `${client.prefix}${names.method}=oidc`,
        }
      }
    },
  },
  missing(
    names.tokenEndpointUrl,
    'http://localhost:14293/token',
    '`sasl.oauthbearer.token.endpoint.url` is mandatory when `sasl.oauthbearer.method=oidc` is set',
    'librdkafka-token-url-missing',
  ),
  missing(
    names.clientId,
    'unused',
    '`sasl.oauthbearer.client.id` is mandatory when `sasl.oauthbearer.method=oidc` is set',
    'librdkafka-client-id-missing',
  ),
  missing(
    names.clientSecret,
    'unused',
    '`sasl.oauthbearer.client.secret` is mandatory when `sasl.oauthbearer.method=oidc` is set',
    'librdkafka-client-id-missing',
  ),
  {
    name: 'librdkafka-jwt-bearer-key',
    severity: 'error',
    about: 'the grant `jwt-bearer` without an assertion or a key',
    of: 'librdkafka',
    printed:
      '`sasl.oauthbearer.assertion.private.key.file` or `sasl.oauthbearer.assertion.private.key.pem` is mandatory when `sasl.oauthbearer.grant.type` is set to `urn:ietf:params:oauth:grant-type:jwt-bearer`',
    trouble: 'librdkafka-assertion-key-missing',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        const has = (name: string): boolean => client.has(`sasl.oauthbearer.assertion.${name}`)
        if (!isOidc(client) || !isJwtBearer(client) || has('file') || has('private.key.file') || has('private.key.pem'))
          continue
        yield {
          at: client.at('sasl.oauthbearer.grant.type'),
          problem: 'there is neither an assertion nor a key to sign one',
          remedy: 'Name one of the two.',
          paste: `${client.prefix}sasl.oauthbearer.assertion.file=/var/run/secrets/tokens/kafka`,
        }
      }
    },
  },
  {
    name: 'librdkafka-endpoint-authority',
    severity: 'warning',
    about: 'an `https` endpoint with `ssl.ca.location` alone: for the endpoint it is `https.ca.location`',
    of: 'librdkafka',
    printed: 'SSL certificate problem: unable to get local issuer certificate',
    trouble: 'librdkafka-endpoint-unknown-ca',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        const at = client.at('ssl.ca.location') ?? client.at('ssl.ca.pem')
        if (!at || !endpointOf(client)?.toLowerCase().startsWith('https:')) continue
        if (client.has(names.httpsCaLocation) || client.has('https.ca.pem')) continue
        yield {
          at,
          problem:
            'is for brokers; the token endpoint is checked by the authorities of the system, or those of https.ca.location (librdkafka 2.11 and later)',
          remedy: 'Where the certificate of the endpoint is of a private authority, name it for the endpoint too.',
          paste: `${client.prefix}${names.httpsCaLocation}=/path/ca.pem`,
        }
      }
    },
  },
  {
    name: 'proxy-for-loopback',
    severity: 'error',
    about: '`http_proxy` or `all_proxy` without `no_proxy`: libcurl sends the request to `localhost` to the proxy',
    of: 'librdkafka',
    printed: 'Failed to acquire SASL OAUTHBEARER token: <what the proxy says>',
    run: 'e2e',
    *check(file) {
      const clients = tokenClients(file)
      const url = clients
        .map(endpointOf)
        .find((one) => one !== undefined && (/^http:/i.test(one) || !one.includes('://')))
      const host = /^(?:http:\/\/)?(\[[^\]]*\]|[^/:?#]*)/i.exec(url ?? '')?.[1]
      if (url === undefined || host === undefined || !isLoopback(host)) return
      const variable = (name: string): string | undefined =>
        file.env?.[name] ?? file.settings.find(({ key }) => key === name)?.value
      // libcurl does not look at HTTP_PROXY in capitals, as a request could set it in a CGI.
      const given = ['http_proxy', 'all_proxy', 'ALL_PROXY'].find((name) => (variable(name) ?? '') !== '')
      const except = `${variable('no_proxy') ?? ''},${variable('NO_PROXY') ?? ''}`.split(',').map((one) => one.trim())
      if (given === undefined || except.includes('*') || except.includes(host.replace(/^\[|\]$/g, ''))) return
      yield {
        at: file.settings.find(({ key }) => key === given) ?? clients[0]?.at(names.tokenEndpointUrl),
        key: given,
        problem: `${given} is set, and libcurl sends the request to ${openText(host)} to that proxy`,
        remedy: 'Have it leave out this host.',
        paste: 'export no_proxy=localhost,127.0.0.1,::1',
      }
    },
  },
]
