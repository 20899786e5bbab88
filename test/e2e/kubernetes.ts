import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { type Child, freePorts, startChild } from './child-process.ts'
import { clusterAt } from './cluster.ts'

/** How other processes reach a running API server. */
export interface KubernetesAddress {
  readonly origin: string
  /** PEM; who issued the server's certificate. */
  readonly caFile: string
  /** May do everything. */
  readonly adminToken: string
  /** Of service account tokens. As in most clusters nobody outside can reach it: the keys are at `jwksUri`. */
  readonly issuer: string
  readonly jwksUri: string
  /** PEM; what service account tokens are signed with, so that a suite can have one that no server would give. */
  readonly signingKeyFile: string
}

export interface KubernetesOptions {
  readonly kubeApiserver: string
  readonly etcd: string
  /** A new folder for certificates, data and log. */
  readonly folder: string
}

export interface Kubernetes {
  readonly address: KubernetesAddress
  stop(): Promise<void>
}

const issuer = 'https://kubernetes.default.svc.cluster.local'

/** etcd and kube-apiserver with RBAC; there is no kubelet and no controller, so nothing runs. Ready when this resolves. */
export async function startKubernetes({ kubeApiserver, etcd, folder }: KubernetesOptions): Promise<Kubernetes> {
  const [client, peer, port] = (await freePorts(3)) as [number, number, number]
  await mkdir(folder)
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const authority = certificateAuthority()
  const server = authority.issue('localhost', '127.0.0.1')
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  const adminToken = randomUUID()
  const origin = `https://localhost:${port}`
  const address: KubernetesAddress = {
    origin,
    caFile: await file('ca.pem', authority.cert),
    adminToken,
    issuer,
    jwksUri: `${origin}/openid/v1/jwks`,
    signingKeyFile: await file('service-accounts.pem', signing.toString()),
  }

  const store = startChild({ command: etcd, args: storeOptions(client, peer, folder), log: join(folder, 'etcd') })
  const api = startChild({
    command: kubeApiserver,
    args: [
      `--etcd-servers=http://127.0.0.1:${client}`,
      ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--external-hostname=localhost:${port}`],
      `--tls-cert-file=${await file('server.pem', server.cert)}`,
      `--tls-private-key-file=${await file('server.key.pem', server.key)}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${await file('tokens.secret', `${adminToken},admin,admin,system:masters\n`)}`,
      ...['--authorization-mode=RBAC', '--service-cluster-ip-range=10.0.0.0/24'],
      ...[`--service-account-issuer=${issuer}`, `--service-account-jwks-uri=${address.jwksUri}`],
      `--service-account-signing-key-file=${address.signingKeyFile}`,
      `--service-account-key-file=${address.signingKeyFile}`,
      // It would publish this address for pods, which must not be one of the loopback.
      '--endpoint-reconciler-type=none',
    ],
    log: join(folder, 'kube-apiserver'),
  })
  const stop = async () => {
    // The API server waits for its store.
    await end(api).finally(() => end(store))
  }
  try {
    await ready(address, api)
  } catch (error) {
    await stop()
    throw error
  }
  return { address, stop }
}

const storeOptions = (client: number, peer: number, folder: string) => [
  `--data-dir=${join(folder, 'data')}`,
  ...[`--listen-client-urls=http://127.0.0.1:${client}`, `--advertise-client-urls=http://127.0.0.1:${client}`],
  ...[`--listen-peer-urls=http://127.0.0.1:${peer}`, `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`],
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
  '--unsafe-no-fsync',
]

/** The roles that every cluster has are made after the start. */
async function ready(address: KubernetesAddress, api: Child) {
  const until = Date.now() + 60_000
  const isReady = () =>
    clusterAt(address)
      .call('GET', '/readyz')
      .then(
        () => true,
        () => false,
      )
  while (!(await isReady())) {
    if (Date.now() > until || !api.isRunning()) throw new Error(`kube-apiserver does not start:\n${api.output()}`)
    await sleep(100)
  }
}

async function end(child: Child) {
  child.kill('SIGTERM')
  await child.exited(20_000).finally(() => child[Symbol.asyncDispose]())
}
