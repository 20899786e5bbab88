import { exitCodes } from '../exit-code.ts'
import { helpText } from '../help-text.ts'
import { doctorFlags } from './flags.ts'

const about = `Walks the way of a Kafka client, from the credentials to the topic, and stops at the first step that is broken, with what
mends it: credentials, principal, token, clocks, the settings of the client, DNS, TCP and TLS, the login at a real broker,
the session that it gives, every broker that is advertised, and with --topic what may be done with it.

It reads and asks, and changes nothing. Where a broker refuses a token and tells no reason, the likely reasons are ranked
by what the token itself shows, with the loggers of the broker that tell the rest. A token of Google's goes to Managed
Kafka alone, and no token or password goes over plaintext to other hosts, unless you say so.`

export function doctorHelp(argv: readonly string[] = []): string {
  return helpText({
    usage: ['doctor [--command-config FILE] [--profile NAME] [--bootstrap-server LIST] [--topic NAME] [options]'],
    about,
    examples: [
      ['doctor --command-config client.properties --topic orders', 'as the client goes, through a sidecar that runs'],
      ['doctor --profile orders --config sidecar.yaml --bootstrap-server k:9093', 'without a client'],
      ['doctor', 'credentials, principal and token of the default profile, without a broker'],
      ['doctor --command-config client.properties --json', 'for a machine'],
    ],
    flags: doctorFlags,
    exits: [
      [0, 'nothing is broken'],
      ...exitCodes
        .filter(([, meaning]) => meaning.startsWith('doctor: '))
        .map(([code, meaning]) => [code, meaning.replace('doctor: ', '')] as const),
    ],
    optionsFor: argv,
  })
}
