import { readFile, stat } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import type { SecurityProtocol } from '../kafka/access.ts'
import { tlsFromStores } from '../keys/java-store/tls-stores.ts'
import { errorCode } from '../platform/error-code.ts'
import { TokenError } from '../token/error.ts'
import { tlsOf, type ExaminedClient } from './client.ts'
import type { Patient } from './patient.ts'

export interface Reaching {
  readonly client: ExaminedClient | undefined
  /** Without a client; default SASL_SSL. */
  readonly securityProtocol: SecurityProtocol | undefined
  readonly caFile: string | undefined
}

/** How brokers are reached: as the client says, or as flags do. Rejects with a TokenError for a file of a flag. */
export async function reachOf({ client, securityProtocol = 'SASL_SSL', caFile }: Reaching): Promise<Patient['reach']> {
  if (!client) {
    const trustStore = caFile === undefined ? undefined : { file: caFile, isPem: true }
    const tls = securityProtocol.endsWith('SSL')
      ? await tlsFromStores({ trustStore, keyStore: undefined }, read, () => undefined)
      : undefined
    return { securityProtocol, tls }
  }
  const protocol = client.securityProtocol
  if (client.access) return { securityProtocol: protocol, tls: client.access.tls }
  // What is wrong with the client is told in its own step; TLS may be right all the same.
  const tls = await tlsOf(client, read).catch((thrown: unknown) => {
    if (thrown instanceof ConfigError || thrown instanceof TokenError) return protocol.endsWith('SSL') ? {} : undefined
    throw thrown
  })
  return { securityProtocol: protocol, tls }
}

async function read(path: string): Promise<{ readonly bytes: Buffer; readonly mode: number }> {
  try {
    return { bytes: await readFile(path), mode: (await stat(path)).mode }
  } catch (thrown) {
    throw new TokenError('ERR_KEY_STORE', `cannot read ${path} (${errorCode(thrown)})`, {
      cause: thrown,
      hint: 'Correct the path, and let the user of this command read the file.',
    })
  }
}
