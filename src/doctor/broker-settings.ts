import type { RefusingBroker } from '../explain/token-causes.ts'
import { JavaPropertiesError, parseJavaProperties } from '../platform/java-properties.ts'
import { hostAndPort } from './words.ts'

/** What the `server.properties` of a broker say of the tokens that it takes. */
export interface BrokerSettings {
  readonly expects: RefusingBroker
  /** Where it reads the keys of issuers. */
  readonly jwksUrl: string | undefined
  /** The listener has no validator of its own, and takes unsigned tokens alone. */
  readonly isUnsecured: boolean
}

/** Of the listener whose port one of the servers has, else of whatever listener has any. Undefined: these are no properties. */
export function brokerSettings(text: string, servers: readonly string[]): BrokerSettings | undefined {
  let properties: ReadonlyMap<string, string>
  try {
    properties = parseJavaProperties(text)
  } catch (thrown) {
    if (!(thrown instanceof JavaPropertiesError)) throw thrown
    return undefined
  }
  const listener = listenerOf(properties, servers)
  const value = (name: string): string | undefined => valueOf(properties, name, listener)
  const issuer = value('sasl.oauthbearer.expected.issuer')
  const audience = value('sasl.oauthbearer.expected.audience')
  return {
    expects: {
      ...(issuer !== undefined && { expectedIssuer: issuer }),
      expectedAudiences: (audience ?? '')
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    },
    jwksUrl: value('sasl.oauthbearer.jwks.endpoint.url'),
    isUnsecured: listener !== undefined && value('sasl.server.callback.handler.class') === undefined,
  }
}

/** That of the listener comes before that of the broker. */
function valueOf(
  properties: ReadonlyMap<string, string>,
  name: string,
  listener: string | undefined,
): string | undefined {
  const prefix = `listener.name.${listener ?? ''}`
  const keys = listener === undefined ? [name] : [`${prefix}.oauthbearer.${name}`, `${prefix}.${name}`, name]
  const named = keys.map((key) => properties.get(key)?.trim()).find((found) => found)
  if (named !== undefined || listener !== undefined) return named
  const anywhere = [...properties].find(([key]) => key.startsWith('listener.name.') && key.endsWith(`.${name}`))
  return anywhere?.[1].trim() || undefined
}

/** In small letters, as the names of its properties have it. */
function listenerOf(properties: ReadonlyMap<string, string>, servers: readonly string[]): string | undefined {
  const ports = new Set(servers.map((server) => hostAndPort(server)?.port))
  for (const name of ['advertised.listeners', 'listeners']) {
    for (const entry of (properties.get(name) ?? '').split(',')) {
      const listener = entry.slice(0, entry.indexOf('://')).trim()
      if (entry.includes('://') && ports.has(hostAndPort(entry.trim().split('://')[1] ?? '')?.port)) {
        return listener.toLowerCase()
      }
    }
  }
  return undefined
}
