import { existsSync } from 'node:fs'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { installed, installedPython, run } from './installed.ts'

const here = import.meta.dirname

const javaPrograms = ['streams', 'mirrormaker', 'flink', 'flink-sql', 'camel'] as const

/** Programs that have a Kafka client inside; they are for the suites of `config` alone. */
export interface Ecosystem {
  readonly classpaths: Readonly<Record<(typeof javaPrograms)[number], string>>
  /** With kafka-python and aiokafka. */
  readonly python: string
  /** A folder from which `kafkajs` is found. */
  readonly node: string
  /** A module with franz-go, sarama and confluent-kafka-go; programs are built beside its files. */
  readonly go: string
}

export async function installEcosystem(): Promise<Ecosystem> {
  const [classpaths, python, node, go] = await Promise.all([
    mavenClasspaths(),
    installedPython('ecosystem-python', join(here, 'python', 'ecosystem-requirements.txt')),
    kafkaJs(),
    goModules(),
  ])
  return { classpaths, python, node, go }
}

async function mavenClasspaths() {
  const pom = (name: string) => join(here, 'java', 'ecosystem', name, 'pom.xml')
  const install = (isForced: boolean) =>
    installed('ecosystem-java', ['.', ...javaPrograms].map(pom), isForced, async (folder) => {
      const goal = ['dependency:build-classpath', `-Dclasspaths=${folder}`]
      await run('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', '--file', pom('.'), ...goal])
    })
  const read = async (folder: string) => {
    const texts = await Promise.all(javaPrograms.map((name) => readFile(join(folder, name), 'utf8')))
    return Object.fromEntries(javaPrograms.map((name, index) => [name, texts[index] ?? ''])) as Ecosystem['classpaths']
  }
  const classpaths = await read(await install(false))
  // The jars are in Maven's own repository, which may have been emptied since.
  return classpaths.flink.split(delimiter).every(existsSync) ? classpaths : read(await install(true))
}

const kafkaJsVersion = '2.2.4'

/** It has no dependencies, so its package is all there is. */
async function kafkaJs() {
  const folder = await installed('ecosystem-node', [import.meta.filename], false, async (target) => {
    const options = ['pack', `kafkajs@${kafkaJsVersion}`, '--silent', '--pack-destination', target]
    await run('npm', options, { cwd: target })
    const modules = join(target, 'node_modules', 'kafkajs')
    await mkdir(modules, { recursive: true })
    await run('tar', ['-xzf', `kafkajs-${kafkaJsVersion}.tgz`, '-C', modules, '--strip-components=1'], { cwd: target })
  })
  return folder
}

/** Built once, so that the tests only build what `config` prints. */
async function goModules() {
  const sources = ['go.mod', 'go.sum', 'franz', 'sarama', 'confluent'].map((name) =>
    join(here, 'go', 'ecosystem', name),
  )
  const inputs = sources.map((path) => (/\.(mod|sum)$/.test(path) ? path : join(path, 'main.go')))
  return installed('ecosystem-go', inputs, false, async (target) => {
    await cp(join(here, 'go', 'ecosystem'), target, { recursive: true })
    for (const name of ['franz-go/pkg/kgo', 'franz-go/pkg/sasl/oauth'].map((path) => `github.com/twmb/${path}`)) {
      await run('go', ['build', '-mod=readonly', name], { cwd: target })
    }
    const others = ['github.com/IBM/sarama', 'golang.org/x/oauth2/clientcredentials']
    await run('go', ['build', '-mod=readonly', ...others, 'github.com/confluentinc/confluent-kafka-go/v2/kafka'], {
      cwd: target,
    })
  })
}

/** A program in one file, which Java compiles as it starts it. */
export const ecosystemSource = (name: string) => join(here, 'java', 'ecosystem', 'src', `${name}.java`)
