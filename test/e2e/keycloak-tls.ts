import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority } from '../fakes/certificate-authority.ts'

/** Where Keycloak takes client certificates (RFC 8705), and what a client needs for that. */
export interface KeycloakTls {
  readonly origin: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
  /** As Keycloak writes it. */
  readonly subject: string
}

/** An authority of this run, a certificate of the server and one of a client. */
export function tlsFiles(folder: string, port: number) {
  mkdirSync(folder)
  const authority = certificateAuthority()
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const subject = 'tls-client'
  const [server, client] = [authority.issue('localhost'), authority.issue(subject)]
  const caFile = file('ca.pem', authority.cert)
  const tls: KeycloakTls = {
    origin: `https://localhost:${port}`,
    caFile,
    certFile: file('client.pem', client.cert),
    keyFile: file('client.key.pem', client.key),
    subject: `CN=${subject}`,
  }
  const options = [
    `--https-port=${port}`,
    `--https-certificate-file=${file('server.pem', server.cert)}`,
    `--https-certificate-key-file=${file('server.key.pem', server.key)}`,
    `--truststore-paths=${caFile}`,
  ]
  return { tls, options }
}
