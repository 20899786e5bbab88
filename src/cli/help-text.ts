import type { Flag } from './command.ts'
import { optionHelp } from './option-help.ts'

export interface HelpText {
  /** Without the name of the program, as in `token [--profile NAME] [options]`; a line for each form. */
  readonly usage: readonly string[]
  /** What it does, in paragraphs. */
  readonly about: string
  /** Command lines as they are typed, without the name of the program, and what each does. */
  readonly examples: readonly (readonly [line: string, about: string])[]
  readonly flags: readonly Flag[]
  /** Whatever else there is to say, with its own headings. */
  readonly more?: string
  /** Codes that mean something of their own here. */
  readonly exits?: readonly (readonly [code: number | string, about: string])[]
  /** Arguments of `--help`, for a command that also takes the options of the configuration. */
  readonly optionsFor?: readonly string[]
}

const program = 'kafka-token-sidecar'

/** The help of a command, in the order of a man page. */
export function helpText({ usage, about, examples, flags, more, exits, optionsFor }: HelpText): string {
  const [first = '', ...others] = usage
  const synopsis = [`Usage: ${program} ${first}`, ...others.map((line) => `       ${program} ${line}`)].join('\n')
  const sections = [
    synopsis,
    about.trim(),
    examples.length > 0 &&
      `Examples:\n${examples.map(([line, says]) => `  ${program} ${line}\n      ${says}`).join('\n')}`,
    flags.length > 0 && `Flags:\n${flags.map(flagText).join('\n')}`,
    more?.trim(),
    exits && `Exit codes:\n${exits.map(([code, says]) => `  ${String(code).padEnd(4)}${says}`).join('\n')}`,
    optionsFor && optionHelp(optionsFor).trimEnd(),
  ]
  return `${sections.filter((section) => typeof section === 'string' && section !== '').join('\n\n')}\n`
}

function flagText({ name, value, about }: Flag): string {
  const head = value === undefined ? name : `${name} ${value}`
  return `  ${head}\n${wrapped(about, '      ', 96)}`
}

/** Text in lines of at most `width` characters. */
export function wrapped(text: string, indent: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line].join('\n')
}
