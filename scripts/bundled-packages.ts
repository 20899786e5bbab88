import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Metafile } from 'esbuild'

const root = join(import.meta.dirname, '..')

export interface Package {
  readonly name: string
  readonly version: string
  readonly license: string | undefined
  readonly licenseFile: string | undefined
  /** As in the lock file: `sha512-` and base64. */
  readonly integrity: string | undefined
}

/** The packages that the bundler took something from, each version once, by name. */
export function bundledPackages(metafile: Metafile): readonly Package[] {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const homes = used.flatMap((input) => {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
    return found === undefined ? [] : [join(root, found)]
  })
  const packages = [...new Set(homes)].map(packageAt)
  const once = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]))
  return [...once.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>
}

const lock = readJson(join(root, 'package-lock.json')) as LockFile | undefined

function packageAt(home: string): Package {
  const { name, version, license } = readJson(join(home, 'package.json')) as Manifest
  const [file] = globSync('{LICENSE,LICENCE,license,License}*', { cwd: home }).sort()
  const path = relative(root, home).replace(/^(\.\.\/)+/, '')
  return {
    name,
    version,
    license,
    licenseFile: file === undefined ? undefined : join(home, file),
    integrity: lock?.packages[path]?.integrity,
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Their licences, which ask to go along with what was made of them. */
export function thirdPartyNotices(packages: readonly Package[]): string {
  const notices = packages.map(({ name, version, license, licenseFile }) => {
    const text = licenseFile === undefined ? '' : `\n${readFileSync(licenseFile, 'utf8').trim()}\n`
    return `${name} ${version} (${license ?? 'see its licence'})\n${text}`
  })
  return `The command was bundled from these packages.\n\n${notices.join('\n---\n\n')}`
}

/** Of the npm package that brings Node, or beside the Node that runs this. */
export function nodeLicence(): string {
  const homes = [join(dirname(process.execPath), '..')]
  try {
    homes.unshift(dirname(createRequire(import.meta.url).resolve('node/package.json')))
  } catch {
    // Installed without it.
  }
  for (const home of homes) {
    const [found] = globSync(['node_modules/node-linux-*/LICENSE', '../node-linux-*/LICENSE', 'LICENSE'], { cwd: home })
    if (found !== undefined) return join(home, found)
  }
  throw new Error(`there is no licence of Node in ${homes.join(' or ')}`)
}
