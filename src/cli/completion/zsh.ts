import type { Flag } from '../command.ts'
import type { CompletedCommand } from './command-tree.ts'

/** A file for a folder of `$fpath`, or to be `source`d after `compinit`. */
export function zshCompletion(program: string, tree: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`
  const described = tree.map((command) => `    ${quoted(`${command.name}:${command.summary}`)}`)
  const cases = tree.map(({ name: command, flags, actions }) => {
    const first = actions.length > 0 ? [`      '1:action:(${actions.join(' ')})' \\`] : []
    return [`    ${command}) _arguments \\`, ...first, ...flags.map((flag) => `      ${argument(flag)} \\`)].join('\n')
  })
  return `#compdef ${program}
# zsh completion of ${program}
${name}() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local at=\${words[(i)--]}
  if (( at < CURRENT )); then
    shift at words
    (( CURRENT -= at ))
    _normal
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT -= 1 ))
  case "$command" in
    help) _describe command commands ;;
${cases.map((each) => `${each}\n      '*:file:_files' ;;`).join('\n')}
  esac
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi
`
}

/** As \`_arguments\` takes it: flag, description and what may follow. */
function argument({ name, value, choices, about }: Flag): string {
  const says = about.replace(/[[\]\\:]/g, (character) => `\\${character}`)
  if (value === undefined) return quoted(`${name}[${says}]`)
  const what = choices ? `(${choices.join(' ')})` : value === 'FILE' ? '_files' : ''
  return quoted(`${name}=[${says}]:${value}:${what || ' '}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
