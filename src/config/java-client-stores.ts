import { Secret } from '../platform/secret.ts'
import type { BrokerPropertyReader } from './java-client-reader.ts'

/** A trust store or key store, as `ssl.*` names it. */
export type JavaStore = StoreFile | StoreText

export interface StoreFile {
  readonly file: string
  /** Otherwise PKCS#12 or JKS, whichever the file is. */
  readonly isPem: boolean
  readonly password?: Secret | undefined
  readonly keyPassword?: Secret | undefined
}

/** PEM that stands in the properties themselves. */
export interface StoreText {
  readonly option: string
  /** Certificates; of a key store those of the key. */
  readonly certificates: string
  readonly key?: Secret
  readonly keyPassword?: Secret | undefined
}

/** `ssl.truststore.*`; undefined for the authorities that are trusted anyway. */
export function trustStoreOf(reader: BrokerPropertyReader): JavaStore | undefined {
  const certificates = reader.value('ssl.truststore.certificates')
  const file = storeFile(reader, 'truststore', certificates === undefined ? [] : ['ssl.truststore.certificates'])
  if (certificates === undefined || file) return file
  return { option: 'ssl.truststore.certificates', certificates }
}

/** `ssl.keystore.*` and `ssl.key.password`; undefined where there is no client certificate. */
export function keyStoreOf(reader: BrokerPropertyReader): JavaStore | undefined {
  const { value, fault, isRefused } = reader
  const [keyName, chainName] = ['ssl.keystore.key', 'ssl.keystore.certificate.chain'] as const
  const [key, chain] = [value(keyName), value(chainName)]
  const inline = [...(key === undefined ? [] : [keyName]), ...(chain === undefined ? [] : [chainName])]
  const keyPassword = secret(value('ssl.key.password'))
  const file = storeFile(reader, 'keystore', inline)
  if (file) return { ...file, keyPassword }
  if (inline.length === 0) return undefined
  if (key === undefined || chain === undefined) {
    const missing = key === undefined ? keyName : chainName
    if (!isRefused(missing)) fault(missing, `is missing: ${inline.join()} is there, and one needs the other`)
    return undefined
  }
  return { option: keyName, certificates: chain, key: new Secret(key), keyPassword }
}

/** The store that a file is, with the checks of Kafka's DefaultSslEngineFactory. */
function storeFile(
  { value, fault, stands }: BrokerPropertyReader,
  store: 'truststore' | 'keystore',
  inline: readonly string[],
): StoreFile | undefined {
  const names = {
    location: `ssl.${store}.location`,
    type: `ssl.${store}.type`,
    password: `ssl.${store}.password`,
  } as const
  const file = value(names.location)
  const type = value(names.type) ?? 'JKS'
  const password = value(names.password)
  const isPem = type.toUpperCase() === 'PEM'
  const [text] = inline
  if (!isPem && !['JKS', 'PKCS12'].includes(type.toUpperCase())) {
    fault(names.type, 'must be PKCS12, JKS or PEM: keytool -importkeystore converts others to PKCS12', type)
  } else if (text !== undefined && !isPem) fault(text, `needs ${names.type}=PEM; without it Kafka takes ${type}`)
  if (text !== undefined && file !== undefined) fault(text, `stands beside ${names.location}: keep one of them`)
  else if (password !== undefined && isPem) {
    fault(
      names.password,
      `does not go with ${names.type}=PEM, which has no password; that of a key is ssl.key.password`,
    )
  } else if (password !== undefined && file === undefined && !stands(names.location)) {
    fault(names.password, `stands without ${names.location}`)
  } else if (
    store === 'keystore' &&
    file !== undefined &&
    !isPem &&
    password === undefined &&
    !stands(names.password)
  ) {
    fault(names.password, `is missing: ${names.location} needs it`)
  }
  return file === undefined ? undefined : { file, isPem, password: secret(password) }
}

/** False where any name in the certificate of a broker is taken. */
export function checksNameOf({ value, stands, fault, warnings, isRefused }: BrokerPropertyReader): boolean {
  const name = 'ssl.endpoint.identification.algorithm'
  const algorithm = value(name)
  if (algorithm?.toLowerCase() === 'https' || !stands(name) || isRefused(name)) return true
  if (algorithm === undefined) {
    warnings.push(
      `${name} is empty: the names in the certificates of brokers are not checked, and whoever has any certificate of that authority can pass for a broker`,
    )
    return false
  }
  fault(name, 'must be https, or empty', algorithm)
  return true
}

function secret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text)
}
