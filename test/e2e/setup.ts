import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { googlePrincipals } from './google.ts'
import { startBroker } from './broker.ts'
import { startKeycloakWorld } from './keycloak-world.ts'
import { startKubernetes } from './kubernetes.ts'
import { onDemand } from './on-demand.ts'
import { startSidecar } from './sidecar.ts'
import { installToolchain, type Toolchain } from './toolchain.ts'

/** In the names of the configuration file. */
export interface Issuer {
  readonly issuer: string
  readonly audience: string
  readonly keyFile: string
}

/** One sidecar and one broker for all suites; a suite that stops something starts its own. */
export interface Shared {
  readonly tools: Toolchain
  /** Everything that was printed in this run, and the data. */
  readonly folder: string
  /** The issuer that the broker trusts: another sidecar with the same options issues tokens it accepts. */
  readonly issuer: Issuer
  readonly sidecar: string
  readonly brokerLog: string
  /** Bootstrap servers: tokens checked by our JWKS; and the stand-in for Google Managed Kafka. */
  readonly jwks: string
  readonly google: string
  /** Answers with what `keycloakWorld()` gives to suites. */
  readonly keycloakWorld: string
  /** Answers with what `kubernetesWorld()` gives to suites. */
  readonly kubernetesWorld: string
}

declare module 'vitest' {
  interface ProvidedContext {
    e2e: Shared
  }
}

// Three sessions in each token's life, and two tokens in each suite.
const lifetime = '20s'
const connectionsMaxReauthMs = 8_000

export default async function setup(project: TestProject) {
  const tools = await installToolchain()
  const folder = await mkdtemp(join(tmpdir(), 'kafka-token-sidecar-e2e-'))
  // A suite lets its sidecar run as another user, who finds his files by their paths.
  await chmod(folder, 0o711)
  // The key is kept in a file: after a restart with a new one the broker would refuse the first logins.
  const issuer = { issuer: 'https://issuer.example', audience: 'kafka', keyFile: join(folder, 'issuer.pem') }

  const sidecar = await startSidecar({
    cli: tools.cli,
    log: join(folder, 'sidecar-shared'),
    options: { source: 'self-issued', ...issuer, subject: 'alice', lifetime },
  })
  const broker = await startBroker({
    classpath: tools.broker,
    folder: join(folder, 'broker'),
    superUsers: ['alice', ...Object.values(googlePrincipals)],
    listeners: {
      JWKS: { validation: { jwksUrl: `${sidecar.origin}/jwks`, ...issuer }, connectionsMaxReauthMs },
      GOOGLE: { validation: 'claims only', connectionsMaxReauthMs },
    },
  }).catch(async (error: unknown) => {
    await sidecar[Symbol.asyncDispose]()
    throw error
  })
  const keycloak = await onDemand(() => startKeycloakWorld(tools, folder, connectionsMaxReauthMs))
  const { kubeApiserver, etcd } = tools
  const kubernetes = await onDemand(() => startKubernetes({ kubeApiserver, etcd, folder: join(folder, 'kubernetes') }))
  project.provide('e2e', {
    tools,
    folder,
    issuer,
    sidecar: sidecar.origin,
    brokerLog: broker.log.file,
    jwks: broker.bootstrap['JWKS'] ?? '',
    google: broker.bootstrap['GOOGLE'] ?? '',
    keycloakWorld: keycloak.url,
    kubernetesWorld: kubernetes.url,
  })
  return async () => {
    await keycloak.stop()
    await kubernetes.stop()
    await broker.stop()
    await sidecar.stop()
    if (project.vitest.state.getCountOfFailedTests() > 0) console.error(`What was printed is in ${folder}`)
    else await rm(folder, { recursive: true })
  }
}
