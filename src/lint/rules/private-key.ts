import { classNames } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import { javaClients, type Found, type Rule } from '../rule.ts'
import { shown } from '../shown.ts'
import { assertionClients, prefix, retriever } from './assertion.ts'
import { usesJwtBearer } from './endpoint.ts'

const retrievers = [
  classNames.defaultJwtRetriever,
  classNames.clientCredentialsJwtRetriever,
  classNames.jwtBearerJwtRetriever,
  classNames.fileJwtRetriever,
]

export const privateKeyRules: readonly Rule[] = [
  {
    name: 'retriever-class',
    severity: 'error',
    about: 'a retriever by a name that Kafka does not have, or the grant of librdkafka where Java wants a retriever',
    of: 'Java',
    printed: `Invalid value <class> for configuration ${retriever}: Class <class> could not be found.`,
    trouble: 'class-not-found',
    run: 'e2e',
    *check(file) {
      if (file.version === '3') return
      for (const client of javaClients(file)) yield* retrieverFaults(client)
    },
  },
  {
    name: 'private-key-form',
    severity: 'error',
    about:
      'a private key in a form that Java does not read: PKCS#1, SEC1, or encrypted as OpenSSL does it now (the first line of the file is looked at, where it can be read)',
    of: 'Java',
    printed: 'Illegal base64 character 2d',
    trouble: 'assertion-key-form',
    run: 'e2e',
    async *check(file) {
      for (const client of assertionClients(file)) {
        const path = client.value(`${prefix}private.key.file`)
        if (path === undefined || client.library !== 'java') continue
        const found = keyFault(await file.firstLineOf(path), path)
        if (found) yield { at: client.at(`${prefix}private.key.file`), ...found }
      }
    },
  },
]

function* retrieverFaults(client: Client): Iterable<Found> {
  const at = client.at(retriever)
  const value = client.value(retriever)
  if (
    at &&
    value !== undefined &&
    !retrievers.includes(value as never) &&
    (!value.includes('.') || value.startsWith('org.apache.kafka.'))
  ) {
    const right = retrievers.find((one) => one.endsWith(`.${value.slice(value.lastIndexOf('.') + 1)}`))
    yield {
      at,
      problem: `Kafka has no class ${shown('class', value)}`,
      remedy: right
        ? 'Write its full name.'
        : `Take one of ${retrievers.map((one) => one.slice(one.lastIndexOf('.') + 1)).join(', ')}, with its full name.`,
      paste: `${at.key}=${right ?? classNames.defaultJwtRetriever}`,
    }
  }
  const grant = client.at('sasl.oauthbearer.grant.type')
  if (client.library === 'java' && grant && /jwt-bearer/.test(grant.value) && !usesJwtBearer(client)) {
    yield {
      at: grant,
      severity: 'warning',
      problem: 'is a setting of librdkafka, which Java passes over: it asks by client_credentials',
      remedy: 'Java takes that grant from a class.',
      paste: `${client.prefix}${retriever}=${classNames.jwtBearerJwtRetriever}`,
    }
  }
}

function keyFault(firstLine: string | undefined, path: string): Omit<Found, 'at'> | undefined {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(firstLine ?? '')?.[1]
  if (label === undefined || label === 'PRIVATE KEY') return undefined
  const file = shown('file', path)
  if (label === 'ENCRYPTED PRIVATE KEY') {
    return {
      severity: 'warning',
      printed: 'An error occurred generating the OAuth assertion private key from <file>',
      problem: `the key is encrypted; as OpenSSL encrypts by default (PBES2) Java 17 does not read it`,
      remedy: 'Encrypt it as Java reads it, or take it without a passphrase in a file that nobody else can read.',
      paste: `openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in ${file} -out client.pem`,
    }
  }
  if (!/PRIVATE KEY|EC PARAMETERS/.test(label)) {
    return {
      problem: `the file begins with ${label}, and Kafka wants the private key alone`,
      remedy: 'Have a file with nothing but the key.',
      paste: `openssl pkcs8 -topk8 -nocrypt -in ${file} -out client.pem`,
    }
  }
  return {
    problem: `the key is in the form ${label}; Kafka reads PRIVATE KEY (PKCS#8) alone`,
    remedy: 'Convert it.',
    paste: `openssl pkcs8 -topk8 -nocrypt -in ${file} -out client.pem`,
  }
}
