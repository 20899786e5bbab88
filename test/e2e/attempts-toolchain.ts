import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname

/** Does work once for a folder and the inputs it is made from. */
type Once = (folder: string, inputs: readonly string[], work: () => Promise<void>) => Promise<void>

/** Clients that are made to fail, each by its own words; see `attempts.ts`. */
export interface AttemptTools {
  /** Python with kafka-python 3 and aiokafka, and folders with kafka-python 2 and a confluent-kafka of 2023. */
  readonly purePython: string
  readonly kafkaPython2: string
  readonly confluentKafka23: string
  readonly goAttempts: string
  /** Class path of Strimzi's login handler with Kafka's client. */
  readonly strimziClient: string
  /** Class path of the Kafka client as Flink's SQL jar has it, without and with Jackson. */
  readonly flinkSql: string
  readonly flinkSqlWithJackson: string
  /** Class path of the compiled programs alone, and of what configures Strimzi's validator, to stand before that of a broker. */
  readonly attempts: string
  readonly strimziValidator: string
  /** Debian's kcat and its environment, whose librdkafka has no OIDC; undefined on other systems. */
  readonly kcat: { readonly command: string; readonly env: Readonly<Record<string, string>> } | undefined
}

/** What is missing in the folder is installed; rejects when it cannot be, but for kcat. `broker` is the class path of the broker. */
export async function installAttempts(folder: string, once: Once, broker: string): Promise<AttemptTools> {
  const at = (...path: string[]) => join(folder, ...path)
  await mkdir(folder, { recursive: true })
  const java = async () => {
    await classes(at(), once, broker)
    // One after the other, as both fill Maven's own repository.
    return [await classpath(at('strimzi-client'), once), await classpath(at('flink-sql'), once)] as const
  }
  const [[strimziClient, flinkSql], kcat] = await Promise.all([
    java(),
    debianKcat(at('kcat'), once),
    python(at(), once),
    go(at('go'), once),
  ])
  const attempts = at('classes')
  const withoutJackson = flinkSql.split(delimiter).filter((jar) => !jar.includes('jackson'))
  return {
    purePython: at('venv', 'bin', 'python'),
    kafkaPython2: at('kafka-python-2'),
    confluentKafka23: at('confluent-kafka-2.3'),
    goAttempts: at('go', 'attempts'),
    strimziClient: [attempts, strimziClient].join(delimiter),
    flinkSql: [attempts, ...withoutJackson].join(delimiter),
    flinkSqlWithJackson: [attempts, flinkSql].join(delimiter),
    attempts,
    strimziValidator: [at('classes-strimzi'), broker].join(delimiter),
    kcat,
  }
}

async function python(folder: string, once: Once) {
  const requirements = (name: string) => join(here, 'python', name)
  const venv = join(folder, 'venv')
  await once(venv, [requirements('pure.txt')], async () => {
    await run('python3', ['-m', 'venv', '--clear', venv])
    await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements('pure.txt')])
  })
  for (const name of ['kafka-python-2', 'confluent-kafka-2.3']) {
    const target = join(folder, name)
    await once(target, [requirements(`${name}.txt`)], async () => {
      const install = ['install', '--quiet', '--no-deps', '--target', target]
      await run(join(venv, 'bin', 'pip'), [...install, '--requirement', requirements(`${name}.txt`)])
    })
  }
}

async function go(folder: string, once: Once) {
  const module = join(here, 'go', 'attempts')
  const sources = ['main.go', 'libraries.go', 'go.mod', 'go.sum'].map((name) => join(module, name))
  await once(folder, sources, async () => {
    await run('go', ['build', '-mod=readonly', '-o', join(folder, 'attempts'), '.'], { cwd: module })
  })
}

async function classes(folder: string, once: Once, broker: string) {
  const javac = (into: string, source: string, path: readonly string[]) =>
    once(join(folder, into), [join(here, 'java', 'src', source)], async () => {
      await run('javac', [
        '-Xlint:all',
        '-Werror',
        '-d',
        join(folder, into),
        ...path,
        join(here, 'java', 'src', source),
      ])
    })
  await javac('classes', 'Attempts.java', [])
  await javac('classes-strimzi', 'StrimziValidator.java', ['-cp', broker])
}

async function classpath(folder: string, once: Once): Promise<string> {
  const pom = join(here, 'java', folder.split('/').at(-1) ?? '', 'pom.xml')
  await once(folder, [pom, join(here, 'java', 'pom.xml')], async () => {
    const goal = ['dependency:build-classpath', `-Dclasspaths=${folder}`]
    await run('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', '--file', pom, ...goal])
  })
  return readFile(join(folder, folder.split('/').at(-1) ?? ''), 'utf8')
}

/** Unpacked, not installed; its libraries are those that no base system lacks. */
async function debianKcat(folder: string, once: Once): Promise<AttemptTools['kcat']> {
  if (!existsSync('/usr/bin/apt-get')) return undefined
  try {
    await once(folder, [import.meta.filename], async () => {
      await run('apt-get', ['download', 'kcat', 'librdkafka1', 'libyajl2'], { cwd: folder })
      for (const name of await readdir(folder)) {
        if (name.endsWith('.deb')) await run('dpkg', ['-x', join(folder, name), folder])
      }
    })
  } catch {
    // Without a list of packages, or without Debian's archive.
    return undefined
  }
  const [libraries = ''] = await readdir(join(folder, 'usr', 'lib'))
  return {
    command: join(folder, 'usr', 'bin', 'kcat'),
    env: { LD_LIBRARY_PATH: join(folder, 'usr', 'lib', libraries) },
  }
}
