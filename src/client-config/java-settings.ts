import { credentials, extensions, protocolOf } from './credentials.ts'
import { classNames, jaasExtensionPrefix, propertyNames, shaded, systemProperties } from './names.ts'
import { exported, type Setting } from './setting.ts'
import type { Snippet, Target } from './tool.ts'
import { jaasQuoted } from '../platform/jaas.ts'

/**
 * Settings of a Java client. For Kafka 3 and 4 they differ in the class, and where id and secret go; without a version they
 * are those that 3.4 to 4.x take alike, at the price of a warning in 4.1 and later.
 */
export function javaSettings(target: Target): Setting[] {
  const { bootstrapServers, clientVersion, delegationTokenFile } = target
  const bootstrap: Setting[] =
    bootstrapServers === undefined ? [] : [[propertyNames.bootstrapServers, bootstrapServers]]
  if (delegationTokenFile !== undefined) return [...bootstrap, ...delegationTokenSettings(target, delegationTokenFile)]
  const { id, secret } = credentials(target)
  const isNew = clientVersion === '4'
  const handler = clientVersion === '3' ? classNames.securedLoginCallbackHandler : classNames.loginCallbackHandler
  return [
    ...bootstrap,
    [propertyNames.securityProtocol, protocolOf(target)],
    [propertyNames.saslMechanism, 'OAUTHBEARER'],
    [propertyNames.loginCallbackHandlerClass, shaded(handler, target.shading)],
    [propertyNames.tokenEndpointUrl, target.tokenEndpoint],
    [propertyNames.jaasConfig, jaasConfig(target, isNew)],
    ...(isNew
      ? ([
          [propertyNames.clientId, id],
          [propertyNames.clientSecret, secret],
        ] as const)
      : []),
    ...(isNew && target.scope !== undefined ? ([[propertyNames.scope, target.scope]] as const) : []),
  ]
}

/** The login module with its options: id and secret unless those are properties, the CA of the endpoint, extensions. */
function jaasConfig(target: Target, isNew: boolean): string {
  const { scope, endpointCaFile } = target
  const { id, secret } = credentials(target)
  const options: Setting[] = [
    ...(isNew
      ? []
      : ([
          ['clientId', id],
          ['clientSecret', secret],
        ] as const)),
    ...(isNew || scope === undefined ? [] : [['scope', scope] as const]),
    // The client's own ssl.* settings are for brokers.
    ...(endpointCaFile === undefined
      ? []
      : ([
          ['ssl.truststore.type', 'PEM'],
          ['ssl.truststore.location', endpointCaFile],
        ] as const)),
    ...extensions(target).map(([name, value]) => [jaasExtensionPrefix + name, value] as const),
  ]
  const written = options.map(([name, value]) => ` ${name}=${jaasQuoted(value)}`)
  return `${shaded(classNames.loginModule, target.shading)} required${written.join('')};`
}

/** What a keeper writes to a file is looked up there, whenever a client is made. */
function delegationTokenSettings({ shading }: Target, file: string): Setting[] {
  const names = [propertyNames.securityProtocol, propertyNames.saslMechanism, propertyNames.jaasConfig]
  return [
    ['config.providers', 'file'],
    ['config.providers.file.class', shaded(classNames.fileConfigProvider, shading)],
    ...names.map((name) => [name, `\${file:${file}:${name}}`] as const),
  ]
}

/** `-D…` for the JVM, without which Kafka 4 asks no URL; undefined where the settings need none. */
export function allowedUrlsFlag({ tokenEndpoint, shading, delegationTokenFile }: Target): string | undefined {
  if (delegationTokenFile !== undefined) return undefined
  return `-D${shaded(systemProperties.allowedUrls, shading)}=${tokenEndpoint}`
}

/** That flag in the variable that a tool hands to its JVM. */
export function jvmVariable(target: Target, variable: string): Snippet[] {
  const flag = allowedUrlsFlag(target)
  return flag === undefined ? [] : [{ where: variable, format: 'sh', text: exported(variable, flag) }]
}

/** Options that count for Java. */
export const javaUses = ['clientVersion', 'delegationTokenFile', 'endpointCaFile'] as const

export const flagNote =
  'Kafka 4 compares the URL of the flag with that of the settings byte by byte; a trailing slash counts. Kafka 3 does without the flag, and is content with this one.'

/** Where a program brings its own libraries. kafka-clients declares neither. */
export function jarsNote({ clientVersion, delegationTokenFile }: Target): string[] {
  if (delegationTokenFile !== undefined) return []
  return [
    clientVersion === '3'
      ? 'The class path needs jackson-databind, which kafka-clients does not bring.'
      : `The class path needs jackson-databind and, from Kafka 4.1 on, jose4j, which kafka-clients does not bring and Kafka's distribution has. Instead of jose4j ${propertyNames.jwtValidatorClass}=${classNames.clientJwtValidator} will do.`,
  ]
}

const isHttps = (target: Target): boolean => target.tokenEndpoint.startsWith('https:')

/** Notes about settings of Java. */
export function javaNotes(target: Target): string[] {
  if (target.delegationTokenFile !== undefined) {
    return [
      `${target.delegationTokenFile} is what "delegation-token keep" writes with format: properties. A client that runs reads it once: make clients anew, or restart, when the token is replaced (docs/delegation-tokens.md).`,
    ]
  }
  return [
    ...(target.clientVersion === '3' ? [] : [flagNote]),
    ...(target.clientVersion === '3'
      ? ['3.4 and later have the class without .secured. as well, Kafka 4 only that.']
      : []),
    ...(target.clientVersion === '4'
      ? [
          'Kafka 4.0 knows id and secret in sasl.jaas.config only: leave --client-version out for settings that it takes too.',
        ]
      : []),
    ...(isHttps(target) && target.endpointCaFile === undefined
      ? [
          'The endpoint has TLS: for a private CA give --ca-file; the ssl.truststore.* of the client are for brokers only.',
        ]
      : []),
  ]
}
