import { endOf } from '../token/jwt-shape.ts'
import type { Command, Flag } from './command.ts'
import { decoded } from './decoded.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { withSidecar } from './with-sidecar.ts'

const flags = [
  { name: '--profile', value: 'NAME', about: 'The profile of the configuration file. Default: default.' },
  { name: '--decode', about: 'Print header, claims and remaining life as JSON instead; never the signature.' },
  { name: '--json', about: 'Print client_assertion_type, client_assertion and expires_in (seconds) as JSON.' },
] as const satisfies readonly Flag[]

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const assertion: Command = {
  flags,
  takesOptions: true,
  help: (argv) =>
    helpText({
      usage: ['assertion [--profile NAME] [--decode | --json] [options]'],
      about: `Makes one assertion as the profile would send it to its identity provider, and prints it. An outlet keeps a file with
one fresh, for sasl.oauthbearer.assertion.file of a Java client:

  outlets:
    - { from: { assertion: orders }, to: { file: /run/kafka/assertion.jwt, mode: "0640", group: 1000 } }

Where a provider takes each assertion once, as Keycloak does, one client may read that file, and the profile needs
assertion.claim.jtiInclude; for several clients use the token endpoint of the sidecar.`,
      examples: [['assertion --config sidecar.yaml --profile orders --decode', 'what a provider is sent']],
      flags,
      optionsFor: argv ?? [],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, { switches: ['--decode', '--json'], texts: ['--profile'] })
    return withSidecar(rest, terminal, texts['--profile'], async ({ sidecar, name, platform }) => {
      const made = await sidecar.getAssertion(name)
      const text = made.reveal()
      const end = endOf(text)
      const answer = {
        client_assertion_type: assertionType,
        client_assertion: text,
        expires_in: end === undefined ? undefined : Math.floor((end - platform.now()) / 1000),
      }
      const shown = switches['--decode']
        ? decoded(made, end, platform.now())
        : switches['--json']
          ? JSON.stringify(answer)
          : text
      terminal.out(`${shown}\n`)
      return exitCode.ok
    })
  },
}
