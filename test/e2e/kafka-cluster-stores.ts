import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClientCertificate } from './kafka-cluster-tls.ts'

export const storePassword = 'store-password'

const keytool = async (...args: readonly string[]) => {
  await promisify(execFile)('keytool', ['-noprompt', ...args, '-storepass', storePassword])
}

/** The trust store that `keytool` makes of an authority's certificate. */
export async function trustStore(folder: string, type: 'PKCS12' | 'JKS', caFile: string): Promise<string> {
  const file = join(folder, `trust.${type.toLowerCase()}`)
  await keytool('-importcert', '-alias', 'ca', '-file', caFile, '-keystore', file, '-storetype', type)
  return file
}

/** The key store that `keytool` makes of what others give it. */
export async function keyStore(folder: string, { bothFile }: ClientCertificate): Promise<string> {
  const file = join(folder, 'key.pkcs12')
  const foreign = join(folder, 'foreign.pkcs12')
  const password = `pass:${storePassword}`
  const made = ['-export', '-name', 'client', '-in', bothFile, '-out', foreign, '-passout', password]
  await promisify(execFile)('openssl', ['pkcs12', ...made])
  const source = ['-srckeystore', foreign, '-srcstoretype', 'PKCS12', '-srcstorepass', storePassword]
  await keytool('-importkeystore', ...source, '-destkeystore', file, '-deststoretype', 'PKCS12')
  return file
}
