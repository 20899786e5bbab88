import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generated } from '../scripts/docs.ts'
import { auditLine } from '../src/ops/audit-line.ts'
import { errorTable } from '../src/token/error-table.ts'

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

  it.each(['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })])(
    '%s names only error codes that there are',
    (page) => {
      const codes = readFileSync(join(root, page), 'utf8').match(/ERR_[A-Z_]*[A-Z]\b(?!_…)/g) ?? []
      for (const code of new Set(codes)) expect(Object.keys(errorTable)).toContain(code)
    },
  )

  it('explains each field of the audit stream', () => {
    const page = readFileSync(join(root, 'docs/gateway.md'), 'utf8')
    const explained = [...page.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
    const answered = { type: 'request-answered', profile: '', outcome: 'token', status: 200, tookMs: 0 } as const
    const line = auditLine({ ...answered, code: undefined, client: 'java', message: undefined }, 0)
    expect(explained).toEqual(expect.arrayContaining(Object.keys(line)))
  })
})
