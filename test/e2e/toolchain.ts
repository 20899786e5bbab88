import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type AttemptTools, installAttempts } from './attempts-toolchain.ts'

const run = promisify(execFile)
const here = import.meta.dirname
const repository = join(here, '..', '..')

/** What the suites need besides Node, as paths. */
export interface Toolchain {
  readonly cli: string
  readonly broker: string
  readonly broker39: string
  readonly java43: string
  readonly java39: string
  /** Class path of Kafka's commands, such as `kafka-acls.sh`. */
  readonly kafkaTools: string
  /** Class path of Kafka Connect with its file connectors. */
  readonly connect: string
  /** SparkJob and its class path, with the libraries of Spark. */
  readonly spark: string
  readonly python: string
  readonly goClient: string
  readonly keycloak: string
  /** Programs of a Kubernetes control plane: no cluster, but the real API. */
  readonly kubeApiserver: string
  readonly etcd: string
  readonly kubectl: string
  /** Clients that suites make fail. */
  readonly attempts: AttemptTools
}

/** Installs what is missing, and rejects when anything cannot be installed: a suite that cannot run has failed. */
export async function installToolchain(): Promise<Toolchain> {
  const cache = process.env['KTS_E2E_CACHE'] ?? join(repository, '.cache', 'e2e')
  const at = (...path: string[]) => join(cache, ...path)
  await mkdir(cache, { recursive: true })

  const java = async () => {
    await mavenClasspaths(at('classpath'))
    // Not at the same time, as both fill Maven's own repository.
    const keycloak = await keycloakDistribution(at('keycloak'))
    const classpath = (name: string) => readFile(at('classpath', name), 'utf8')
    const [broker, broker39, client43, client39, kafkaTools, connect, spark] = await Promise.all(modules.map(classpath))
    const compiled = async (version: string, libraries: string, names: readonly string[]) => {
      const classes = at(`classes-${version}`)
      const sources = names.map((name) => join(here, 'java', 'src', `${name}.java`))
      await once(classes, [...sources, join(here, 'java', `client-${version}`, 'pom.xml')], async () => {
        await run('javac', ['-Xlint:all', '-Werror', '-d', classes, '-cp', libraries, ...sources])
      })
      return classes + delimiter + libraries
    }
    return {
      keycloak,
      broker: broker ?? '',
      broker39: broker39 ?? '',
      kafkaTools: kafkaTools ?? '',
      connect: connect ?? '',
      spark: await sparkJob(at('classes-spark'), spark ?? ''),
      java43: await compiled('4.3', client43 ?? '', ['Client', 'ShareClient', 'Login', 'TokenFileClient', 'JobClient']),
      java39: await compiled('3.9', client39 ?? '', ['Client', 'TokenFileClient']),
    }
  }
  const go = async () => {
    await goClient(at('go'))
    await kubernetesPrograms(at('kubernetes'))
  }
  const [classpaths] = await Promise.all([java(), pythonLibrary(at('venv')), go(), builtCli()])
  return {
    ...classpaths,
    attempts: await installAttempts(at('attempts'), once, classpaths.broker),
    cli: builtCommand,
    python: at('venv', 'bin', 'python'),
    goClient: at('go', 'client'),
    kubeApiserver: at('kubernetes', 'kube-apiserver'),
    etcd: at('kubernetes', 'server'),
    kubectl: at('kubernetes', 'kubectl'),
  }
}

const modules = ['broker', 'broker-3.9', 'client-4.3', 'client-3.9', 'tools', 'connect', 'spark']

async function mavenClasspaths(folder: string) {
  const pom = (name: string) => join(here, 'java', name, 'pom.xml')
  const install = () =>
    once(folder, ['.', ...modules].map(pom), async () => {
      const goal = ['dependency:build-classpath', `-Dclasspaths=${folder}`]
      await run('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', '--file', pom('.'), ...goal])
    })
  await install()
  // The jars are in Maven's own repository, which may have been emptied since.
  const jars = (await readFile(join(folder, 'broker'), 'utf8')).split(delimiter)
  if (jars.every(existsSync)) return
  await rm(folder, { recursive: true })
  await install()
}

async function sparkJob(classes: string, libraries: string) {
  const source = (name: string) => join(here, 'java', 'spark', name)
  await once(classes, ['SparkJob.java', 'pom.xml'].map(source), async () => {
    // Spark's own annotations are not on the class path.
    const lint = ['-Xlint:all,-processing,-classfile', '-Werror']
    await run('javac', [...lint, '-d', classes, '-cp', libraries, source('SparkJob.java')])
  })
  return classes + delimiter + libraries
}

// Named although most are on by default now: none of them is to vanish without a word.
const keycloakFeatures = ['token-exchange-standard', 'jwt-authorization-grant', 'client-auth-federated']

/** Unpacked, and built for these features so that each start takes 12 s less. */
async function keycloakDistribution(folder: string) {
  const pom = join(here, 'java', 'keycloak', 'pom.xml')
  const home = join(folder, 'unpacked', 'keycloak-26.7.3')
  await once(folder, [pom, import.meta.filename], async () => {
    const folders = [`-DoutputDirectory=${join(folder, 'unpacked')}`, `-DmarkersDirectory=${join(folder, 'markers')}`]
    const goal = ['dependency:unpack-dependencies', ...folders, `-Dclasspaths=${folder}`]
    await run('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', '--file', pom, ...goal])
    const options = [`--features=${keycloakFeatures.join()}`, '--db=dev-mem', '--https-client-auth=request']
    await run(join(home, 'bin', 'kc.sh'), ['build', ...options])
  })
  return home
}

async function pythonLibrary(folder: string) {
  const requirements = join(here, 'python', 'requirements.txt')
  await once(folder, [requirements], async () => {
    await run('python3', ['-m', 'venv', '--clear', folder])
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements])
  })
}

async function goClient(folder: string) {
  const module = join(here, 'go')
  const sources = ['main.go', 'go.mod', 'go.sum'].map((name) => join(module, name))
  await once(folder, sources, async () => {
    await run('go', ['build', '-mod=readonly', '-o', join(folder, 'client'), '.'], { cwd: module })
  })
}

/** From their sources, as nobody publishes the programs where Go modules are. Minutes at first, then a matter of Go's cache. */
async function kubernetesPrograms(folder: string) {
  const module = join(here, 'go', 'kubernetes')
  const sources = ['go.mod', 'go.sum'].map((name) => join(module, name))
  await once(folder, sources, async () => {
    // Without tables of symbols they are half as large. Charts ask for the version, which would be v0.0.0-master.
    const [, version = '', major, minor] =
      /kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(await readFile(join(module, 'go.mod'), 'utf8')) ?? []
    const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor }
    const stamped = Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    const flags = ['-mod=readonly', `-ldflags=-s -w ${stamped.join(' ')}`, '-o', `${folder}/`]
    const programs = ['kube-apiserver', 'kubectl'].map((name) => `k8s.io/kubernetes/cmd/${name}`)
    await run('go', ['build', ...flags, ...programs, 'go.etcd.io/etcd/server/v3'], { cwd: module })
  })
}

const builtCommand = process.env['KTS_E2E_CLI'] ?? join(repository, 'dist', 'bin', 'kafka-token-sidecar.js')

async function builtCli() {
  if (!existsSync(builtCommand)) await run('npm', ['run', 'build'], { cwd: repository })
}

/** Does the work once for a folder and the inputs it is made from; the mark is written last, so a half-made folder is made anew. */
async function once(folder: string, inputs: readonly string[], work: () => Promise<void>) {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(await readFile(input))
  const mark = join(folder, '.made-from')
  const made = await readFile(mark, 'utf8').catch(() => '')
  const digest = hash.digest('hex')
  if (made === digest) return
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await work()
  await writeFile(mark, digest)
}
