import type { ConfigFault } from './fault.ts'
import { brokerProperties, unknownBrokerProperty, type BrokerProperty } from './java-client-names.ts'

/** What the properties of a Java client say about brokers, as it is asked for. */
export interface BrokerPropertyReader {
  readonly faults: ConfigFault[]
  readonly warnings: string[]
  /** Whether a property stands there, be it empty. */
  readonly stands: (name: BrokerProperty) => boolean
  /** Its value, trimmed as Kafka does; undefined where there is none, or it was refused. */
  readonly value: (name: BrokerProperty) => string | undefined
  /** Whether it was there and is at fault already. */
  readonly isRefused: (name: BrokerProperty) => boolean
  /** `given` must not be a secret. */
  readonly fault: (option: string, problem: string, given?: string) => void
}

export function brokerPropertyReader(properties: ReadonlyMap<string, string>): BrokerPropertyReader {
  const faults: ConfigFault[] = []
  const refused = new Set<string>()
  for (const name of brokerProperties) {
    // Kafka takes ${provider:key} and ${provider:path:key}.
    if (!/\$\{[^}]*:[^}]*\}/.test(properties.get(name) ?? '')) continue
    refused.add(name)
    const problem = 'refers to a config provider, ${…}, which only a Kafka client can ask: write the value'
    faults.push({ option: name, problem })
  }
  return {
    faults,
    warnings: [...properties.keys()].flatMap((name) => unknownBrokerProperty(name) ?? []),
    stands: (name) => properties.has(name),
    value: (name) => (refused.has(name) ? undefined : properties.get(name)?.trim() || undefined),
    isRefused: (name) => refused.has(name),
    fault: (option, problem, given) => faults.push({ option, ...(given !== undefined && { given }), problem }),
  }
}
