import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generated } from '../scripts/docs.ts'
import { auditLine } from '../src/ops/audit-line.ts'
import { errorTable } from '../src/token/error-table.ts'

const root = join(import.meta.dirname, '..')
const docs = globSync('docs/**/*.md', { cwd: root }).sort()
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'test/README.md',
  'charts/kafka-token-sidecar/README.md',
  ...docs,
]

describe('the documentation', () => {
  it('is what npm run docs makes', async () => {
    for (const [file, text] of await generated()) expect(readFileSync(join(root, file), 'utf8'), file).toBe(text)
  })

  it.each(pages)('%s only links to what is there', (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target)
    for (const target of targets) expect(existsSync(join(root, dirname(page), target)), target).toBe(true)
  })

  it('has a page for each error code, and for no other', () => {
    const codes = globSync('docs/errors/ERR_*.md', { cwd: root }).map((file) => basename(file, '.md'))
    expect(codes.sort()).toEqual(Object.keys(errorTable).sort())
  })

  it('has the anchor of each trouble once, for links that others keep', () => {
    const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
    const anchors = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)
    expect(new Set(anchors).size).toBe(anchors.length)
    for (const [, id] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(id)
  })

  it.each(['README.md', 'CONTRIBUTING.md', ...docs])('%s names only error codes that there are', (page) => {
    const codes = readFileSync(join(root, page), 'utf8').match(/ERR_[A-Z_]*[A-Z]\b(?!_…)/g) ?? []
    for (const code of new Set(codes)) expect(Object.keys(errorTable)).toContain(code)
  })

  it('explains each field of the audit stream', () => {
    const page = readFileSync(join(root, 'docs/gateway.md'), 'utf8')
    const explained = [...page.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
    const answered = { type: 'request-answered', profile: '', outcome: 'token', status: 200, tookMs: 0 } as const
    const line = auditLine({ ...answered, code: undefined, client: 'java', message: undefined }, 0)
    expect(explained).toEqual(expect.arrayContaining(Object.keys(line)))
  })
})
