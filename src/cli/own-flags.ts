import { ConfigError } from '../config/fault.ts'

/** Flags of a command itself, taken out of its arguments; what is left are options of the configuration. */
export interface OwnFlags<Switch extends string, Text extends string> {
  readonly switches: Readonly<Record<Switch, boolean>>
  readonly texts: Readonly<Partial<Record<Text, string>>>
  readonly rest: readonly string[]
}

/** `--decode` is a switch, `--profile orders` and `--profile=orders` a text. Throws ConfigError for a text without value. */
export function ownFlags<Switch extends string = never, Text extends string = never>(
  argv: readonly string[],
  known: { readonly switches?: readonly Switch[]; readonly texts?: readonly Text[] },
): OwnFlags<Switch, Text> {
  const { switches = [], texts = [] } = known
  const found: Partial<Record<Text, string>> = {}
  const given = new Set<string>()
  const rest: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const text = texts.find((name) => argument === name || argument.startsWith(`${name}=`))
    if (text !== undefined) {
      const value = argument === text ? argv[++index] : argument.slice(text.length + 1)
      if (!value || value.startsWith('--')) throw new ConfigError([{ option: text, problem: 'needs a value' }])
      found[text] = value
    } else if ((switches as readonly string[]).includes(argument)) given.add(argument)
    else rest.push(argument)
  }
  return {
    switches: Object.fromEntries(switches.map((name) => [name, given.has(name)])) as Record<Switch, boolean>,
    texts: found,
    rest,
  }
}
