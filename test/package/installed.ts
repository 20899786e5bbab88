import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')

/** The package as its users get it: built and packed from a copy of this checkout, installed in an empty folder. */
export interface Installed {
  /** Where it is installed; programs that use it are written and run here. */
  readonly folder: string
  /** Paths in the tarball. */
  readonly contents: readonly string[]
  /** Of the tarball, in bytes. */
  readonly size: number
  write(file: string, text: string): void
  /** Runs a program in the folder; rejects, with what it printed, when it fails. */
  run(program: string, ...args: string[]): Promise<string>
  remove(): void
}

/** What a build takes, and what goes along. */
const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', ...manifest.files].filter(
  (path) => path !== 'dist',
)

export async function install(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'kts-package-'))
  // Below the checkout, so that the build finds its tools there; apart from it, so that nobody's dist/ changes.
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const copy = mkdtempSync(join(cache, 'package-'))
  for (const path of sources) cpSync(join(root, path), join(copy, path), { recursive: true })
  // Built by its own `prepare`.
  await run(copy, 'npm', 'pack', '--pack-destination', copy)
  const tarball = join(copy, `${manifest.name}-${manifest.version}.tgz`)
  const listed = await run(copy, 'tar', '-tzf', tarball)
  const { size } = statSync(tarball)

  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await run(folder, 'npm', 'install', '--omit=dev', '--no-audit', '--no-fund', tarball)
  return {
    folder,
    size,
    contents: listed
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, '')),
    write(file, text) {
      writeFileSync(join(folder, file), text)
    },
    run: (program, ...args) => run(folder, program, ...args),
    remove() {
      for (const path of [folder, copy]) rmSync(path, { recursive: true, force: true })
    },
  }
}

/** What compiles a consumer, in the versions of this checkout; it is not part of what is installed for a run. */
export function compilers(): string[] {
  const { devDependencies } = manifest
  const names = ['typescript', '@types/node', '@types/express', '@platformatic/kafka'] as const
  return names.map((name) => `${name}@${devDependencies[name]}`)
}

async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    // The Node of the consumer is the one that runs the tests, not the host's.
    const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` }
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
