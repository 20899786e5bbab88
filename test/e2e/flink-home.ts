import { appendFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { freePorts } from './child-process.ts'
import { ecosystemSource, type Ecosystem } from './ecosystem.ts'

/** As Flink's own config.yaml opens them in `env.java.opts.all`. */
const opens = ['java.lang', 'java.util', 'java.time', 'java.net', 'java.lang.reflect', 'java.util.concurrent']
const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  ...opens.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
]

/**
 * Flink's scripts by the classes that they call, with the options of the JVM from config.yaml. The SQL client is a program of ours,
 * which runs the same statements on a cluster in its own process, as its jar and that of DataStream exclude each other.
 */
export function flinkScripts({ classpaths }: Ecosystem): Readonly<Record<string, string>> {
  const options = (name: string) => `$(sed -n 's/^env.java.opts.${name}: //p' "$FLINK_CONF_DIR/config.yaml")`
  const java = `exec java ${jvm.join(' ')}`
  const lib = '-cp "$FLINK_HOME/lib/*" org.apache.flink'
  const cluster = '--configDir "$FLINK_CONF_DIR"'
  return {
    'jobmanager.sh': `${java} -Xmx256m ${options('jobmanager')} ${lib}.runtime.entrypoint.StandaloneSessionClusterEntrypoint ${cluster}`,
    'taskmanager.sh': `${java} -Xmx256m ${options('taskmanager')} ${lib}.runtime.taskexecutor.TaskManagerRunner ${cluster}`,
    flink: `${java} -Xmx128m ${lib}.client.cli.CliFrontend "$@"`,
    'sql-client.sh': `${java} -Xmx512m ${options('taskmanager')} -cp '${classpaths['flink-sql']}' '${ecosystemSource('FlinkStatements')}' "$@"`,
  }
}

/** A folder that Flink takes for its installation, with the connector in `lib`. */
export function flinkHome({ classpaths }: Ecosystem, folder: string): string {
  const lib = join(folder, 'lib')
  mkdirSync(lib, { recursive: true })
  for (const jar of classpaths.flink.split(delimiter)) symlinkSync(jar, join(lib, basename(jar)))
  return folder
}

/** What Flink's scripts reckon from `taskmanager.memory.process.size`, and addresses. */
export async function configureFlink(file: string) {
  const [rpc, rest] = (await freePorts(2)) as [number, number]
  const settings = {
    'jobmanager.rpc.address': 'localhost',
    'jobmanager.rpc.port': rpc,
    'jobmanager.bind-host': '127.0.0.1',
    'rest.address': 'localhost',
    'rest.bind-address': '127.0.0.1',
    'rest.port': rest,
    'taskmanager.host': 'localhost',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.cpu.cores': 1,
    'taskmanager.numberOfTaskSlots': 1,
    'taskmanager.memory.task.heap.size': '128m',
    'taskmanager.memory.task.off-heap.size': '16m',
    'taskmanager.memory.framework.heap.size': '64m',
    'taskmanager.memory.framework.off-heap.size': '64m',
    'taskmanager.memory.network.min': '32m',
    'taskmanager.memory.network.max': '32m',
    'taskmanager.memory.managed.size': '32m',
    'taskmanager.memory.jvm-metaspace.size': '128m',
    'taskmanager.memory.jvm-overhead.min': '64m',
    'taskmanager.memory.jvm-overhead.max': '64m',
    'parallelism.default': 1,
  }
  appendFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  )
}
