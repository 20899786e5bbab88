import { aboutOption, options, type Option } from '../config/option.ts'

const width = 96

/** The options of the configuration as text, by what they belong to. */
export function optionHelp(): string {
  const own = options.filter((option) => option.path[0] !== 'profiles')
  const common = options.filter((option) => option.path[0] === 'profiles' && !option.source)
  const kinds = [...new Set(options.flatMap(({ source }) => source ?? []))]
  return [
    section('Options', own),
    section('Options of the default profile', common),
    ...kinds.map((kind) =>
      section(
        `Options of the source ${kind}`,
        options.filter(({ source }) => source === kind),
      ),
    ),
    `Each option is also a variable, --allowed-hosts as KTS_ALLOWED_HOSTS, and a key of the file that --config
(or KTS_CONFIG) names. A flag comes before a variable, a variable before the file.
`,
  ].join('\n')
}

function section(title: string, list: readonly Option[]): string {
  const lines = list.map((option) => {
    const flag = `  ${option.flag}${placeholder(option)}`
    return `${flag}\n${wrap(aboutOption(option), '      ')}`
  })
  return `${title}:\n${lines.join('\n')}\n`
}

function placeholder({ value }: Option): string {
  return { boolean: '', number: ' N', list: ' A,B', text: ' VALUE' }[value]
}

function wrap(text: string, indent: string): string {
  const lines: string[] = []
  let line = indent.trimEnd()
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > width) {
      lines.push(line)
      line = indent.trimEnd()
    }
    line += line === '' ? `${indent}${word}` : ` ${word}`
  }
  return [...lines, line].join('\n')
}
