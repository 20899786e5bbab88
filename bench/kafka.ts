import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type ClusterOptions, type KafkaCluster, startCluster } from '../test/e2e/kafka-cluster.ts'

const repository = join(import.meta.dirname, '..')

/** A real broker with delegation tokens, and the class path of Kafka's commands. */
export interface Kafka extends AsyncDisposable {
  readonly cluster: KafkaCluster
  /** Class path with `org.apache.kafka.tools.DelegationTokenCommand`. */
  readonly tools: string
  /** For what is needed beside it; removed with it. */
  readonly folder: string
}

/** The jars come from Maven Central when they are needed for the first time. */
export async function startKafka(options: Omit<ClusterOptions, 'classpath' | 'folder'>): Promise<Kafka> {
  const [broker, tools] = ['broker', 'tools'].map(classpath) as [string, string]
  const folder = mkdtempSync(join(tmpdir(), 'kts-bench-kafka-'))
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const cluster = await startCluster({ ...options, classpath: broker, folder: join(folder, 'cluster') })
    return {
      cluster,
      tools,
      folder,
      async [Symbol.asyncDispose]() {
        await cluster[Symbol.asyncDispose]()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

function classpath(module: string): string {
  const folder = join(repository, '.cache', 'bench', 'classpath')
  const file = join(folder, module)
  const isThere = (): boolean => existsSync(file) && readFileSync(file, 'utf8').split(delimiter).every(existsSync)
  if (!isThere()) {
    const pom = join(repository, 'test', 'e2e', 'java', 'pom.xml')
    const goal = ['--projects', module, 'dependency:build-classpath', `-Dclasspaths=${folder}`]
    execFileSync('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', '--file', pom, ...goal])
  }
  return readFileSync(file, 'utf8')
}
