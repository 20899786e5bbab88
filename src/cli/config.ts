import { tools, toolNamed } from '../client-config/index.ts'
import { targetFaults } from '../client-config/target.ts'
import type { Target, Tool } from '../client-config/tool.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { ConfigError } from '../config/fault.ts'
import { targetFlags, targetFrom, trustFlags } from './client-config/flags.ts'
import { describesProfile, profileTrust, withTrust } from './client-config/profile-trust.ts'
import { inWords, onlyPiece, toolList, toolsAsJson, unknownTool } from './client-config/shown.ts'
import type { Command, Flag, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'

const outputFlags: readonly Flag[] = [
  { name: '--only', value: 'WHERE', about: 'Print one piece as it is, as client.properties or KAFKA_OPTS.' },
  { name: '--json', about: 'Everything as JSON.' },
]
const flags: readonly Flag[] = [...targetFlags, ...trustFlags, ...outputFlags]
/** With the options of a profile these are its. */
const sharedWithProfile = ['--issuer', '--audience', '--principal-claim', '--client-id', '--scope']

export const config: Command = {
  flags,
  actions: tools.map(({ name }) => name),
  help: () =>
    helpText({
      usage: ['config [--json]', 'config TOOL [flags]', 'config broker|strimzi [flags] [options]'],
      about: `Prints the settings with which a Kafka client or tool gets its tokens here, ready to paste: each file or
variable under its name. Without a tool it lists those that are known. broker and strimzi print the other side; with
--config, or --source and the options of a profile, they say what the profile says.

Nothing is asked and no secret is printed. docs/clients.md tells which settings were run, and with what.`,
      examples: [
        ['config java --bootstrap-server kafka.example:9092', 'a client of Kafka 4'],
        ['config java --client-version 3 --only client.properties > client.properties', 'one file'],
        ['config connect --profile orders --only KAFKA_OPTS', 'the flag of the JVM, for the URL of that profile'],
        ['config flink-sql --bootstrap-server kafka.example:9092', 'with the class names of the SQL jar'],
        [
          'config broker --source self-issued --subject orders --audience kafka',
          'a listener that trusts the built-in issuer',
        ],
      ],
      flags,
      exits: [
        [
          exitCode.configuration,
          'a tool or flag that is not known, or a value that some format would take for something else',
        ],
      ],
    }),
  async run(argv, terminal) {
    const [first, ...rest] = argv
    if (first === undefined || first.startsWith('--')) return list(argv, terminal)
    const tool = toolNamed(first)
    if (!tool) throw unknownTool(first)
    const { switches, texts, options } = givenFlags(tool, rest)
    const target = await targetOf(tool, { switches, texts, options }, terminal)
    const settings = tool.settings(target)
    const only = texts['--only']
    if (only !== undefined) terminal.out(onlyPiece(tool, settings, only))
    else if (switches['--json']) {
      const { name, title, takes, source } = tool
      terminal.out(`${JSON.stringify({ name, title, takes, source, ...settings }, undefined, 2)}\n`)
    } else terminal.out(inWords(tool, settings, terminal))
    return exitCode.ok
  },
}

function list(argv: readonly string[], terminal: Terminal): number {
  const { switches, rest } = ownFlags(argv, { switches: ['--json'] })
  if (rest[0] !== undefined) throw unknownArgument(rest[0], 'a tool comes first, as in "config java"')
  terminal.out(switches['--json'] ? toolsAsJson() : toolList(terminal))
  return exitCode.ok
}

interface Given {
  readonly switches: Readonly<Partial<Record<string, boolean>>>
  readonly texts: Readonly<Partial<Record<string, string>>>
  /** Options of the configuration. */
  readonly options: readonly string[]
}

function givenFlags({ takes }: Tool, argv: readonly string[]): Given {
  const ofProfile = takes === 'broker' && describesProfile(argv)
  const own = flags.filter(({ name }) => !ofProfile || !sharedWithProfile.includes(name))
  const names = (hasValue: boolean): string[] =>
    own.filter(({ value }) => (value !== undefined) === hasValue).map(({ name }) => name)
  const { switches, texts, rest } = ownFlags<string, string>(argv, { switches: names(false), texts: names(true) })
  if (rest[0] !== undefined && !ofProfile) throw unknownArgument(rest[0], 'is no flag of config')
  return { switches, texts, options: rest }
}

async function targetOf(tool: Tool, { switches, texts, options }: Given, terminal: Terminal): Promise<Target> {
  const isOfBroker = tool.takes === 'broker'
  // There it chooses the profile that is trusted, and says nothing of a URL.
  const { '--profile': profile, ...others } = texts
  const target = targetFrom(tool, isOfBroker ? others : texts, switches)
  if (!isOfBroker || !describesProfile(options)) return target
  const whole = withTrust(target, await profileTrust(options, terminal, profile, texts['--url']))
  const faults = targetFaults(whole).map(({ key, given, problem }) => ({ option: key, given, problem }))
  if (faults.length > 0) throw new ConfigError(faults)
  return whole
}

function unknownArgument(given: string, problem: string): ConfigError {
  const meant = didYouMean(
    given.split('=')[0] ?? given,
    flags.map(({ name }) => name),
  )
  return new ConfigError([
    { option: given.split('=')[0] ?? given, problem: `${problem}${meant ? `; did you mean ${meant}?` : ''}` },
  ])
}
