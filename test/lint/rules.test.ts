import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { troubles } from '../../src/explain/troubles.ts'
import { rules } from '../../src/lint/rules.ts'

const ids = new Set(troubles.map(({ id }) => id))

/** The suites in which the rules meet real programs; they are not run here. */
const suites = ['lint-cases.ts', 'lint-other-cases.ts', 'lint.e2e.ts']
  .map((file) => readFileSync(join(import.meta.dirname, '../e2e', file), 'utf8'))
  .join('\n')

describe('the rules', () => {
  it('have names of their own, which are links in the documentation', () => {
    const names = rules.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  it.each(rules.filter(({ trouble }) => trouble !== undefined))(
    '$name leads to what explain knows',
    ({ trouble = '' }) => {
      expect(ids).toContain(trouble)
    },
  )

  const told = rules.filter(({ printed, trouble }) => printed !== undefined && trouble !== undefined)
  it.each(told)('$name: its text is explained as that', ({ printed = '', trouble }) => {
    // Two of them say less than the log of the same moment.
    if (printed.startsWith('An internal error occurred while retrieving')) return
    const text = printed.replace(/<[\w :]+>/g, 'value')
    expect(explain(text).map(({ id }) => id)).toContain(trouble)
  })

  it.each(rules.filter(({ run }) => run === 'e2e'))('$name is in a suite with the real program', ({ name }) => {
    expect(suites.includes(`'${name}'`) || suites.includes(`'${name}:`) || suites.includes(`${name}:`)).toBe(true)
  })
})
