import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The version is that of package.json. Documents, examples and the chart name it, and `npm version minor` writes it there by this.
 * A test holds the files against `stating()`.
 */
const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** As in the names of images, tarballs and folders. */
const named = /(?<=kafka-token-sidecar[:-])\d+\.\d+\.\d+/g
const chart = 'charts/kafka-token-sidecar/Chart.yaml'

/** Every file that names the version, by its path from the root, as it has to be. */
export function stating(): ReadonlyMap<string, string> {
  const found = new Map([[chart, ofChart(read(chart))]])
  for (const path of globSync(['README.md', '{docs,examples,charts}/**/*'], { cwd: root })) {
    if (!statSync(join(root, path)).isFile()) continue
    const text = read(path)
    if (text.match(named)) found.set(path, text.replaceAll(named, version))
  }
  return found
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The chart has the version of what it installs. */
function ofChart(text: string): string {
  return text.replace(/^version: .*$/m, `version: ${version}`).replace(/^appVersion: .*$/m, `appVersion: '${version}'`)
}

if (import.meta.main) for (const [path, text] of stating()) writeFileSync(join(root, path), text)
