import type { Command } from './command.ts'
import { decoded } from './decoded.ts'
import { exitCode } from './exit-code.ts'
import { optionHelp } from './option-help.ts'
import { ownFlags } from './own-flags.ts'
import { withSidecar } from './with-sidecar.ts'

export const token: Command = {
  name: 'token',
  summary: 'Print one token, or with --decode what is in it.',
  help: (argv) => `Usage: kafka-token-sidecar token [--profile NAME] [--decode] [options]

Obtains one token of a profile, by default of the profile default, and prints it.

  --profile NAME
      The profile of the configuration file.
  --decode
      Print header, claims, principal and remaining life as JSON instead; never the third part.

${optionHelp(argv)}`,
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, { switches: ['--decode'], texts: ['--profile'] })
    return withSidecar(rest, terminal, texts['--profile'], async ({ getToken, profile, platform }) => {
      const { value, expiresAt, subject } = await getToken()
      const principalClaim = 'principalClaim' in profile ? profile.principalClaim : 'sub'
      const text = switches['--decode']
        ? decoded(value, expiresAt, platform.now(), { principal: subject, principalClaim })
        : value.reveal()
      terminal.out(`${text}\n`)
      return exitCode.ok
    })
  },
}
