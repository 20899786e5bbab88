import type { CompletedCommand } from './command-tree.ts'

/** What `source`d makes bash (4 or later) complete our commands. */
export function bashCompletion(program: string, tree: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`
  const cases = tree.map((command) => {
    const words = [...command.actions, ...command.flags.map((flag) => flag.name)].join(' ')
    return `    ${command.name}) words="${words}" ;;`
  })
  return `# bash completion of ${program}
${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words="" index
  # bash takes = for a word of its own
  if [[ $current == "=" ]]; then current=""
  elif [[ $previous == "=" ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if (( COMP_CWORD == 1 )); then
    mapfile -t COMPREPLY < <(compgen -W "${tree.map((command) => command.name).join(' ')} help" -- "$current")
    return
  fi
  # What stands behind -- is a command line of its own.
  for (( index = 2; index < COMP_CWORD; index++ )); do
    if [[ \${COMP_WORDS[index]} == "--" ]]; then
      mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
      return
    fi
  done
  case "$command $previous" in
${valueCases(tree).join('\n')}
  esac
  case "$command" in
    help) words="${tree.map((command) => command.name).join(' ')} exit-codes container" ;;
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F ${name} ${program}
`
}

/** What may follow a flag that takes a value. */
function valueCases(tree: readonly CompletedCommand[]): readonly string[] {
  const answers = new Map<string, string[]>()
  for (const { name, flags } of tree) {
    for (const flag of flags.filter(({ value }) => value !== undefined)) {
      const { choices, value } = flag
      const answer = choices ? `-W "${choices.join(' ')}"` : value === 'FILE' ? '-f' : '-W ""'
      answers.set(answer, [...(answers.get(answer) ?? []), `"${name} ${flag.name}"`])
    }
  }
  return [...answers].map(
    ([answer, patterns]) =>
      `    ${patterns.join(' | ')})\n      mapfile -t COMPREPLY < <(compgen ${answer} -- "$current"); return ;;`,
  )
}
