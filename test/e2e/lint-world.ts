import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lint } from '../../src/lint/lint.ts'
import type { Finding } from '../../src/lint/finding.ts'
import type { Shared } from './setup.ts'

const run = promisify(execFile)

/** Settings as a user has them: a file, and the options of the JVM. */
export interface Settings {
  readonly file: string
  /** `-Dname=value`, one to a line. */
  readonly jvm: string
  /** How the file is written; default `utf8`. */
  readonly encoding?: 'utf16le'
}

export interface SettingsCase {
  readonly name: string
  readonly version: '4.3' | '3.9'
  readonly settings: Settings
}

/** What each case printed, by its name; `OK` where it logged in. */
export async function tried(
  { tools }: Shared,
  folder: string,
  cases: readonly SettingsCase[],
): Promise<ReadonlyMap<string, string>> {
  await mkdir(folder, { recursive: true })
  const source = join(import.meta.dirname, 'java', 'src', 'Settings.java')
  const versions = ['4.3', '3.9'] as const
  await Promise.all(
    versions.map(async (version) => {
      const files: string[] = []
      for (const { name, settings } of cases.filter((one) => one.version === version)) {
        const file = join(folder, `${name}.properties`)
        files.push(file)
        await writeFile(file, settings.file, settings.encoding)
        await writeFile(`${file}.jvm`, settings.jvm.replace(/^-D/gm, ''))
      }
      const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off']
      const classpath = version === '4.3' ? tools.java43 : tools.java39
      if (files.length > 0) await run('java', [...jvm, '-cp', classpath, source, ...files], { timeout: 110_000 })
    }),
  )
  const out = (name: string): Promise<string> => readFile(join(folder, `${name}.properties.out`), 'utf8')
  return new Map(await Promise.all(cases.map(async ({ name }) => [name, await out(name)] as const)))
}

/** What the linter finds of one rule, with the JVM as it is. */
export async function found(settings: Settings, version: '3' | '4', rule: string): Promise<Finding | undefined> {
  const { findings } = await lint({
    text: settings.file,
    name: 'client.properties',
    version,
    env: { KAFKA_OPTS: settings.jvm.replaceAll('\n', ' ') },
    firstLineOf: async (path) => (await readFile(path, 'utf8').catch(() => '')).split('\n')[0],
  })
  return findings.find((one) => one.rule === rule)
}

/**
 * The settings with what the finding says to paste: a line takes the place of the one with its key, and of the one that the
 * finding is about; an option goes to the JVM. `values` are what the user knows.
 */
export function mended(
  settings: Settings,
  { line, key, paste = '' }: Finding,
  values: Readonly<Record<string, string>>,
): Settings {
  const filled = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), paste)
  const pasted = filled.split('\n')
  const options = pasted.flatMap((one) => [...one.matchAll(/-D([\w.]+)=([^\s"]+)/g)].map((match) => match[0]))
  const lines = pasted.filter((one) => /^[\w.]+=/.test(one))
  const keys = lines.map((one) => one.slice(0, one.indexOf('=')))
  const old = settings.file.split('\n')
  const isReplaced = (one: string, at: number): boolean =>
    keys.includes(one.slice(0, one.indexOf('=')).trim()) ||
    (at + 1 === line && lines.length > 0 && keyIsWrong(key, keys))
  const jvm = settings.jvm
    .split('\n')
    .filter((one) => !options.some((option) => one.startsWith(option.slice(0, option.indexOf('=')))))
  return {
    file: [...old.filter((one, at) => !isReplaced(one, at)), ...lines].join('\n'),
    jvm: [...jvm, ...options].filter((one) => one !== '').join('\n'),
  }
}

/** Another name is to stand in its place. */
function keyIsWrong(key: string | undefined, keys: readonly string[]): boolean {
  return (
    key !== undefined &&
    keys.length === 1 &&
    keys[0] !== key &&
    /^sasl\.(?:mechanisms|client\.callback)|^sasl\.oauthbearer\.token/.test(key)
  )
}
