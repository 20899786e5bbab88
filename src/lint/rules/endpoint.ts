import { isLoopback } from '../../platform/loopback.ts'
import { propertyNames } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import { javaClients, onVersion, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'
import { tokenClients } from './login-handler.ts'

const { tokenEndpointUrl: property } = propertyNames

/** Kafka's own handler, or none that is known: others have settings of their own. */
export function isOwnHandler(client: Client): boolean {
  return /^(?:\w+\.)*org\.apache\.kafka\.|^$/.test(client.value('sasl.login.callback.handler.class') ?? '')
}

/** The endpoint as it is written, where it is known. */
export function endpointOf(client: Client): string | undefined {
  return client.value(property)?.replace(/^["']|["']$/g, '')
}

export const isUrl = (text: string): boolean => /^(?:https?|file):/i.test(text)

export function usesAssertion(client: Client): boolean {
  return [...client.settings.keys()].some((name) => name.startsWith('sasl.oauthbearer.assertion.'))
}

/** The grant of RFC 7523, which has no id and no secret. */
export function usesJwtBearer(client: Client): boolean {
  return /JwtBearerJwtRetriever$/.test(client.value('sasl.oauthbearer.jwt.retriever.class') ?? '')
}

export const endpointRules: readonly Rule[] = [
  {
    name: 'token-endpoint-missing',
    severity: 'error',
    about: "Kafka's handler without `sasl.oauthbearer.token.endpoint.url`",
    of: 'Java',
    printed: 'The OAuth configuration option sasl.oauthbearer.token.endpoint.url value is required',
    trouble: 'token-url-missing',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        const handler = client.value('sasl.login.callback.handler.class')
        if (handler === undefined || !isOwnHandler(client) || client.has(property) || /nsecured/.test(handler)) continue
        yield {
          at: client.at('sasl.login.callback.handler.class'),
          problem: `${client.prefix}${property} is missing`,
          remedy: 'Say where tokens come from.',
          paste: `${client.prefix}${property}=http://localhost:14293/token`,
        }
      }
    },
  },
  {
    name: 'token-endpoint-without-scheme',
    severity: 'error',
    about: 'a token endpoint without `http://`, `https://` or `file://`; librdkafka takes it, Java does not',
    of: 'Java',
    printed:
      'The OAuth configuration option sasl.oauthbearer.token.endpoint.url contains a URL (<url>) that is malformed: <why>',
    trouble: 'token-url-malformed',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        const url = endpointOf(client)
        if (url === undefined || isUrl(url) || /[\s"'`<>=]/.test(url)) continue
        yield {
          at: client.at(property),
          problem: `${shown(property, url)} has no scheme, and Java takes no URL without one`,
          remedy: url.startsWith('/') ? 'Put file:// before the path.' : 'Put http:// before it.',
          paste: `${client.prefix}${property}=${url.startsWith('/') ? 'file://' : 'http://'}${shown(property, url)}`,
        }
      }
    },
  },
  {
    name: 'token-file-on-3',
    severity: 'warning',
    about: 'a `file:` endpoint on Kafka 3: the file is read once, and the client ends with the first token',
    of: 'Java',
    run: { not: 'needs the life of a token; read and run by hand on 3.9' },
    *check(file) {
      if (file.version === '4') return
      for (const client of javaClients(file)) {
        if (!endpointOf(client)?.toLowerCase().startsWith('file:')) continue
        yield {
          at: client.at(property),
          ...(file.version === undefined && { severity: 'note' as const }),
          problem: onVersion(
            '3',
            file,
            'the file is read when the client starts and never again: the client ends with the token that is in it then',
          ),
          remedy: 'Use Kafka 4, which reads it again when it changes, or the endpoint by HTTP.',
          paste: `${client.prefix}${property}=http://localhost:14293/token`,
        }
      }
    },
  },
  {
    name: 'token-endpoint-trust',
    severity: 'warning',
    about:
      'an `https` endpoint with `ssl.truststore.*` of the client alone: for the endpoint they must be options in `sasl.jaas.config`',
    of: 'Java',
    printed:
      'PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
    trouble: 'certificate-unknown-ca',
    run: 'e2e',
    *check(file) {
      for (const client of javaClients(file)) {
        const at = client.at('ssl.truststore.location') ?? client.at('ssl.truststore.certificates')
        const options = [...(client.jaas?.options.keys() ?? [])]
        if (!at || !endpointOf(client)?.toLowerCase().startsWith('https:') || !client.jaas) continue
        if (options.some((name) => name.startsWith('ssl.truststore.'))) continue
        const file = at.path.endsWith('location') ? shown('location', at.value) : '/path/ca.pem'
        yield {
          at,
          problem:
            'this trust is for brokers; for the token endpoint Java reads ssl.* options of sasl.jaas.config, and has its own list of authorities otherwise',
          remedy: 'Where the certificate of the endpoint is of a private authority, name it among the JAAS options.',
          paste: `ssl.truststore.location="${file}" ssl.truststore.type="${typeOf(client, file)}"`,
        }
      }
    },
  },
  {
    name: 'token-endpoint-in-the-clear',
    severity: 'warning',
    about: 'a token endpoint by `http` on another host: secrets and tokens can be read on the way',
    of: 'all',
    run: { not: 'nothing fails' },
    *check(file) {
      for (const client of file.clients) {
        const url = endpointOf(client)
        const host = /^http:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(url?.slice(0, 500) ?? '')?.[1]
        if (host === undefined || host === '' || isLoopback(host)) continue
        yield {
          at: client.at(property),
          problem: `the secret goes to ${shown('host', host)} unencrypted, and so does the token that comes back`,
          remedy: 'Use https, or an endpoint on localhost.',
        }
      }
    },
  },
  {
    name: 'read-timeout-missing',
    severity: 'note',
    about: 'no `sasl.login.read.timeout.ms`: where the endpoint never answers, the client waits forever',
    of: 'Java',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        const url = endpointOf(client)
        if (url === undefined || !/^https?:/i.test(url) || client.has('sasl.login.read.timeout.ms')) continue
        yield {
          at: client.at(property),
          problem:
            'there is no limit to how long an answer of the endpoint is waited for: if none comes, the client hangs without a word',
          remedy: 'Set both limits.',
          paste: `${client.prefix}sasl.login.connect.timeout.ms=10000\n${client.prefix}sasl.login.read.timeout.ms=10000`,
        }
      }
    },
  },
  {
    name: 'broker-settings-on-client',
    severity: 'warning',
    about:
      'settings of a validator in a client: `jwks.endpoint.url` has the client check tokens itself, `expected.*` do nothing',
    of: 'Java',
    printed:
      "Invalid value <url> for configuration sasl.oauthbearer.jwks.endpoint.url: The URL cannot be accessed due to restrictions. Update the system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow the URL to be accessed.",
    trouble: 'broker-allowed-urls',
    run: 'e2e',
    *check(file) {
      for (const client of tokenClients(file)) {
        const at =
          client.at('sasl.oauthbearer.jwks.endpoint.url') ??
          client.at('sasl.oauthbearer.expected.audience') ??
          client.at('sasl.oauthbearer.expected.issuer')
        if (!at || client.has('sasl.server.callback.handler.class') || client.prefix.includes('listener.name.'))
          continue
        const isJwks = at.path.endsWith('jwks.endpoint.url')
        yield {
          at,
          problem: isJwks
            ? `is a setting of brokers; ${onVersion('4', file, 'a client that has it checks each token itself, and needs the URL among the allowed ones and jose4j on its class path')}`
            : 'is a setting of brokers, and does nothing in a client',
          remedy: 'Leave it to the broker.',
        }
      }
    },
  },
]

/** The form of a trust store: as it is said, or by the name of its file. */
function typeOf(client: Client, file: string): string {
  const said = client.value('ssl.truststore.type')
  if (said !== undefined && /^[A-Z0-9]{1,20}$/i.test(said)) return said
  if (/\.jks$/i.test(file)) return 'JKS'
  return /\.(?:p12|pfx|pkcs12)$/i.test(file) ? 'PKCS12' : 'PEM'
}
