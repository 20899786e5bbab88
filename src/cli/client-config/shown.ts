import { didYouMean } from '../../config/did-you-mean.ts'
import { ConfigError } from '../../config/fault.ts'
import { tools } from '../../client-config/index.ts'
import type { Tool, ToolSettings } from '../../client-config/tool.ts'
import type { Terminal } from '../command.ts'
import { wrapped } from '../help-text.ts'
import { paint } from '../paint.ts'

/** Settings for a person: each piece under its name, and what else has to be so. */
export function inWords(tool: Tool, { snippets, notes }: ToolSettings, terminal: Terminal): string {
  const { bold, dim } = paint(terminal)
  const headed = (title: string, body: string): string => `${bold(title)}\n${dim('-'.repeat(title.length))}\n${body}`
  const sections = [
    `${tool.title}\n`,
    ...snippets.map(({ where, text }) => headed(where, text)),
    headed('Notes', notes.map((note) => `- ${wrapped(note, '  ', 100).trimStart()}\n`).join('')),
  ]
  return sections.join('\n')
}

/** One piece as it is, for a file. Throws ConfigError where there is none of that name. */
export function onlyPiece(tool: Tool, { snippets }: ToolSettings, where: string): string {
  const found = snippets.find((snippet) => snippet.where.toLowerCase() === where.toLowerCase())
  if (found) return found.text
  const names = snippets.map((snippet) => snippet.where)
  const meant = didYouMean(where, names)
  const problem =
    names.length === 0
      ? `there are no settings for ${tool.name}`
      : `must be one of ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
  throw new ConfigError([{ option: '--only', given: where, problem }])
}

const kinds: readonly (readonly [takes: Tool['takes'], title: string])[] = [
  ['endpoint', 'Ask the token endpoint'],
  ['static', 'Take a token that does not change'],
  ['none', 'Cannot be helped, and why'],
  ['broker', "The broker's side"],
]

export function toolList(terminal: Terminal): string {
  const { bold, dim } = paint(terminal)
  const column = Math.max(...tools.map(({ name }) => name.length)) + 2
  const lists = kinds.map(([takes, title]) => {
    const lines = tools
      .filter((tool) => tool.takes === takes)
      .map(({ name, title: about, aliases = [] }) => {
        const others = aliases.length > 0 ? dim(` (${aliases.join(', ')})`) : ''
        return `  ${name.padEnd(column)}${about}${others}\n`
      })
    return `${bold(`${title}:`)}\n${lines.join('')}`
  })
  return `${lists.join('\n')}\n"config NAME" prints the settings, "config --help" tells the flags.\n`
}

/** The same as data. */
export function toolsAsJson(): string {
  const list = tools.map(({ name, aliases = [], title, takes, library, uses, notRun, source }) => ({
    ...{ name, aliases, title, takes, library, uses, source },
    ...(notRun !== undefined && { notRun }),
  }))
  return `${JSON.stringify(list, undefined, 2)}\n`
}

export function unknownTool(given: string): ConfigError {
  const meant = didYouMean(
    given,
    tools.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  )
  const problem = `is no tool that is known here${meant ? `; did you mean ${meant}?` : ''}; "config" lists them, and "config java" and "config librdkafka" suit what is not listed`
  return new ConfigError([{ option: 'config', given, problem }])
}
