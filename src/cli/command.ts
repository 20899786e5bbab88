/** What a command is handed, instead of reaching for the process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Arguments of Node itself, where debugging is switched on. */
  readonly execArgv: readonly string[]
  readonly isWatched: boolean
  /** All that comes on standard input. */
  readInput(): Promise<string>
  out(text: string): void
  err(text: string): void
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Text of `--help`; the other arguments may say about what. */
  help(argv?: readonly string[]): string | Promise<string>
  /** Resolves to the exit code. Throws ConfigError or TokenError, which the caller words. */
  run(argv: readonly string[], terminal: Terminal): Promise<number>
}
