import { ConfigError } from '../config/fault.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { TokenError } from '../token/error.ts'
import type { CommandEntry, Terminal } from './command.ts'
import { commands } from './commands.ts'
import { exitCode, exitCodes } from './exit-code.ts'

/** Runs one command line. Resolves to the exit code; what went wrong is one line on standard error. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = argv
  if (['help', '--help', '-h'].includes(name)) {
    terminal.out(await helpAbout(rest))
    return exitCode.ok
  }
  const entry = entryOf(name === '--version' ? 'version' : name)
  if (!entry) {
    const meant = didYouMean(
      name,
      commands.map((candidate) => candidate.name),
    )
    terminal.err(
      `kafka-token-sidecar: there is no command ${name}${meant ? `; did you mean ${meant}?` : ''}\n\n${overview()}`,
    )
    return exitCode.configuration
  }
  const command = await entry.load()
  // What stands behind -- is another program's.
  const ours = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (ours.includes('--help') || ours.includes('-h')) {
    terminal.out(await command.help(ours))
    return exitCode.ok
  }
  try {
    return await command.run(rest, terminal)
  } catch (error) {
    const { code, text } = inWords(error, name)
    terminal.err(`kafka-token-sidecar: ${text}\n`)
    return code
  }
}

function entryOf(name: string): CommandEntry | undefined {
  return commands.find((candidate) => candidate.name === name)
}

async function helpAbout(words: readonly string[]): Promise<string> {
  if (words[0] === 'exit-codes') return exitCodeHelp()
  if (words[0] === 'container') return (await import('./container-help.ts')).containerHelp
  const command = await entryOf(words[0] ?? '')?.load()
  return command ? command.help(words) : overview()
}

function exitCodeHelp(): string {
  return `Exit codes:\n${exitCodes.map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}\n`).join('')}`
}

function overview(): string {
  const groups = Map.groupBy(commands, ({ group }) => group)
  const lists = [...groups].map(([group, entries]) => {
    const lines = entries.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}`)
    return `${group}:\n${lines.join('\n')}\n`
  })
  return `Usage: kafka-token-sidecar <command> [options]

Gives any Apache Kafka client an OAuth access token.

${lists.join('\n')}
kafka-token-sidecar <command> --help tells its options, with examples; help exit-codes the exit codes.
`
}

function inWords(error: unknown, command: string): { readonly code: number; readonly text: string } {
  if (error instanceof ConfigError) {
    const text =
      error.faults.length === 1
        ? error.message
        : `${error.faults.length} faults in the configuration\n  ${error.message.replaceAll('\n', '\n  ')}`
    const more = `\nkafka-token-sidecar ${command} --help tells the options.`
    return error.unreadable ? { code: exitCode.file, text } : { code: exitCode.configuration, text: text + more }
  }
  if (error instanceof TokenError) {
    return { code: codeFor(error.code), text: error.description }
  }
  if (error instanceof Error && 'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall)))
    return { code: exitCode.port, text: portInWords(error) }
  return { code: exitCode.defect, text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

function codeFor(code: TokenError['code']): number {
  // It came with the command line, and asking again is no use.
  if (code === 'ERR_KAFKA_TOKEN_HMAC') return exitCode.configuration
  return isAboutFile(code) ? exitCode.file : exitCode.noToken
}

/** Files of ours; one that somebody else keeps fresh is a matter of the source. */
function isAboutFile(code: TokenError['code']): boolean {
  if (code === 'ERR_OUTLET_FILE') return true
  return code.startsWith('ERR_KEY') && code !== 'ERR_KEY_SIGNER' && code !== 'ERR_KEY_ASSERTION'
}

function portInWords(error: Error & { code?: unknown; address?: unknown; port?: unknown; option?: string }): string {
  if (error.code === 'ENOTFOUND')
    return `the name in ${error.option ? '--admin-host' : '--host'} has no address; use localhost or an IP address`
  const place = `${String(error.address)} port ${String(error.port)}`
  const flag = error.option ?? '--port'
  if (error.code === 'EADDRINUSE') {
    const why = 'why' in error ? `, and what listens there is not shared: ${String(error.why)}` : ''
    return `${place} is in use${why}; choose another with ${flag}, or stop what listens there`
  }
  if (error.code === 'EACCES') return `this user may not listen on ${place}; choose one above 1023 with ${flag}`
  if (error.code === 'ENOTSUP')
    return `this system cannot share ${place} between processes; leave --reuse-port (listen.reusePort) out`
  return `cannot listen on ${place} (${String(error.code)})`
}
