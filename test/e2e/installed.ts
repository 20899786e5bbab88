import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const cache = process.env['KTS_E2E_CACHE'] ?? join(import.meta.dirname, '..', '..', '.cache', 'e2e')

export const run = promisify(execFile)

/**
 * Does the work once for a name and the files it is made from; gives the folder, or rejects when it cannot be done. The folder goes
 * by what it is made from, so runs beside each other do not meet; one that is half made is made anew, and so is a forced one.
 */
export async function installed(
  name: string,
  inputs: readonly string[],
  isForced: boolean,
  work: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(await readFile(input))
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`)
  const mark = join(folder, '.made')
  if (existsSync(mark) && !isForced) return folder
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await work(folder)
  await writeFile(mark, '')
  return folder
}

/** The Python of a virtual environment with what a file of requirements names. */
export async function installedPython(name: string, requirements: string): Promise<string> {
  const folder = await installed(name, [requirements], false, async (target) => {
    await run('python3', ['-m', 'venv', '--clear', target])
    await run(join(target, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])
  })
  return join(folder, 'bin', 'python')
}
