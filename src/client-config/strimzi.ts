import { brokerNotes, brokerUses, reauthMs, trustOf, validatorSettings } from './broker-settings.ts'
import { hasTls } from './credentials.ts'
import { classNames, strimziClassNames, systemProperties } from './names.ts'
import { yamlScalar } from './quoting.ts'
import { lines, yamlMapping, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'
import { jaasQuoted } from '../platform/jaas.ts'

interface Listener {
  readonly target: Target
  readonly version: string
  /** Lines within `authentication`. */
  readonly authentication: string
  /** Lines beside `listeners`. */
  readonly more?: string
}

/** Names of listeners are lower case and at most 25 characters there. */
function kafka({ target, version, authentication, more = '' }: Listener): string {
  const name = trustOf(target).listener.toLowerCase().replaceAll('_', '-').slice(0, 25)
  return `apiVersion: ${version}
kind: Kafka
metadata:
  name: my-cluster
spec:
  kafka:
    listeners:
      - name: ${name}
        port: 9094
        type: internal
        tls: ${hasTls(target)}
        authentication:
${authentication}${more}`
}

const custom = (settings: readonly Setting[]): string =>
  lines(['          type: custom', '          sasl: true', '          listenerConfig:']) + yamlMapping(settings, 12)

/** By Kafka's own validator, which every image of Strimzi has. */
const plain = (target: Target): string =>
  kafka({
    target,
    version: 'kafka.strimzi.io/v1',
    authentication: custom(validatorSettings(target)),
    more: lines([
      '    jvmOptions:',
      '      javaSystemProperties:',
      `        - name: ${systemProperties.allowedUrls}`,
      `          value: ${yamlScalar(trustOf(target).jwksUrl)}`,
    ]),
  })

/** By Strimzi's OAuth library; what it checks stands in the JAAS configuration. */
export function strimziSettings(target: Target): Setting[] {
  const { issuer, audience, principalClaim, jwksUrl } = trustOf(target)
  const options: Setting[] = [
    // The login module wants one; nobody logs in with it.
    ['unsecuredLoginStringClaim_sub', 'unused'],
    ['oauth.jwks.endpoint.uri', jwksUrl],
    ['oauth.valid.issuer.uri', issuer],
    ['oauth.check.audience', 'true'],
    // The audience that is looked for goes by the name of the broker's own client.
    ['oauth.client.id', audience],
    ['oauth.username.claim', principalClaim],
    // It looks for a claim typ or token_type, which hardly anybody but Keycloak has.
    ['oauth.check.access.token.type', 'false'],
    ...(target.endpointCaFile === undefined
      ? []
      : ([
          ['oauth.ssl.truststore.type', 'PEM'],
          ['oauth.ssl.truststore.location', target.endpointCaFile],
        ] as const)),
  ]
  const jaas = `${classNames.loginModule} required${options.map(([name, value]) => ` ${name}=${jaasQuoted(value)}`).join('')};`
  return [
    ['sasl.enabled.mechanisms', 'OAUTHBEARER'],
    ['oauthbearer.sasl.server.callback.handler.class', strimziClassNames.validatorCallbackHandler],
    ['oauthbearer.sasl.jaas.config', jaas],
    ['oauthbearer.connections.max.reauth.ms', reauthMs],
  ]
}

const byLibrary = (target: Target): string =>
  kafka({ target, version: 'kafka.strimzi.io/v1', authentication: custom(strimziSettings(target)) })

function former(target: Target): string {
  const { issuer, audience, principalClaim, jwksUrl } = trustOf(target)
  const settings: Setting[] = [
    ['type', 'oauth'],
    ['validIssuerUri', issuer],
    ['jwksEndpointUri', jwksUrl],
    ['checkAudience', 'true'],
    ['clientId', audience],
    ['userNameClaim', principalClaim],
    ['checkAccessTokenType', 'false'],
    ['maxSecondsWithoutReauthentication', String(Number(reauthMs) / 1000)],
  ]
  // Those that are not text.
  const text = yamlMapping(settings, 10)
    .replace(/(check\w+): "(true|false)"/g, '$1: $2')
    .replace(/(maxSecondsWithoutReauthentication): "(\d+)"/, '$1: $2')
  return kafka({ target, version: 'kafka.strimzi.io/v1beta2', authentication: text })
}

export const strimziTools: readonly Tool[] = [
  {
    name: 'strimzi',
    title: "A broker's side: Strimzi",
    library: 'java',
    takes: 'broker',
    uses: brokerUses,
    source:
      'https://github.com/strimzi/strimzi-kafka-operator/pull/12185, https://github.com/strimzi/proposals/pull/175, https://github.com/strimzi/strimzi-kafka-oauth',
    settings: (target) => ({
      snippets: [
        { where: 'kafka.yaml', format: 'yaml', text: plain(target) },
        { where: 'kafka-strimzi-oauth.yaml', format: 'yaml', text: byLibrary(target) },
        { where: 'kafka-v1beta2.yaml', format: 'yaml', text: former(target) },
      ],
      notes: [
        'Take one of them. kafka.yaml has the validator of Kafka itself, kafka-strimzi-oauth.yaml that of the library in the images of Strimzi; both are type: custom, which all versions have.',
        'kafka-v1beta2.yaml is type: oauth: deprecated since Strimzi 0.49, gone in the API v1, which is the only one of Strimzi 1.0.',
        'The library of Strimzi refuses tokens without a claim typ or token_type ("Token type not set") unless that check is off, as it is here. Keycloak\'s have it: take the line out there, and ID tokens are refused.',
        'The operator puts listener.name.<name>-<port>. before each line of listenerConfig. Merge the listener into the Kafka resource you have.',
        ...(target.trust?.delegationTokens === true
          ? [
              'Delegation tokens: spec.kafka.config takes delegation.token.secret.key, from a Secret as ${secrets:<namespace>/<secret>:<key>}; a listener with type: scram-sha-512 is where they are used. Not tried here.',
            ]
          : []),
        ...brokerNotes(target),
      ],
    }),
  },
]
