import { version as ours } from '../version.ts'
import type { Command, Flag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'

const flags: readonly Flag[] = [{ name: '--json', about: 'Version, Node and system as JSON, for a report.' }]

export const version: Command = {
  flags,
  help: () =>
    helpText({
      usage: ['version [--json]'],
      about: 'Prints the version of this program.',
      examples: [['version --json', 'what to attach to an issue']],
      flags,
    }),
  run(argv, terminal) {
    const { switches } = ownFlags(argv, { switches: ['--json'] })
    const all = { version: ours, node: process.version, system: `${process.platform} ${process.arch}` }
    terminal.out(switches['--json'] ? `${JSON.stringify(all, undefined, 2)}\n` : `${ours}\n`)
    return Promise.resolve(exitCode.ok)
  },
}
