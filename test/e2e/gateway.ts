import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, fetch, type RequestInit } from 'undici'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import type { ClientSecret } from './client.ts'
import { projectedVolume } from './projected-volume.ts'
import type { Shared } from './setup.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

/** A sidecar on TLS that knows its callers. */
export interface Gateway extends Sidecar {
  /** Writes the configuration file anew, as an editor does. */
  edit(configuration: GatewayConfiguration): void
  /** What its audit stream has told so far. */
  audit(): readonly AuditLine[]
  /** One token request on a connection of its own. */
  ask(request?: TokenRequest): Promise<TokenAnswer>
  /** The public keys of a self-issued profile. */
  jwks(profile: string): Promise<PublicKeys>
}

export interface PublicKeys {
  readonly keys: readonly { readonly kid: string }[]
}

export type AuditLine = Readonly<Record<string, unknown>>

/** The audit stream in what a gateway printed. */
export const auditIn = (output: string): readonly AuditLine[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{"stream":"audit"'))
    .map((line) => JSON.parse(line) as AuditLine)

/** `listen.tls` is added. */
export type GatewayConfiguration = Readonly<Record<string, unknown>> & {
  readonly listen?: Readonly<Record<string, unknown>>
}

export interface TokenRequest {
  readonly path?: string
  readonly client?: ClientSecret
  readonly assertion?: string
}

export interface TokenAnswer {
  readonly status: number
  readonly access_token?: string
  readonly error_description?: string
}

export const basic = ({ id, secret }: ClientSecret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** Certificates, secrets and files of one suite, and the gateways that use them. */
export type GatewayWorld = ReturnType<typeof gatewayWorld>

export function gatewayWorld({ tools, folder: root }: Shared, name: string) {
  const folder = join(root, name)
  mkdirSync(folder)
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const authority = certificateAuthority()
  const caFile = file('ca.pem', authority.cert)
  const tls = projectedVolume(join(folder, 'tls'))
  const certify = () => {
    const { cert, key } = authority.issue('localhost')
    tls.write({ 'tls.crt': cert, 'tls.key': key })
  }
  certify()
  const withTls = ({ listen, ...rest }: GatewayConfiguration) => {
    const own = { certFile: tls.path('tls.crt'), keyFile: tls.path('tls.key'), clientCaFile: caFile }
    return { listen: { tls: own, ...listen }, ...rest }
  }
  const answered = async (url: string, request: RequestInit) => {
    const dispatcher = new Agent({ connect: { ca: authority.cert } })
    const answer = await fetch(url, { ...request, dispatcher })
    const json = (await answer.json()) as object
    await dispatcher.close()
    return { status: answer.status, ...json }
  }
  const ask = (origin: string, { path = '/token', client, assertion }: TokenRequest) => {
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return answered(origin + path, {
      method: 'POST',
      headers: client === undefined ? {} : { Authorization: basic(client) },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(assertion !== undefined && { client_assertion_type: type, client_assertion: assertion }),
      }),
    })
  }
  const command = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [tools.cli, ...args])
    return stdout
  }
  return {
    caFile,
    /** Runs a command of the product, and resolves with what it prints. */
    command,
    file,
    path: (name: string) => join(folder, name),
    volume: (name: string) => projectedVolume(join(folder, name)),
    /** Replaces the certificate of all gateways here. */
    certify,
    /** PEM of a client's key and certificate in one, as Java takes it. */
    clientCertificate: (name: string) => {
      const { cert, key } = authority.issue(name)
      return file(`${name}.pem`, key + cert)
    },
    /** A new secret and its hash, made by the command. */
    secret: async (id: string) => {
      const path = join(folder, `${id}-${randomUUID()}.secret`)
      const stdout = await command('secret', 'generate', '--out', path)
      const secret = readFileSync(path, 'utf8')
      return { id, secret, hash: stdout.trim() }
    },
    start: async (name: string, configuration: GatewayConfiguration, port = 0): Promise<Gateway> => {
      const log = join(root, `sidecar-${name}`)
      const sidecar = await startSidecar({ cli: tools.cli, log, port, caFile, configuration: withTls(configuration) })
      return {
        ...sidecar,
        edit: (changed) => {
          writeFileSync(`${log}.yaml`, JSON.stringify(withTls(changed), undefined, 2))
        },
        audit: () => auditIn(sidecar.output()),
        ask: (request = {}) => ask(sidecar.origin, request),
        jwks: async (profile) => {
          const keys = await answered(`${sidecar.origin}/jwks/${profile}`, {})
          return keys as unknown as PublicKeys
        },
      }
    },
  }
}
