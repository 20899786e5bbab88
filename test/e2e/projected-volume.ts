import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder whose files are replaced as the kubelet does it: all at once, by a swap of the link `..data`. */
export function projectedVolume(folder: string) {
  mkdirSync(folder)
  let version = 0
  return {
    path: (name: string) => join(folder, name),
    write(files: Readonly<Record<string, string>>) {
      const former = version > 0 && readlinkSync(join(folder, '..data'))
      const data = `..${++version}`
      mkdirSync(join(folder, data))
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(folder, data, name), content, { mode: 0o600 })
        if (!lstatSync(join(folder, name), { throwIfNoEntry: false }))
          symlinkSync(join('..data', name), join(folder, name))
      }
      symlinkSync(data, join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
      if (former) rmSync(join(folder, former), { recursive: true })
    },
  }
}
