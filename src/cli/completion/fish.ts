import type { CompletedCommand } from './command-tree.ts'

/** A file for `~/.config/fish/completions`. */
export function fishCompletion(program: string, tree: readonly CompletedCommand[]): string {
  const lines = tree.flatMap(({ name, summary, actions, flags }) => [
    `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(actions.length > 0 ? [`complete -c ${program} -n ${seen(name)} -a ${quoted(actions.join(' '))}`] : []),
    ...flags.map(({ name: flag, value, choices, about }) => {
      const follows =
        value === undefined ? '' : choices ? ` -x -a ${quoted(choices.join(' '))}` : value === 'FILE' ? ' -r -F' : ' -x'
      return `complete -c ${program} -n ${seen(name)} -l ${flag.slice(2)}${follows} -d ${quoted(about)}`
    }),
  ])
  return `# fish completion of ${program}
complete -c ${program} -f
${lines.join('\n')}
complete -c ${program} -n ${seen('explain lint')} -F
`
}

function seen(commands: string): string {
  return quoted(`__fish_seen_subcommand_from ${commands}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
