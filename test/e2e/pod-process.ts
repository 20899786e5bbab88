import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK } from 'jose'
import { inject } from 'vitest'
import type { Idp } from '../fakes/idp.ts'
import { freePorts, startChild } from './child-process.ts'
import type { Container } from './manifests.ts'

/** Who the container is by its manifest. As another user than root only that one can be had. */
const userOf = ({ securityContext }: Container) => {
  const uid = securityContext?.runAsUser
  return uid !== undefined && process.getuid?.() === 0 ? { uid, gid: uid } : undefined
}

export interface ContainerOptions {
  readonly container: Container
  /** An empty folder for what the pod's volumes hold. */
  readonly files: string
  readonly config: string
  /** Knows the client `orders` by the key in the Secret. */
  readonly idp: Idp
}

export function podFolder(folder: string) {
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return folder
}

/**
 * Runs the container of a manifest as a process: its arguments, user and probes. Replaced are the mounted folders, the program, which
 * is this Node with the tested command, and the ports, which come in as the container's own variables.
 */
export async function startContainer({ container, files, config, idp }: ContainerOptions) {
  const e2e = inject('e2e')
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath)
  const here = (text: string) => mounts.reduce((changed, path) => changed.replaceAll(path, files), text)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(files, 'config.yaml'), here(config), { mode: 0o644 })
  // As the kubelet writes a Secret without defaultMode: for everybody in the containers that mount it.
  writeFileSync(join(files, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o644 })
  idp.register({
    client_id: 'orders',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig' }] },
  })

  const own = (container.env ?? []).map(({ name, value }) => [name, value ?? ''])
  const env = {
    ...(Object.fromEntries(own) as NodeJS.ProcessEnv),
    KTS_PORT: String(port),
    KTS_ADMIN_PORT: String(adminPort),
  }
  const start = (name: string, args: readonly string[]) =>
    startChild({
      command: process.execPath,
      args: [e2e.tools.cli, ...args],
      env,
      cwd: '/',
      user: userOf(container),
      log: join(files, name),
    })
  const child = start('sidecar', (container.args ?? []).map(here))
  let probes = 0
  return {
    /** The exit code of the command, as the kubelet runs it, with the port of this run. */
    async startupProbe() {
      const [node, app, ...args] = container.startupProbe?.exec?.command ?? []
      if (
        node !== '/opt/kafka-token-sidecar/lib/node' ||
        app !== '/opt/kafka-token-sidecar/lib/app/kafka-token-sidecar.js'
      )
        throw new Error('the startup probe runs something else than the image has')
      return start(`probe-${++probes}`, [...args, `--admin-port=${adminPort}`]).exited(15_000)
    },
    async livenessProbe() {
      const { path, port: asked } = container.livenessProbe?.httpGet ?? {}
      if (asked !== 14294) throw new Error(`the liveness probe asks port ${asked}`)
      return (await fetch(`http://127.0.0.1:${adminPort}${path}`)).status
    },
    async token() {
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      const answer = await fetch(`http://localhost:${port}/token`, { method: 'POST', body })
      const { access_token: token = '' } = (await answer.json()) as { access_token?: string }
      return { status: answer.status, token }
    },
    ended() {
      child.kill('SIGTERM')
      return child.exited(10_000)
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
