import { aboutOption, sources, writtenOptions, type Option } from '../config/option.ts'

const width = 96

/** The options of the configuration as text; those of a source where the command line names one with `--source`. */
export function optionHelp(argv: readonly string[] = []): string {
  const common = writtenOptions().filter((option) => option.path[0] === 'profiles' && !option.sources)
  const source = sources.find(({ kind }) => kind === sourceIn(argv))
  return [
    section(
      'Options',
      writtenOptions().filter((option) => option.path[0] !== 'profiles'),
    ),
    section('Options of the default profile', common),
    source
      ? section(`Options of the source ${source.kind}`, sourceOptions(source.kind))
      : `Sources; --help --source NAME tells the options of one:\n${sourceList()}`,
    `Each option is also a variable, --allowed-hosts as KTS_ALLOWED_HOSTS, and a key of the file that --config
(or KTS_CONFIG) names, which may have further profiles. --properties (or KTS_PROPERTIES) names the properties of a
Java client, which are read as the default profile. A flag comes before a variable, a variable before the files.
`,
  ].join('\n')
}

/** As in `--source azure` or `--source=azure`; a command that is only asked for help reads its options no other way. */
function sourceIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((argument) => argument === '--source' || argument.startsWith('--source='))
  return argv[at]?.split('=')[1] ?? argv[at + 1]
}

function sourceOptions(kind: string): Option[] {
  return writtenOptions().filter((option) => option.sources?.includes(kind))
}

function sourceList(): string {
  const column = Math.max(...sources.map(({ kind }) => kind.length)) + 4
  return sources.map(({ kind, summary = '' }) => `  ${kind.padEnd(column - 2)}${summary}`.trimEnd() + '\n').join('')
}

function section(title: string, list: readonly Option[]): string {
  const lines = list.map((option) => {
    const flag = `  ${option.flag}${placeholder(option)}`
    return `${flag}\n${wrap(aboutOption(option), '      ')}`
  })
  return `${title}:\n${lines.join('\n')}\n`
}

function placeholder({ value }: Option): string {
  return { boolean: '', number: ' N', list: ' A,B', text: ' VALUE', mapping: '', secret: '' }[value]
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
