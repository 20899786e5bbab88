import { existsSync } from 'node:fs'
import { cp, copyFile, mkdir, readFile } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { installed, installedPython, run } from './installed.ts'
import { repository } from './readme.ts'

const here = import.meta.dirname
const example = join(repository, 'examples', 'beam')

/** Apache Beam, of one version throughout. */
export interface BeamTools {
  /** Class path of the expansion service, with KafkaIO. */
  readonly expansionService: string
  /** What Beam's container for Java has in `/opt/apache/beam`: `boot` and the jars that it names. */
  readonly home: string
  /** The portable runner, as a server of jobs. */
  readonly prism: string
  /** Python with what the example requires. */
  readonly python: string
}

export async function installBeam(): Promise<BeamTools> {
  const [jars, programs, python] = await Promise.all([
    javaLibraries(),
    goPrograms(),
    installedPython('beam-python', join(example, 'python', 'requirements.txt')),
  ])
  const home = join(programs, 'home')
  await cp(join(jars, 'jars'), join(home, 'jars'), { recursive: true })
  return {
    expansionService: await readFile(join(jars, 'expansion-service'), 'utf8'),
    home,
    prism: join(programs, 'prism'),
    python,
  }
}

/** Those that `boot` puts on the class path by these names. */
const containerJars = [
  'slf4j-api',
  'slf4j-jdk14',
  'jcl-over-slf4j',
  'log4j-over-slf4j',
  'log4j-to-slf4j',
  'beam-sdks-java-harness',
  'jamm',
]

async function javaLibraries() {
  const service = join(here, 'java', 'beam', 'pom.xml')
  const inputs = [service, join(example, 'java', 'pom.xml'), join(example, 'java', 'CopyTopic.java')]
  const install = (isForced: boolean) =>
    installed('beam-java', inputs, isForced, async (folder) => {
      const classpath = join(folder, 'expansion-service')
      await maven(['--file', service, ...classpathGoal(classpath)])
      const all = (await readFile(classpath, 'utf8')).split(delimiter)
      await mkdir(join(folder, 'jars'))
      for (const name of containerJars) {
        const found = all.find((path) => basename(path).replace(/-[\d.]+\.jar$/, '') === name)
        if (found === undefined) throw new Error(`there is no ${name} in ${classpath}`)
        await copyFile(found, join(folder, 'jars', `${name}.jar`))
      }
      // So that the example's own commands find all they need in Maven's repository.
      await cp(join(example, 'java'), join(folder, 'example'), { recursive: true })
      const pom = join(folder, 'example', 'pom.xml')
      await maven(['--file', pom, 'compile', ...classpathGoal(join(folder, 'example', 'classpath'))])
    })
  const folder = await install(false)
  const jars = (await readFile(join(folder, 'expansion-service'), 'utf8')).split(delimiter)
  // The jars are in Maven's own repository, which may have been emptied since.
  return jars.every(existsSync) ? folder : install(true)
}

const maven = (args: readonly string[]) => run('mvn', ['--batch-mode', '--quiet', '--no-transfer-progress', ...args])
const classpathGoal = (file: string) => [
  'dependency:build-classpath',
  `-Dmdep.outputFile=${file}`,
  '-Dmdep.includeScope=runtime',
]

/** From their sources, as nobody publishes the programs where Go modules are: 2 minutes at first. */
async function goPrograms() {
  const module = join(here, 'go', 'beam')
  const sources = ['go.mod', 'go.sum'].map((name) => join(module, name))
  return installed('beam-go', sources, false, async (folder) => {
    const beam = 'github.com/apache/beam/sdks/v2'
    const build = (name: string, path: string) =>
      run('go', ['build', '-mod=readonly', '-ldflags=-s -w', '-o', join(folder, name), `${beam}/${path}`], {
        cwd: module,
      })
    await build(join('home', 'boot'), 'java/container')
    await build('prism', 'go/cmd/prism')
  })
}
