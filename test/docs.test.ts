import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generated } from '../scripts/docs.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/google.md', 'docs/errors.md', 'test/README.md']

describe('the documentation', () => {
  it('is what npm run docs makes', async () => {
    for (const [file, text] of await generated()) expect(readFileSync(join(root, file), 'utf8'), file).toBe(text)
  })

  it.each(pages)('%s only links to what is there', (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target)
    for (const target of targets) expect(existsSync(join(root, dirname(page), target)), target).toBe(true)
  })
})
