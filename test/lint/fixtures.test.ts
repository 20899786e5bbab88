import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lint } from '../../src/lint/lint.ts'
import { wrongFiles } from './wrong-files.ts'

const folder = join(import.meta.dirname, 'fixtures')
const read = (kind: 'wrong' | 'right', file: string): string => readFileSync(join(folder, kind, file), 'utf8')

describe('wrong settings that circulate', () => {
  it('are all in the table', () => {
    expect(readdirSync(join(folder, 'wrong')).sort()).toEqual(wrongFiles.map(({ file }) => file).sort())
  })

  it.each(wrongFiles)('$file, after $after', async ({ file, kind, found }) => {
    const answer = await lint({ text: read('wrong', file), name: file })
    expect(answer.kind).toBe(kind)
    const told = answer.findings.filter(({ severity }) => severity !== 'note')
    expect(told.map(({ severity, rule, line }) => `${severity} ${rule} ${line ?? ''}`)).toEqual(found)
    for (const { problem, remedy } of told) expect(`${problem} ${remedy}`).not.toMatch(/undefined|\[object/)
    // Every secret in these files is this one, or the key of nothing.
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|A{20}/)
  })

  it.each(wrongFiles)('$file is known for what it is without its name, or is read as text', async ({ file }) => {
    const answer = await lint({ text: read('wrong', file) })
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|A{20}/)
    expect(answer.findings.map(({ rule }) => rule)).not.toContain('nothing-found')
  })
})

describe('right settings', () => {
  it.each(readdirSync(join(folder, 'right')))('%s', async (file) => {
    for (const version of ['3', '4'] as const) {
      if (file.includes('-3.') && version === '4') continue
      if (file.includes('-4.') && version === '3') continue
      const { findings } = await lint({ text: read('right', file), name: file, version })
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    }
  })
})
