import { endOf } from '../token/jwt-shape.ts'
import type { Command } from './command.ts'
import { decoded } from './decoded.ts'
import { exitCode } from './exit-code.ts'
import { optionHelp } from './option-help.ts'
import { ownFlags } from './own-flags.ts'
import { withSidecar } from './with-sidecar.ts'

export const assertion: Command = {
  name: 'assertion',
  summary: 'Print one client assertion (KIP-1258), or with --decode what is in it.',
  help: (argv) => `Usage: kafka-token-sidecar assertion [--profile NAME] [--decode] [options]

Makes one assertion as the profile would send it to its identity provider, and prints it. An outlet keeps a file with
one fresh, for sasl.oauthbearer.assertion.file of a Java client:

  outlets:
    - { from: { assertion: orders }, to: { file: /run/kafka/assertion.jwt, mode: "0640", group: 1000 } }

Where a provider takes each assertion once, as Keycloak does, one client may read that file, and the profile needs
assertion.claim.jtiInclude; for several clients use the token endpoint of the sidecar.

  --profile NAME
      The profile of the configuration file.
  --decode
      Print header, claims and remaining life as JSON instead; never the signature.

${optionHelp(argv)}`,
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, { switches: ['--decode'], texts: ['--profile'] })
    return withSidecar(rest, terminal, texts['--profile'], async ({ sidecar, name, platform }) => {
      const made = await sidecar.getAssertion(name)
      const text = made.reveal()
      terminal.out(`${switches['--decode'] ? decoded(made, endOf(text), platform.now()) : text}\n`)
      return exitCode.ok
    })
  },
}
