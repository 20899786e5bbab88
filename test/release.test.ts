import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { stating } from '../scripts/version.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')

describe('a release', () => {
  it('has one version, which documents, examples and chart state', () => {
    expect(stating().size).toBeGreaterThan(3)
    for (const [path, text] of stating()) expect(read(path), path).toBe(text)
  })

  it('is told of in the changelog', () => {
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')} — `, 'm'))
  })

  it('is made with the Node that the tests run on', () => {
    const { node } = manifest.devDependencies
    expect(process.version).toBe(`v${node}`)
    expect(read('Dockerfile')).toContain(`node:${node}-`)
  })

  it('writes the name of its image where the chart has none', () => {
    const values = read('charts/kafka-token-sidecar/values.yaml')
    expect(values.match(/^ {2}repository: .*$/gm)).toHaveLength(1)
    const filled = values.replace(/^ {2}repository: .*$/m, '  repository: ghcr.io/somebody/kafka-token-sidecar')
    expect(load(filled)).toMatchObject({ image: { repository: 'ghcr.io/somebody/kafka-token-sidecar' } })
  })

  it('uses no action of others by a name that can be moved', () => {
    for (const file of ['check', 'release']) {
      const used = [...read(`.github/workflows/${file}.yaml`).matchAll(/uses: (\S+)/g)].map(([, action]) => action)
      expect(used.length).toBeGreaterThan(0)
      for (const action of used) expect(action).toMatch(/@[0-9a-f]{40}$/)
    }
  })
})
