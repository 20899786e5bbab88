import { ConfigError } from '../config/fault.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { TokenError } from '../token/error.ts'
import { version } from '../version.ts'
import { assertion } from './assertion.ts'
import type { Command, Terminal } from './command.ts'
import { delegationToken } from './delegation-token/delegation-token.ts'
import { exitCode } from './exit-code.ts'
import { keys } from './keys.ts'
import { secret } from './secret.ts'
import { serve } from './serve.ts'
import { token } from './token.ts'
import { verify } from './verify.ts'

const commands: readonly Command[] = [
  serve,
  token,
  assertion,
  keys,
  secret,
  delegationToken,
  verify,
  {
    name: 'version',
    summary: 'Print the version.',
    help: () => 'Usage: kafka-token-sidecar version\n',
    run(_argv, terminal) {
      terminal.out(`${version}\n`)
      return Promise.resolve(exitCode.ok)
    },
  },
]

/** Runs one command line. Resolves to the exit code; what went wrong is one line on standard error. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = argv
  if (['help', '--help', '-h'].includes(name)) {
    const about = commands.find((command) => command.name === rest[0])
    terminal.out(about ? await about.help(rest) : overview())
    return exitCode.ok
  }
  const command = commands.find(
    (candidate) => candidate.name === name || (name === '--version' && candidate.name === 'version'),
  )
  if (!command) {
    const meant = didYouMean(
      name,
      commands.map((candidate) => candidate.name),
    )
    terminal.err(
      `kafka-token-sidecar: there is no command ${name}${meant ? `; did you mean ${meant}?` : ''}\n\n${overview()}`,
    )
    return exitCode.configuration
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(await command.help(rest))
    return exitCode.ok
  }
  try {
    return await command.run(rest, terminal)
  } catch (error) {
    const { code, text } = inWords(error, command.name)
    terminal.err(`kafka-token-sidecar: ${text}\n`)
    return code
  }
}

function overview(): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}\n`).join('')
  return `Usage: kafka-token-sidecar <command> [options]

Gives any Apache Kafka client an OAuth access token.

Commands:
${list}
kafka-token-sidecar <command> --help tells its options.
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

function portInWords(error: Error & { code?: unknown; address?: unknown; port?: unknown }): string {
  if (error.code === 'ENOTFOUND') return 'the name in --host has no address; use localhost or an IP address'
  const place = `${String(error.address)} port ${String(error.port)}`
  if (error.code === 'EADDRINUSE') return `${place} is in use; choose another with --port, or stop what listens there`
  if (error.code === 'EACCES') return `this user may not listen on ${place}; choose one above 1023 with --port`
  if (error.code === 'ENOTSUP')
    return `this system cannot share ${place} between processes; leave --reuse-port (listen.reusePort) out`
  return `cannot listen on ${place} (${String(error.code)})`
}
