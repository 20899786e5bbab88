import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { hashSecret } from '../callers/secret/secret-hash.ts'
import { ConfigError } from '../config/fault.ts'
import { errorCode } from '../platform/error-code.ts'
import { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import { readFlags, requiredFlag, runAction, type Actions } from './action-flags.ts'
import type { Command, Flag, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { readTextFile } from './read-text-file.ts'

const flags = [
  {
    name: '--out',
    value: 'FILE',
    about: 'Where the new secret is written, without a line end, mode 0600. A file that is there is never replaced.',
  },
  {
    name: '--in',
    value: 'FILE',
    about: 'The secret; one line end after it is not part of it. Default: standard input.',
  },
  { name: '--json', about: 'Print { "secretHash": ... } instead of the bare hash.' },
] as const satisfies readonly Flag[]

export const secret: Command = {
  flags,
  actions: ['generate', 'hash'],
  help: () =>
    helpText({
      usage: ['secret generate --out FILE [--json]', 'secret hash [--in FILE] [--json]'],
      about: `Client secrets of callers. The secret goes to the Kafka client; the configuration has its hash (scrypt), which is
printed and need not be kept secret:

  callers:
    orders-app: { secretHashes: ["scrypt$ln=14,r=8,p=1$..."], profiles: [orders] }`,
      examples: [
        ['secret generate --out orders.secret', 'a random secret of 256 bits'],
        ['secret hash --in orders.secret', 'the hash of one that is there'],
      ],
      flags,
    }),
  run: (argv, terminal) => runAction('secret', actions, argv, terminal),
}

const actions: Actions = {
  async generate(argv, terminal) {
    const { switches, rest } = ownFlags(argv, { switches: ['--json'] })
    const out = requiredFlag(
      readFlags(rest, ['--out']),
      '--out',
      'must name the file for the secret, which is not printed',
    )
    const made = new Secret(randomBytes(32).toString('base64url'))
    writeNewSecret(out, made)
    return printHash(made, switches['--json'], terminal)
  },
  async hash(argv, terminal) {
    const { switches, rest } = ownFlags(argv, { switches: ['--json'] })
    requireNoSecret(rest)
    const file = readFlags(rest, ['--in']).get('--in')
    const text = file === undefined ? await terminal.readInput() : await textOf(file)
    return printHash(checked(text.replace(/\r?\n$/, ''), file ?? 'standard input'), switches['--json'], terminal)
  },
}

/** Who puts the secret itself there is told so, without seeing it again. */
function requireNoSecret(argv: readonly string[]): void {
  if (argv.every((word, index) => word.startsWith('--') || argv[index - 1]?.startsWith('--'))) return
  const problem =
    'takes no secret on the command line, where everybody on this host can read it: use --in FILE or a pipe'
  throw new ConfigError([{ option: 'secret hash', problem }])
}

async function printHash(of: Secret, isJson: boolean, terminal: Terminal): Promise<number> {
  const hash = await hashSecret(of)
  terminal.out(`${isJson ? JSON.stringify({ secretHash: hash }) : hash}\n`)
  return exitCode.ok
}

function writeNewSecret(file: string, made: Secret): void {
  try {
    writeFileSync(file, made.reveal(), { flag: 'wx', mode: 0o600 })
    // Some umask may have taken away even the right to read it.
    chmodSync(file, 0o600)
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') {
      const hint = 'Name another file: a secret is never replaced.'
      throw new TokenError('ERR_KEY_SECRET', `${file} is there already`, { hint })
    }
    const hint = 'Name a file in a folder that you may write.'
    throw new TokenError('ERR_KEY_SECRET', `cannot write a new secret to ${file} (${errorCode(cause)})`, {
      cause,
      hint,
    })
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readTextFile(file)
  } catch (cause) {
    const hint = 'Name a file that you may read.'
    throw new TokenError('ERR_KEY_SECRET', `cannot read ${file} (${errorCode(cause)})`, { cause, hint })
  }
}

/** A secret that no client could send, or not every one, would only be found out by its refusal. */
function checked(text: string, from: string): Secret {
  const problem = problemOf(text)
  if (problem === undefined) return new Secret(text)
  throw new TokenError('ERR_KEY_SECRET', `${from} ${problem}`, {
    hint: 'Give one line with the secret; kafka-token-sidecar secret generate makes one.',
  })
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'holds no secret'
  if (text.includes('\ufffd')) return 'is not UTF-8'
  if (/\p{Cc}/u.test(text)) return 'holds more than one line, or control characters, which no client can send'
  if (text.trim() !== text) return 'begins or ends with a space, which Java clients leave out'
  return undefined
}
