import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A block of code in the README or another page. */
export interface CodeBlock {
  /** What it is marked with, as in `yaml`. */
  readonly language: string
  readonly text: string
}

export const repository = join(import.meta.dirname, '..', '..')

/** What stands under a heading of the README, in its order. Throws when there is no such heading. */
export const readmeSection = (heading: string) => sectionOf('README.md', heading)

/** The same of another page, by its path from the root. */
export function sectionOf(page: string, heading: string) {
  const whole = readFileSync(join(repository, page), 'utf8')
  const start = whole.indexOf(`\n## ${heading}\n`)
  if (start === -1) throw new Error(`${page} has no heading ${heading}`)
  const end = whole.indexOf('\n## ', start + 1)
  const text = whole.slice(start, end === -1 ? undefined : end)
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']): CodeBlock => ({
    language,
    text,
  }))
  return {
    text,
    /** The one block of this language that holds this. Throws when there is none, or more than one. */
    block(language: string, holding: string): string {
      const found = blocks.filter((block) => block.language === language && block.text.includes(holding))
      if (found.length !== 1) throw new Error(`${heading} has ${found.length} blocks of ${language} with ${holding}`)
      return found[0]?.text ?? ''
    },
  }
}
