import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from './child-process.ts'
import type { Shared } from './setup.ts'

/** A client of Kafka in one run of java/src/Cases.java. */
export interface ClientCase {
  readonly name: string
  readonly properties: Readonly<Record<string, string | undefined>>
}

/** What each client printed, its own lines of the log included, and the whole log. */
export interface Printed {
  readonly log: string
  of(name: string): string
  works(name: string): boolean
}

export type Version = '4.3' | '3.9'

/** Compiled once, for both versions. */
export async function compiledCases({ tools, folder }: Shared): Promise<string> {
  const classes = join(folder, 'classes-cases')
  await mkdir(classes, { recursive: true })
  const source = join(import.meta.dirname, 'java', 'src', 'Cases.java')
  await promisify(execFile)('javac', ['-Xlint:all', '-Werror', '-d', classes, '-cp', tools.java39, source])
  return classes
}

/** All clients in one JVM, at the same time. */
export async function runCases(options: {
  readonly shared: Shared
  readonly classes: string
  readonly version: Version
  /** A new folder. */
  readonly folder: string
  readonly jvm: readonly string[]
  readonly cases: readonly ClientCase[]
}): Promise<Printed> {
  const { shared, classes, version, folder, jvm, cases } = options
  await mkdir(folder, { recursive: true })
  for (const { name, properties } of cases) {
    const lines = Object.entries(properties).filter(([, value]) => value !== undefined)
    const text = lines.map(([key, value]) => `${key}=${(value ?? '').replaceAll('\\', '\\\\')}\n`).join('')
    await writeFile(join(folder, `${name}.properties`), text)
  }
  const log = join(folder, 'jvm')
  const libraries = version === '4.3' ? shared.tools.java43 : shared.tools.java39
  const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...jvm]
  const child = startChild({
    command: 'java',
    args: [...java, '-cp', classes + delimiter + libraries, 'Cases', folder],
    log,
  })
  await child.exited(90_000).finally(() => child[Symbol.asyncDispose]())
  const whole = child.output()
  const own = await Promise.all(
    cases.map(async ({ name }) => [name, await readFile(join(folder, `${name}.out`), 'utf8').catch(() => '')] as const),
  )
  const outputs = new Map(own)
  return {
    log: whole,
    of: (name) => [...linesOf(whole, name), outputs.get(name) ?? ''].join('\n'),
    works: (name) => outputs.get(name)?.trim() === 'OK',
  }
}

/** Threads have the name of their case, or of the client, which goes by the same; a stack trace follows its line. */
function linesOf(log: string, name: string): readonly string[] {
  const isOf = new RegExp(`(?:case |clientId=|thread \\| )${name}[\\]\\s,]`)
  let isOwn = false
  return log.split('\n').filter((line) => {
    if (line.startsWith('[')) isOwn = isOf.test(line)
    return isOwn
  })
}
