import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { troubles } from '../../src/explain/troubles.ts'
import { startChild } from './child-process.ts'

/** What came of one try to produce a record. */
export interface Attempted {
  readonly works: boolean
  /** Everything that the client and the program printed about it, as a user finds it in his log. */
  readonly text: string
}

export interface AttemptProgram {
  /** Of the folder of its output. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What it takes as its last argument, as JSON. */
  readonly cases?: readonly unknown[]
  /** The lines of its standard error that belong to a case; default none. */
  readonly of?: (name: string) => (line: string) => boolean
  readonly timeoutMs?: number
}

/** Runs a program with all of its cases; they are tried at the same time, in one process. */
export async function attempted(program: AttemptProgram): Promise<ReadonlyMap<string, Attempted>> {
  const { name, command, args, env = {}, cases, of, timeoutMs = 120_000 } = program
  const log = join(inject('e2e').folder, `attempts-${name}`)
  const file = `${log}.json`
  if (cases) writeFileSync(file, JSON.stringify(cases))
  await using child = startChild({
    command,
    args: [...args, ...(cases ? [file] : [])],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    log,
  })
  const code = await child.exited(timeoutMs)
  const out = child.stdout()
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${child.output().slice(-4000)}`)
  const errors = child.output().slice(out.length).split('\n')
  const lines = out.split('\n').filter((line) => line.startsWith('{'))
  return new Map(
    lines.map((line) => {
      const { case: at, works, printed } = JSON.parse(line) as { case: string; works: boolean; printed: string[] }
      const text = [...(of ? errors.filter(of(at)) : []), ...printed].join('\n')
      return [at, { works, text }]
    }),
  )
}

/** A client that fails, and the same with the fix. */
export interface Case {
  readonly name: string
  /** The trouble that tells it first; where several say the same of it, those. */
  readonly is: string | readonly string[]
  readonly broken: object
  readonly mended: object
}

/** Both at the same time; what works ends by itself, also on a busy machine. */
export const brokenAndMended = (
  cases: readonly Case[],
  seconds: number,
  to: (attempt: { name: string; topic: string; seconds: number }, settings: object) => object,
) =>
  cases.flatMap(({ name, broken, mended }) => [
    to({ name, topic: attemptTopic, seconds }, broken),
    to({ name: `${name}-mended`, topic: attemptTopic, seconds: 60 }, mended),
  ])

/** It is there before the first attempt: to make one takes some clients long. */
export const attemptTopic = 'attempts'

/** It failed, what it printed tells why, and the fix helped. */
export function expectExplained(
  results: ReadonlyMap<string, Attempted>,
  { name, is }: Omit<Case, 'broken' | 'mended'>,
) {
  const broken = results.get(name)
  expect(broken?.works, `${name} was to fail:\n${broken?.text ?? ''}`).toBe(false)
  expectFirst(broken?.text ?? '', is)
  const mended = results.get(`${name}-mended`)
  expect(mended?.works, `the fix of ${name} did not help:\n${mended?.text ?? ''}`).toBe(true)
}

/** What the text tells of before all else is this. */
export function expectFirst(text: string, is: string | readonly string[]) {
  const found = explain(text).map(({ id }) => id)
  expect([is].flat(), `${found.join() || 'nothing'} was found in:\n${text.slice(0, 3000)}`).toContain(found[0])
}

/** Texts that the table says a suite has seen, and that nothing printed. */
export function unprinted(suite: string, printed: string): readonly string[] {
  const texts = troubles.filter(({ seen }) => 'in' in seen && seen.in === suite).flatMap((trouble) => trouble.texts)
  expect(texts.length).toBeGreaterThan(0)
  return texts
    .map(({ text }) => text)
    .filter((text) => {
      const words = text.split(/<[a-zA-Z][\w -]*>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      return !new RegExp(words.join('.{0,1200}?')).test(printed)
    })
}
