/** What a command is handed, instead of reaching for the process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Arguments of Node itself, where debugging is switched on. */
  readonly execArgv: readonly string[]
  /** A person sees what goes to standard output. */
  readonly isWatched: boolean
  /** A person sees what goes to standard error: progress is shown there. */
  readonly isErrorWatched: boolean
  /** Something is fed to standard input: a file or another program, not a keyboard. */
  readonly isFed: boolean
  /** All that comes on standard input. */
  readInput(): Promise<string>
  /** The same piece by piece, where it may be larger than memory. */
  inputPieces?(): AsyncIterable<string>
  out(text: string): void
  err(text: string): void
}

/** A flag of a command itself, told by its help and by shell completion. */
export interface Flag {
  /** As in `--profile`. */
  readonly name: `--${string}`
  /** What its value is called, as in `NAME`; absent for a switch. */
  readonly value?: string
  /** All values that it takes, where they can be listed. */
  readonly choices?: readonly string[]
  readonly about: string
}

export interface Command {
  /** Flags of its own, beside the options of the configuration. */
  readonly flags?: readonly Flag[]
  /** Words that may come first, as `generate` of `keys`. */
  readonly actions?: readonly string[]
  /** It also takes the options of the configuration, as `--source`. */
  readonly takesOptions?: boolean
  /** Text of `--help`; the other arguments may say about what. */
  help(argv?: readonly string[]): string | Promise<string>
  /** Resolves to the exit code. Throws ConfigError or TokenError, which the caller words. */
  run(argv: readonly string[], terminal: Terminal): Promise<number>
}

/** A command as the list of commands has it; what it is made of is loaded when it is called. */
export interface CommandEntry {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly group: 'Give tokens' | 'Set up clients and brokers' | 'Find out what is wrong' | 'Keys and secrets' | 'More'
  load(): Promise<Command>
}
