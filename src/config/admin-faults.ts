import { valueAt, type ConfigFault } from './fault.ts'
import { defaultPort } from './schema.ts'

/** What the admin listener and the endpoint say of each other and does not hold. */
export function adminFaults(
  input: unknown,
  fault: (place: readonly string[], problem: string) => ConfigFault,
): ConfigFault[] {
  const at = (...path: readonly string[]): unknown => valueAt(input, path)
  const port = at('admin', 'port')
  const faults: ConfigFault[] = []
  if (typeof port === 'number' && port !== 0 && port === (at('listen', 'port') ?? defaultPort)) {
    faults.push(
      fault(['admin', 'port'], 'is the port of the endpoint (listen.port): choose another, or false for none'),
    )
  }
  return faults
}
