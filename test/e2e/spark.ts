import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { startChild } from './child-process.ts'
import type { Shared } from './setup.ts'

export interface SparkOptions {
  /** Of the topic and of the folder in which it runs. */
  readonly name: string
  readonly mode: 'batch' | 'stream'
  /** Properties with everything but the bootstrap servers. */
  readonly file: string
  readonly bootstrap: string
  /** Default: a driver and two executors, each a process of its own. */
  readonly master?: string
  /** Settings of Spark. */
  readonly conf?: Readonly<Record<string, string>>
}

export interface SparkRun extends AsyncDisposable {
  readonly shows: (pattern: RegExp, timeoutMs: number) => Promise<void>
  /** Ends a stream. */
  stop(): void
  isRunning(): boolean
  /** What it printed for this event, see java/spark/SparkJob.java. Waits for the end. */
  printed(event: string): Promise<Readonly<Record<string, unknown>>>
  /** Where driver and executors write. */
  readonly folder: string
}

const clusterInOneMachine = 'local-cluster[2,1,512]'

/** As `spark-submit` starts it, whose scripts are not at Maven Central: executors find the jars in SPARK_HOME. */
export function startSparkJob({ tools, folder: root }: Shared, options: SparkOptions): SparkRun {
  const { name, mode, file, bootstrap, master = clusterInOneMachine, conf = {} } = options
  const folder = join(root, `spark-${name}`)
  const [classes = '', ...jars] = tools.spark.split(delimiter)
  mkdirSync(join(folder, 'home', 'jars'), { recursive: true })
  for (const jar of jars) symlinkSync(jar, join(folder, 'home', 'jars', basename(jar)))
  const settings = {
    'spark.master': master,
    'spark.app.name': name,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '2',
    'spark.executor.memory': '512m',
    // Otherwise an executor of 512 MB would be refused as too small.
    'spark.testing.reservedMemory': '1',
    'spark.executor.extraClassPath': classes,
    ...conf,
  }
  const jvm = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', tools.spark]
  const program = ['SparkJob', mode, file, bootstrap, `spark-${name}`, folder]
  const child = startChild({
    command: 'java',
    args: [...jvm, ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`), ...program],
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      SPARK_HOME: join(folder, 'home'),
      SPARK_SCALA_VERSION: '2.13',
      SPARK_LOCAL_IP: '127.0.0.1',
    },
    log: join(folder, 'driver'),
  })
  return {
    folder,
    shows: child.shows,
    isRunning: () => child.isRunning(),
    stop: () => {
      writeFileSync(join(folder, 'stop'), '')
    },
    printed: async (event) => {
      const code = await child.exited(240_000)
      const lines = child.stdout().split('\n')
      const found = lines
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .find((line) => line['event'] === event)
      if (code !== 0 || !found) throw new Error(`Spark ended with ${code}:\n${child.output().slice(-4000)}`)
      return found
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
