import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts, startChild } from './child-process.ts'
import { type KeycloakTls, tlsFiles } from './keycloak-tls.ts'
import { realmAt } from './realm.ts'

/** How other processes reach a running server. */
export interface KeycloakAddress {
  readonly origin: string
  readonly pid: number
  readonly adminPassword: string
  readonly tls: KeycloakTls
}

export interface Keycloak extends AsyncDisposable {
  readonly address: KeycloakAddress
}

export interface KeycloakOptions {
  /** The unpacked distribution, built. It is only read. */
  readonly distribution: string
  /** A new folder for its data and log. */
  readonly folder: string
}

/** A server with an empty realm `kafka`, kept in memory. */
export async function startKeycloak({ distribution, folder }: KeycloakOptions): Promise<Keycloak> {
  const [port, management, tlsPort] = (await freePorts(3)) as [number, number, number]
  const origin = `http://localhost:${port}`
  const home = join(folder, 'home')
  await mkdir(join(home, 'conf'), { recursive: true })
  await copyFile(join(distribution, 'conf', 'cache-ispn.xml'), join(home, 'conf', 'cache-ispn.xml'))
  for (const name of ['lib', 'providers']) await symlink(join(distribution, name), join(home, name))

  const { tls, options } = tlsFiles(join(folder, 'tls'), tlsPort)
  const adminPassword = randomUUID()
  const server = [
    ...['start', '--optimized', '--cache=local', '--http-enabled=true', '--http-host=127.0.0.1'],
    ...[`--http-port=${port}`, `--http-management-port=${management}`, `--hostname=${origin}`],
    ...options,
  ]
  const child = startChild({
    command: 'java',
    // As bin/kc.sh starts it, which would stay between us and the process that is to be stopped.
    args: [
      ...jvm,
      `-Dkc.home.dir=${home}`,
      `-Djboss.server.config.dir=${join(home, 'conf')}`,
      ...main(home),
      ...server,
    ],
    env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: adminPassword },
    log: join(folder, 'keycloak'),
  })
  const address = { origin, pid: child.pid, adminPassword, tls }
  const dispose = () => child[Symbol.asyncDispose]()
  try {
    const end = Date.now() + 120_000
    while (!(await isReady(origin))) {
      if (Date.now() > end || !child.isRunning()) throw new Error(`Keycloak does not start:\n${child.output()}`)
      await sleep(200)
    }
    await realmAt(address).create()
  } catch (error) {
    await dispose()
    throw error
  }
  return { address, [Symbol.asyncDispose]: dispose }
}

const opened = ['java.util', 'java.util.concurrent', 'java.security', 'java.lang']
const jvm = [
  ...['-Xmx512m', '-XX:MaxMetaspaceSize=256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'],
  ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
]

const main = (home: string) => [
  '-cp',
  join(home, 'lib', 'quarkus-run.jar'),
  'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
]

// 503 until the master realm has been made.
const isReady = (origin: string) =>
  fetch(`${origin}/realms/master`).then(
    (answer) => answer.ok,
    () => false,
  )
