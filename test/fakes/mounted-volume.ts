import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A volume of a Secret or ConfigMap as a kubelet mounts it (`AtomicWriter`). */
export interface MountedVolume {
  /** Path of a file, through the symbolic links. */
  readonly file: (name: string) => string
  /** Replaces all files at one moment, by a swap of the link `..data`. */
  swap(files: Readonly<Record<string, string>>): void
  remove(): void
}

export function mountedVolume(files: Readonly<Record<string, string>>): MountedVolume {
  const root = mkdtempSync(join(tmpdir(), 'kts-volume-'))
  let generation = 0
  let current: string | undefined

  function swap(next: Readonly<Record<string, string>>): void {
    const fresh = `..2026_11_21_12_00_00.${++generation}`
    mkdirSync(join(root, fresh))
    for (const [name, content] of Object.entries(next)) writeFileSync(join(root, fresh, name), content, { mode: 0o644 })
    symlinkSync(fresh, join(root, '..data_tmp'))
    renameSync(join(root, '..data_tmp'), join(root, '..data'))
    for (const name of Object.keys(next)) {
      rmSync(join(root, name), { force: true })
      symlinkSync(join('..data', name), join(root, name))
    }
    if (current !== undefined) rmSync(join(root, current), { recursive: true })
    current = fresh
  }

  swap(files)
  return {
    file: (name) => join(root, name),
    swap,
    remove() {
      rmSync(root, { recursive: true })
    },
  }
}
