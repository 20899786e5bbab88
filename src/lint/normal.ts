import { allNames, splitName } from './names.ts'

const programs =
  /^(?:KAFKA_CFG|KAFKA_REST|KAFKA_CONNECT|KAFKA_CONF|CONNECT|SCHEMA_REGISTRY|KSQL_KSQL|KSQL|CONTROL_CENTER_STREAMS|CONTROL_CENTER|REPLICATOR|KAFKA|SPRING_KAFKA)_/

/**
 * The key as Kafka would name it, where a tool has another form of it: variables (`KAFKA_SASL_MECHANISM`), underscores
 * (`sasl_mechanism`), camel case (`SaslMechanism`), quotes and brackets of Spring.
 */
export function normalPath(key: string): string {
  const plain = key
    .slice(-600)
    .replace(/\[["']?([\w.-]+)["']?\]/g, (whole, inner: string) => (/^\d+$/.test(inner) ? whole : `.${inner}`))
  const last = plain.slice(plain.lastIndexOf('.') + 1)
  const before = plain.slice(0, plain.length - last.length)
  if (
    /^[A-Z][A-Z0-9_]+$/.test(last) &&
    /(?:SASL|SSL|SECURITY_PROTOCOL|BOOTSTRAP_SERVERS|MAX_REAUTH|DELEGATION_TOKEN)/.test(last)
  ) {
    const dotted = fromVariable(last)
    const name = splitName(dotted)?.name ?? ''
    // A value such as SASL_SSL is no name.
    if (allNames.has(name) || name.split('.').length > 2) return before + dotted
  }
  if (plain.includes('_') && !splitName(plain)) {
    const dotted = last.replaceAll('_', '.')
    const name = splitName(dotted)
    if (name && allNames.has(name.name)) return before + dotted
  }
  if (
    /^(?:Sasl|Ssl|SecurityProtocol|BootstrapServers|sasl[A-Z]|ssl[A-Z]|securityProtocol|bootstrapServers)/.test(last)
  ) {
    const dotted = last.replace(/(?<=[a-z])(?=[A-Z])/g, '.').toLowerCase()
    if (allNames.has(dotted)) return before + dotted
  }
  return plain.replace('bootstrap-servers', 'bootstrap.servers').replace('security-protocol', 'security.protocol')
}

/** As the images of Kafka do: one underscore is a dot, two a dash, three an underscore. */
function fromVariable(variable: string): string {
  const name = variable.replace(programs, '')
  return name.replace(/_{1,3}/g, (signs) => ['.', '-', '_'][signs.length - 1] ?? '').toLowerCase()
}
