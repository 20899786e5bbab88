import { JavaPropertiesError, parseJavaProperties } from '../platform/java-properties.ts'
import { assertionOf, assertionProperty } from './client-properties-assertion.ts'
import { tlsOf } from './client-properties-tls.ts'
import { ownHandlers, retrievers } from './client-property-names.ts'
import { propertyReader, type PropertyReader, type PropertySetting } from './client-property-reader.ts'
import { clientSecretOf } from './client-properties-secret.ts'
import type { ConfigFault } from './fault.ts'

/** A Java client's properties as options of the default profile. */
export interface ClientProperties {
  readonly settings: readonly PropertySetting[]
  readonly faults: readonly ConfigFault[]
  /** What Java does in silence and the writer may not know. */
  readonly warnings: readonly string[]
}

const endpointProperty = 'sasl.oauthbearer.token.endpoint.url'
const retrieverProperty = 'sasl.oauthbearer.jwt.retriever.class'

/**
 * Reads the properties of a Java client (Kafka 4.3): the same selection, the same defaults, and a fault where Java would do in
 * silence what nobody can want.
 *
 * @param isGiven whether a flag or variable has that option: it comes first, and what it replaces need not be here
 */
export function readClientProperties(text: string, isGiven: (path: string) => boolean): ClientProperties {
  let properties: ReadonlyMap<string, string>
  try {
    properties = parseJavaProperties(text)
  } catch (error) {
    if (!(error instanceof JavaPropertiesError)) throw error
    return { settings: [], faults: [{ option: '--properties', problem: error.message }], warnings: [] }
  }
  const reader = propertyReader(properties, isGiven)
  checkClient(reader)
  tokensOf(reader)
  const { settings, faults, warnings } = reader
  return { settings: settings.filter(({ path }) => !isReplaced(path.join('.'), isGiven)), faults, warnings }
}

/** Whether this is a client that gets its tokens by Kafka's own means. */
function checkClient({ value, fault }: PropertyReader): void {
  const mechanism = value('sasl.mechanism')
  if (mechanism !== undefined && mechanism !== 'OAUTHBEARER') {
    fault('sasl.mechanism', 'must be OAUTHBEARER: with another one a client uses no token', mechanism)
  }
  const name = 'sasl.login.callback.handler.class'
  const handler = value(name)
  if (handler !== undefined && !ownHandlers.includes(handler)) {
    fault(name, `must be ${ownHandlers[0] ?? ''}: another one has properties of its own`, handler)
  }
}

/** Where tokens come from: Kafka's DefaultJwtRetriever decides by the URL, the other retrievers are what they say. */
function tokensOf(reader: PropertyReader): void {
  const { value, fault, set } = reader
  const endpoint = endpointOf(reader)
  const named = value(retrieverProperty)
  const retriever = retrievers.get(named ?? [...retrievers.keys()][0] ?? '')
  if (!retriever) {
    const names = [...retrievers.keys()].map((name) => name.slice(name.lastIndexOf('.') + 1))
    fault(retrieverProperty, `must be one of Kafka's own: ${names.join(', ')}`, named)
  } else if (endpoint?.file !== undefined && (retriever === 'file' || !named?.includes('.JwtBearer'))) {
    set('source', 'file', endpointProperty)
    set('file', endpoint.file, endpointProperty, endpoint.url)
  } else if (retriever === 'file' || endpoint?.file !== undefined) {
    fault(
      retrieverProperty,
      `does not go with this ${endpointProperty}: a file is read from a file URL, and only there`,
      named,
    )
  } else {
    set('source', retriever, retrieverProperty, named)
    if (endpoint) set('tokenEndpoint', endpoint.url, endpointProperty, endpoint.url)
    if (endpoint?.url.toLowerCase().startsWith('https:')) tlsOf(reader)
    const principalClaim = 'sasl.oauthbearer.sub.claim.name'
    if (reader.has(principalClaim)) set('principalClaim', value(principalClaim), principalClaim, value(principalClaim))
    if (retriever === 'jwt-bearer') jwtBearer(reader)
    else clientCredentials(reader)
  }
}

/** Of a file URL also the file: as Java takes it, with what is escaped in it left so. */
function endpointOf({ value, has, isGiven, fault }: PropertyReader): { url: string; file?: string } | undefined {
  const url = value(endpointProperty)
  if (url === undefined) {
    const isElsewhere = has(endpointProperty) || ['tokenEndpoint', 'issuer', 'source'].some(isGiven)
    if (!isElsewhere) fault(endpointProperty, 'is missing')
    return undefined
  }
  const file = /^file:(?:\/\/(?:localhost)?)?(\/[^?#]+)/i.exec(url)?.[1]
  if (file !== undefined) return { url, file }
  if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return { url }
  fault(endpointProperty, 'must be an http, https or file URL', url)
  return undefined
}

/** KIP-1139: the assertion is the grant. Client id and secret, and the scope in `sasl.jaas.config`, mean nothing there. */
function jwtBearer(reader: PropertyReader): void {
  const scope = 'sasl.oauthbearer.scope'
  if (reader.value(scope) !== undefined) reader.set('scope', reader.value(scope), scope, reader.value(scope))
  reader.set('clientAuth', 'none', retrieverProperty)
  assertionOf(reader)
}

/** KIP-1258: an assertion from a file, one that is signed if `claim.iss` is there, else the secret. */
function clientCredentials(reader: PropertyReader): void {
  const { has, jaas, isGiven, fault } = reader
  const parts = ['file', 'claim.iss', 'private.key.file', 'template.file'].filter((name) =>
    has(assertionProperty(name)),
  )
  const isAssertion =
    ['file', 'claim.iss'].some((name) => parts.includes(name)) ||
    ['assertion.file', 'assertion.profile', 'assertion.claim.iss', 'assertion.privateKeyFile'].some(isGiven)
  const isSecret = has('sasl.oauthbearer.client.credentials.client.secret') || jaas('clientSecret') !== undefined
  if (parts[0] !== undefined && isSecret) {
    const silently = isAssertion ? 'would ignore the secret' : '(as there is no claim.iss) would use the secret'
    fault(
      assertionProperty(parts[0]),
      `stands beside a client secret, and Kafka ${silently} in silence: keep one of the two`,
    )
  } else if (isAssertion) {
    clientSecretOf(reader, { isNeeded: false })
    reader.set('clientAuth', 'private_key_jwt', assertionProperty(parts[0] ?? 'claim.iss'))
    assertionOf(reader)
  } else if (parts.length > 0) {
    fault(
      assertionProperty('claim.iss'),
      'is missing: without it Kafka asks for a client secret, even where the template has iss; set it here too',
    )
  } else clientSecretOf(reader, { isNeeded: true })
}

/** Whether a flag or variable says in other words what the property says. */
function isReplaced(path: string, isGiven: (path: string) => boolean): boolean {
  if (path.startsWith('assertion.') && ['assertion.file', 'assertion.profile'].some(isGiven)) return true
  if (path === 'assertion.file') return isGiven('assertion.privateKeyFile')
  if (!['clientSecret', 'assertion.privateKeyPassphrase'].includes(path)) return false
  return isGiven(`${path}File`) || isGiven(`${path}Variable`)
}
