import type { Command, Flag } from './command.ts'
import { decoded } from './decoded.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { withSidecar } from './with-sidecar.ts'

const flags = [
  { name: '--profile', value: 'NAME', about: 'The profile of the configuration file. Default: default.' },
  {
    name: '--decode',
    about: 'Print header, claims, principal and remaining life as JSON instead; never the third part.',
  },
  {
    name: '--json',
    about:
      'Print the answer of the token endpoint: access_token, token_type, expires_in (seconds), and scope (RFC 6749).',
  },
] as const satisfies readonly Flag[]

export const token: Command = {
  flags,
  takesOptions: true,
  help: (argv) =>
    helpText({
      usage: ['token [--profile NAME] [--decode | --json] [options]'],
      about: 'Obtains one token of a profile, by default of the profile default, and prints it.',
      examples: [
        ['token --source self-issued --subject app --decode', 'what is in a token'],
        ['token --config sidecar.yaml --profile orders > token', 'for a tool that takes a token and no endpoint'],
      ],
      flags,
      exits: [[5, 'no token could be obtained']],
      optionsFor: argv ?? [],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, { switches: ['--decode', '--json'], texts: ['--profile'] })
    return withSidecar(rest, terminal, texts['--profile'], async ({ getToken, profile, platform }) => {
      const { value, expiresAt, subject, scope } = await getToken()
      const principalClaim = 'principalClaim' in profile ? profile.principalClaim : 'sub'
      const expiresIn = Math.floor((expiresAt - platform.now()) / 1000)
      const text = switches['--decode']
        ? decoded(value, expiresAt, platform.now(), { principal: subject, principalClaim })
        : switches['--json']
          ? JSON.stringify({ access_token: value.reveal(), token_type: 'Bearer', expires_in: expiresIn, scope })
          : value.reveal()
      terminal.out(`${text}\n`)
      return exitCode.ok
    })
  },
}
