import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './readme.ts'

export interface Container {
  /** From the root of the repository. */
  readonly dockerfile: string
  /** What the images have in these folders: `{ '/opt/apache/beam': … }`. */
  readonly folders: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** The program that starts it. */
  readonly file: string
}

/** The entry point of a Dockerfile. */
export function entryPoint(dockerfile: string): readonly string[] {
  const text = readFileSync(join(repository, dockerfile), 'utf8')
  return JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(text)?.[1] ?? '[]') as string[]
}

/**
 * Writes a program that stands for `docker run` on the network of the host: its arguments go to the entry point, which is
 * process 1, has this environment alone, and finds these folders where the images have them. All else is this machine's.
 */
export function writeContainer({ dockerfile, folders, env, file }: Container): string {
  const opt = Object.entries(folders)
  const mounts = opt.map(([path, folder]) => `mkdir -p ${path} && mount --rbind '${folder}' ${path}`)
  const variables = Object.entries({ PATH: process.env['PATH'] ?? '', HOME: '/root', ...env })
  const words = [...variables.map(([name, value]) => `${name}=${value}`), ...entryPoint(dockerfile)]
  // Prism 2.73 quotes the id as for a shell, which it does not call: --id='…'.
  const script = `#!/bin/sh
for word; do
  shift
  set -- "$@" "$(printf %s "$word" | tr -d "'")"
done
exec unshare ${isRoot ? '' : '--user --map-root-user '}--mount --pid --fork --kill-child --mount-proc sh -c '
  mount -t tmpfs none /opt && ${mounts.join(' && ').replaceAll("'", `'\\''`)} &&
  exec env -i "$@"
' sh ${words.map((word) => `'${word}'`).join(' ')} "$@"
`
  writeFileSync(file, script)
  chmodSync(file, 0o755)
  return file
}

const isRoot = process.getuid?.() === 0
