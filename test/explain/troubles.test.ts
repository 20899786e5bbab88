import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { librdkafkaNames, propertyNames } from '../../src/client-config/names.ts'
import { explain } from '../../src/explain/explain.ts'
import { fixOf, inWords } from '../../src/explain/in-words.ts'
import { patternOf } from '../../src/explain/pieces.ts'
import { troubleById, troubles } from '../../src/explain/troubles.ts'
import type { Trouble } from '../../src/explain/trouble.ts'
import { errorTable } from '../../src/token/error-table.ts'

const texts = troubles.flatMap((trouble) => trouble.texts.map(({ text }) => ({ id: trouble.id, text, trouble })))

/** As a program would print it: the placeholders have values. */
const printed = (text: string): string => text.replace(/<[a-zA-Z][\w -]{0,40}>/g, 'some-value')

const found = (log: string): readonly string[] => explain(log).map(({ id }) => id)

describe('the table of troubles', () => {
  it('has each id once, in kebab-case', () => {
    const ids = troubles.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  })

  it('has no text twice', () => {
    const all = texts.map(({ text }) => text)
    expect(all.filter((text, index) => all.indexOf(text) !== index)).toEqual([])
  })

  it.each(texts)('finds its own text and takes it for nothing else: $text', ({ id, text }) => {
    expect(found(printed(text))).toEqual([id])
    const line = `2026-01-02 03:04:05,678 ERROR [main] com.example.App - it says: ${printed(text)} (App.java:1)`
    expect(found(line)).toContain(id)
  })

  it.each(texts)('has enough in it to be told from others: $text', ({ text, trouble }) => {
    const pattern = patternOf(trouble, { by: [], text })
    expect(pattern.weight).toBeGreaterThanOrEqual(8)
    expect(pattern.names.length).toBe(pattern.pieces.length + 1)
  })

  it.each(troubles)('$id tells title, cause and what to do', (trouble) => {
    const names = [...placeholders(trouble)]
    for (const value of names.length === 0 ? [''] : ['', '<name>', 'value', '"; rm -rf /']) {
      const values = Object.fromEntries(names.map((name) => [name, value]))
      expect(inWords(trouble.cause, values)).not.toBe('')
      for (const fix of trouble.fixes) expect(fixOf(fix, values).say).toMatch(/[.:]$/)
    }
    expect(() => trouble.fixes.map((fix) => fixOf(fix, {}))).not.toThrow()
    expect(inWords(trouble.cause, {})).not.toContain('undefined')
    expect(trouble.title).not.toMatch(/\.$/)
    expect(trouble.fixes.length).toBeGreaterThan(0)
  })

  it('names an e2e suite that there is, where it says that one has seen it', () => {
    for (const { id, seen } of troubles) {
      if ('in' in seen) expect(existsSync(join(import.meta.dirname, '../e2e', seen.in)), `${id}: ${seen.in}`).toBe(true)
      else expect(seen.notRun, id).not.toBe('')
    }
  })

  it('knows every code of ours', () => {
    for (const code of Object.keys(errorTable)) {
      const [first] = explain(`{"error":"x","error_description":"Something failed. Do this. [${code}]"}`)
      expect(first?.id).toBe(code.toLowerCase().replaceAll('_', '-'))
    }
    for (const { codes = [] } of troubles) for (const code of codes) expect(Object.keys(errorTable)).toContain(code)
  })

  it('finds a trouble by its id', () => {
    for (const trouble of troubles) expect(troubleById(trouble.id)).toBe(trouble)
    expect(troubleById('none')).toBeUndefined()
  })
})

function placeholders({ texts: own }: Trouble): Set<string> {
  return new Set(
    own.flatMap(({ text }) => [...text.matchAll(/<([a-zA-Z][\w -]{0,40})>/g)].map(([, name = '']) => name)),
  )
}

const otherNames = [
  'sasl.oauthbearer.allowed.files',
  'sasl.oauthbearer.allowed.urls',
  'sasl.oauthbearer.assertion.file',
  'sasl.oauthbearer.assertion.algorithm',
  'sasl.oauthbearer.assertion.claim.iss',
  'sasl.oauthbearer.clock.skew.seconds',
  'sasl.oauthbearer.header.urlencode',
  'sasl.oauthbearer.jwks.endpoint.refresh.ms',
  'sasl.oauthbearer.scope.claim.name',
]

describe('what is there to paste', () => {
  const lines = troubles.flatMap((trouble) => {
    const values = Object.fromEntries([...placeholders(trouble)].map((name) => [name, `<${name}>`]))
    return trouble.fixes.flatMap((fix) => {
      const { paste = '' } = fixOf(fix, values)
      return paste.split('\n').map((line) => ({ id: trouble.id, line }))
    })
  })
  const calls = lines.flatMap(({ id, line }) =>
    [...line.matchAll(/kafka-token-sidecar ([^|;&]+)/g)].map(([, call = '']) => ({ id, call: call.trim() })),
  )

  it.each(calls)('$id: kafka-token-sidecar $call', async ({ call }) => {
    const [name = '', ...rest] = call.split(/\s+/)
    const entry = commands.find((command) => command.name === name)
    expect(entry, name).toBeDefined()
    const command = await entry?.load()
    const help = String(await command?.help(rest))
    for (const flag of rest.filter((word) => word.startsWith('--') && word !== '--help')) expect(help).toContain(flag)
  })

  it('names settings that Kafka has, as they are spelled', () => {
    const settings = lines.flatMap(({ line }) => line.match(/\bsasl\.oauthbearer\.[a-z.]+/g) ?? [])
    const known = new Set<string>([...Object.values(propertyNames), ...Object.values(librdkafkaNames), ...otherNames])
    expect([...new Set(settings)].filter((name) => !known.has(name.replace(/\.$/, '')))).toEqual([])
  })
})
