import { jaasOption, type PropertyReader } from './client-property-reader.ts'

/** Trust and client certificate towards the provider: Kafka takes them from the `ssl.*` options in `sasl.jaas.config`. */
export function tlsOf(reader: PropertyReader): void {
  const { has, jaas, isGiven, isJaasReadable, set, warnings } = reader
  const trust = isGiven('tls.caFile') ? undefined : pemFile(reader, 'truststore')
  if (trust) set('tls.caFile', trust.file, trust.option, trust.file)
  const key = isGiven('tls.certFile') ? undefined : pemFile(reader, 'keystore')
  if (key) {
    set('tls.certFile', key.file, key.option, key.file)
    set('tls.keyFile', key.file, key.option, key.file)
    refuseEncrypted(reader, key.file)
  }
  const isOwn = has('ssl.truststore.location') || has('ssl.truststore.certificates')
  const isTrustJaas = jaas('ssl.truststore.location') !== undefined || jaas('ssl.truststore.certificates') !== undefined
  if (isOwn && isJaasReadable && !isTrustJaas && !isGiven('tls.caFile')) {
    warnings.push(
      'ssl.truststore.* is for brokers: as in Java, the token endpoint is trusted by the ssl.* options in sasl.jaas.config, or by --tls-ca-file, else by the usual authorities',
    )
  }
}

interface PemFile {
  readonly file: string
  readonly option: string
}

function pemFile({ jaas, fault }: PropertyReader, store: 'truststore' | 'keystore'): PemFile | undefined {
  const inline = store === 'truststore' ? ['certificates'] : ['key', 'certificate.chain']
  for (const name of inline.map((last) => `ssl.${store}.${last}`)) {
    if (jaas(name) === undefined) continue
    const instead = `ssl.${store}.location, with ssl.${store}.type=PEM`
    fault(jaasOption(name), `must be a file: write it to one, and name that in ${instead}`)
    return undefined
  }
  const option = jaasOption(`ssl.${store}.location`)
  const file = jaas(`ssl.${store}.location`)
  const type = jaas(`ssl.${store}.type`) ?? 'JKS'
  if (file === undefined || type === 'PEM') return file === undefined ? undefined : { file, option }
  if (/\.(pem|crt|cer)$/i.test(file)) {
    fault(option, `is taken for ${type} unless ssl.${store}.type=PEM stands beside it, in Kafka too`, file)
  } else {
    const pem = file.replace(/(?:\.[A-Za-z0-9]+)?$/, '.pem')
    const command = store === 'truststore' ? trustCommand(file, pem) : keyCommand(file, type, pem)
    fault(
      option,
      `is ${type} and must be PEM: ${command}; then ssl.${store}.type=PEM and ssl.${store}.location=${pem}`,
      file,
    )
  }
  return undefined
}

function trustCommand(file: string, pem: string): string {
  return `keytool -list -rfc -keystore ${quoted(file)} > ${quoted(pem)}`
}

/** openssl reads PKCS#12 only, keytool turns anything into that, and neither writes a key that others may read. */
function keyCommand(file: string, type: string, pem: string): string {
  const isPkcs12 = type.toUpperCase() === 'PKCS12'
  const pkcs12 = isPkcs12 ? file : pem.replace(/\.pem$/, '.p12')
  const open = `openssl pkcs12 -in ${quoted(pkcs12)} -nodes -out ${quoted(pem)}`
  if (isPkcs12) return `(umask 077; ${open})`
  return `(umask 077; keytool -importkeystore -srckeystore ${quoted(file)} -destkeystore ${quoted(pkcs12)} -deststoretype PKCS12 && ${open})`
}

function refuseEncrypted({ jaas, fault, isGiven }: PropertyReader, file: string): void {
  if (jaas('ssl.key.password') === undefined || isGiven('tls.keyFile')) return
  const key = file.replace(/(?:\.[A-Za-z0-9]+)?$/, '.key')
  const command = `(umask 077; openssl pkey -in ${quoted(file)} -out ${quoted(key)})`
  fault(
    jaasOption('ssl.key.password'),
    `is for an encrypted key, and the key must not be: ${command}; then --tls-key-file ${key}`,
  )
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
