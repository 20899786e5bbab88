import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { hashSecret } from '../callers/secret/secret-hash.ts'
import { ConfigError } from '../config/fault.ts'
import { errorCode } from '../platform/error-code.ts'
import { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import { readFlags, requiredFlag, runAction, type Actions } from './action-flags.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { readTextFile } from './read-text-file.ts'

export const secret: Command = {
  name: 'secret',
  summary: 'Make a client secret for a caller, or print the hash of one.',
  help: () => `Usage: kafka-token-sidecar secret generate --out FILE
       kafka-token-sidecar secret hash [--in FILE]

Client secrets of callers. The secret goes to the Kafka client; the configuration has its hash (scrypt), which is
printed and need not be kept secret:

  callers:
    orders-app: { secretHashes: ["scrypt$ln=14,r=8,p=1$..."], profiles: [orders] }

  kafka-token-sidecar secret generate --out orders.secret        a random secret of 256 bits
  kafka-token-sidecar secret hash --in orders.secret             the hash of one that is there

  --out FILE
      Where the new secret is written, without a line end, mode 0600. A file that is there is never replaced.
  --in FILE
      The secret; one line end after it is not part of it. Default: standard input.
`,
  run: (argv, terminal) => runAction('secret', actions, argv, terminal),
}

const actions: Actions = {
  async generate(argv, terminal) {
    const flags = readFlags(argv, ['--out'])
    const out = requiredFlag(flags, '--out', 'must name the file for the secret, which is not printed')
    const made = new Secret(randomBytes(32).toString('base64url'))
    writeNewSecret(out, made)
    return printHash(made, terminal)
  },
  async hash(argv, terminal) {
    requireNoSecret(argv)
    const file = readFlags(argv, ['--in']).get('--in')
    const text = file === undefined ? await terminal.readInput() : await textOf(file)
    return printHash(checked(text.replace(/\r?\n$/, ''), file ?? 'standard input'), terminal)
  },
}

/** Who puts the secret itself there is told so, without seeing it again. */
function requireNoSecret(argv: readonly string[]): void {
  if (argv.every((word, index) => word.startsWith('--') || argv[index - 1]?.startsWith('--'))) return
  const problem =
    'takes no secret on the command line, where everybody on this host can read it: use --in FILE or a pipe'
  throw new ConfigError([{ option: 'secret hash', problem }])
}

async function printHash(of: Secret, terminal: Terminal): Promise<number> {
  terminal.out(`${await hashSecret(of)}\n`)
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
