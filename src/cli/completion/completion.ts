import { ConfigError } from '../../config/fault.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import type { Command } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { helpText } from '../help-text.ts'
import { bashCompletion } from './bash.ts'
import { commandTree } from './command-tree.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const program = 'kafka-token-sidecar'
const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }
const names = Object.keys(shells)

export const completion: Command = {
  actions: names,
  help: () =>
    helpText({
      usage: [`completion ${names.join('|')}`],
      about: 'Prints what makes a shell complete commands, flags, and values where they can be listed.',
      examples: [
        ['completion bash', `as in: source <(${program} completion bash)`],
        ['completion zsh', `as in: ${program} completion zsh > "\${fpath[1]}/_${program}"`],
        ['completion fish', `as in: ${program} completion fish > ~/.config/fish/completions/${program}.fish`],
      ],
      flags: [],
    }),
  async run([shell = '', ...others], terminal) {
    const make = Object.hasOwn(shells, shell) ? shells[shell as keyof typeof shells] : undefined
    if (!make || others.length > 0) {
      const meant = didYouMean(shell, names)
      const problem = `must be followed by ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
      throw new ConfigError([{ option: 'completion', problem, ...(shell !== '' && { given: shell }) }])
    }
    terminal.out(make(program, await commandTree()))
    return exitCode.ok
  },
}
