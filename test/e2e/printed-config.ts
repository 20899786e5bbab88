import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, startChild } from './child-process.ts'
import type { Shared } from './setup.ts'

/** Settings as `config` printed them, in the files that they name. */
export interface Printed {
  /** A new folder with a file for each piece: variables are `<name>.sh`. */
  readonly folder: string
  path(where: string): string
  text(where: string): string
}

interface Output {
  readonly snippets: readonly { readonly where: string; readonly format: string; readonly text: string }[]
}

/** Runs `config <tool>` with these arguments, and writes each piece unchanged to the file that it names. */
export async function printedConfig(
  { tools, folder: root }: Pick<Shared, 'tools' | 'folder'>,
  name: string,
  tool: string,
  args: readonly string[],
): Promise<Printed> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }
  const { stdout } = await promisify(execFile)(process.execPath, [tools.cli, 'config', tool, '--json', ...args], {
    env,
  })
  const { snippets } = JSON.parse(stdout) as Output
  const folder = join(root, `config-${name}`)
  const texts = new Map(
    snippets.map(({ where, format, text }) => [
      /^[A-Z_]+$/.test(where) && format === 'sh' ? `${where}.sh` : where,
      text,
    ]),
  )
  for (const [where, text] of texts) {
    mkdirSync(dirname(join(folder, where)), { recursive: true })
    writeFileSync(join(folder, where), text)
  }
  const known = (where: string): string => {
    const found = texts.get(where)
    if (found === undefined) throw new Error(`config ${tool} prints no ${where}: ${[...texts.keys()].join(', ')}`)
    return found
  }
  return {
    folder,
    path: (where) => {
      known(where)
      return join(folder, where)
    },
    text: known,
  }
}

export interface ProgramOptions {
  /** Of its output files. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Files with `export`, read by a shell before the program starts. */
  readonly exports?: readonly string[]
  /** With the home of whoever runs the tests, as compilers keep their caches there. */
  readonly home?: boolean
}

/** The shared broker and sidecar, as a user names them. */
export const sharedAccess = ({ jwks, sidecar }: Pick<Shared, 'jwks' | 'sidecar'>): string[] => [
  '--plaintext',
  ...['--bootstrap-server', jwks],
  ...['--url', `${sidecar}/token`],
]

/** A program in an environment that a shell has made from what `config` printed. */
export function startProgram({ folder }: Pick<Shared, 'folder'>, options: ProgramOptions): Child {
  const { name, command, args, cwd, exports = [], home = false } = options
  const script = `${exports.map((file) => `. '${file}'; `).join('')}exec "$0" "$@"`
  return startChild({
    command: 'sh',
    args: ['-c', script, command, ...args],
    env: { PATH: process.env['PATH'], HOME: home ? process.env['HOME'] : '/nonexistent', LANG: 'C.UTF-8' },
    log: join(folder, `program-${name}`),
    ...(cwd !== undefined && { cwd }),
  })
}

/** Waits for its end and gives back what it printed; rejects unless it ended well. */
export async function finished(child: Child, timeoutMs: number): Promise<string> {
  const code = await child.exited(timeoutMs)
  if (code !== 0) throw new Error(`ended with ${code}:\n${child.output().slice(-6000)}`)
  return child.stdout()
}

export const smallJvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
