import { ConfigError } from '../config/fault.ts'
import type { Terminal } from './command.ts'

/** Options of Node that let whoever can signal, connect to or read files of this process have its tokens and keys. */
const revealing = [
  '--inspect',
  '--inspect-brk',
  '--inspect-brk-node',
  '--inspect-port',
  '--inspect-publish-uid',
  '--inspect-wait',
  '--debug-port',
  '--heapsnapshot-signal',
  '--heapsnapshot-near-heap-limit',
  '--heap-prof',
  '--cpu-prof',
  '--prof',
  '--report-on-signal',
  '--report-on-fatalerror',
  '--report-uncaught-exception',
  '--abort-on-uncaught-exception',
  '--trace-event-categories',
  '--tls-keylog',
]

/** Variables that make Node or Google's library print requests and answers, tokens included. */
const revealingVariables = ['NODE_DEBUG', 'GOOGLE_SDK_NODE_LOGGING', 'SSLKEYLOGFILE']

/** What Node was started with, by argument, by NODE_OPTIONS or by variable, that reveals. */
export function revealingOptions(
  execArgv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  // Node takes its options in quotes, and with underscores for dashes.
  const given = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/[\s"]+/)].map((option) =>
    (option.split('=', 1)[0] ?? '').replaceAll('_', '-'),
  )
  return [
    ...revealing.filter((option) => given.includes(option)),
    ...revealingVariables.filter((variable) => env[variable]),
  ]
}

/** Throws ConfigError outside development when this process is open to onlookers. */
export function requireNoDebugging({ env, execArgv }: Terminal): void {
  if (env['NODE_ENV'] === 'development') return
  const faults = revealingOptions(execArgv, env).map((option) => ({
    option,
    problem: 'lets others read tokens and keys from this process; it is allowed with NODE_ENV=development only',
  }))
  if (faults.length > 0) throw new ConfigError(faults)
}
