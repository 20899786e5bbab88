import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority } from '../fakes/certificate-authority.ts'

/** An authority of one cluster, and what it has issued; all PEM. */
export interface ClusterTls {
  readonly caFile: string
  /** Key and certificate of all brokers in one file, for `localhost` and `127.0.0.1`. */
  readonly serverFile: string
  /** Its subject is `CN=<name>`, which brokers take for the principal `User:CN=<name>`. */
  readonly client: (name: string) => ClientCertificate
}

export interface ClientCertificate {
  readonly certFile: string
  readonly keyFile: string
  /** Key and certificate in one, as a PEM key store of Java has it. */
  readonly bothFile: string
}

export function clusterTls(folder: string): ClusterTls {
  mkdirSync(folder, { recursive: true })
  const authority = certificateAuthority()
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const server = authority.issue('localhost', '127.0.0.1')
  return {
    caFile: file('ca.pem', authority.cert),
    serverFile: file('server.pem', server.key + server.cert),
    client: (name) => {
      const { key, cert } = authority.issue(name)
      return {
        certFile: file(`${name}.crt`, cert),
        keyFile: file(`${name}.key.pem`, key),
        bothFile: file(`${name}.pem`, key + cert),
      }
    },
  }
}
