import { ConfigError, unknownOption, type ConfigFault } from '../config/fault.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../keys/algorithm.ts'
import { publicJwk } from '../keys/jwk.ts'
import { generatePrivateKey, writeNewKey } from '../keys/kept-key.ts'
import { parsePublicJwks } from '../keys/private-key.ts'
import { errorCode } from '../platform/error-code.ts'
import { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { readTextFile } from './read-text-file.ts'

const passphraseVariable = 'KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE'
const defaultAlgorithm = 'RS256'

export const keys: Command = {
  name: 'keys',
  summary: 'Make a private key, or print public ones.',
  help: () => `Usage: kafka-token-sidecar keys generate --out FILE [--algorithm NAME]
       kafka-token-sidecar keys public --key FILE [--algorithm NAME] [--passphrase-file FILE]

Keys for client assertions (private_key_jwt, RFC 7523). The private key stays in its file; what is printed may be
published and registered at the identity provider.

  kafka-token-sidecar keys generate --out orders.pem             prints the public key as a JWK
  kafka-token-sidecar keys public --key orders.pem               prints a JWK Set

  --out FILE
      Where the new private key is written, as PKCS#8 PEM, mode 0600. A file that is there is never replaced.
  --key FILE
      A private key (PEM, encrypted or not, JWK or JWK Set), or a public one.
  --algorithm NAME
      ${signingAlgorithms.join(', ')}. Default: ${defaultAlgorithm} (RSA of 2048 bits), or what the key is for.
  --passphrase-file FILE
      Passphrase of an encrypted key. Default: the variable ${passphraseVariable}.
`,
  async run(argv, terminal) {
    const [action = '', ...rest] = argv
    const run = actions[action]
    if (run) return run(rest, terminal)
    const meant = didYouMean(action, Object.keys(actions))
    const problem = `must be followed by ${Object.keys(actions).join(' or ')}${meant ? `; did you mean ${meant}?` : ''}`
    throw new ConfigError([{ option: 'keys', problem, ...(action !== '' && { given: action }) }])
  },
}

const actions: Readonly<Record<string, (argv: readonly string[], terminal: Terminal) => Promise<number>>> = {
  generate(argv, terminal) {
    const flags = readFlags(argv, ['--out', '--algorithm'])
    const out = required(flags, '--out', 'must name the file for the private key, which is not printed')
    const algorithm = algorithmIn(flags) ?? defaultAlgorithm
    const key = generatePrivateKey(algorithm)
    if (!writeNewKey(out, key)) {
      throw new TokenError('ERR_KEY_FILE', `${out} is there already`, {
        hint: 'Name another file: a private key is never replaced.',
      })
    }
    terminal.out(json(publicJwk(key, algorithm)))
    return Promise.resolve(exitCode.ok)
  },
  async public(argv, terminal) {
    const flags = readFlags(argv, ['--key', '--algorithm', '--passphrase-file'])
    const from = required(flags, '--key', 'must name the file of the key')
    const algorithm = algorithmIn(flags)
    const passphrase = await passphraseOf(flags, terminal)
    const text = await textOf(from)
    terminal.out(json({ keys: withOwnHint(() => parsePublicJwks(text, { algorithm, from, passphrase })) }))
    return exitCode.ok
  },
}

/** Here the passphrase is given otherwise than in a configuration. */
function withOwnHint<Keys>(read: () => Keys): Keys {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== 'ERR_KEY_PASSPHRASE') throw error
    const hint = `Name the file with the passphrase with --passphrase-file, or set ${passphraseVariable}.`
    throw new TokenError(error.code, error.message, { cause: error.cause, hint })
  }
}

type Flags = ReadonlyMap<string, string>

function readFlags(argv: readonly string[], names: readonly string[]): Flags {
  const faults: ConfigFault[] = []
  const flags = new Map<string, string>()
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag = '', inline] = word.startsWith('--') && word.includes('=') ? splitAt(word, word.indexOf('=')) : [word]
    const value = inline ?? (flag.startsWith('--') && !words[0]?.startsWith('--') ? words.shift() : undefined)
    if (!flag.startsWith('--')) faults.push({ option: flag, problem: 'is not expected here' })
    else if (!names.includes(flag)) faults.push({ option: flag, problem: unknownOption(flag, names) })
    else if (!value) faults.push({ option: flag, problem: 'needs a value' })
    else flags.set(flag, value)
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return flags
}

function splitAt(text: string, index: number): readonly [string, string] {
  return [text.slice(0, index), text.slice(index + 1)]
}

function required(flags: Flags, option: string, problem: string): string {
  const value = flags.get(option)
  if (value === undefined) throw new ConfigError([{ option, problem }])
  return value
}

function algorithmIn(flags: Flags): SigningAlgorithm | undefined {
  const given = flags.get('--algorithm')
  const known = signingAlgorithms.find((name) => name === given)
  if (given === undefined || known) return known
  const meant = didYouMean(given, signingAlgorithms)
  const problem = `must be one of ${signingAlgorithms.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
  throw new ConfigError([{ option: '--algorithm', given, problem }])
}

async function passphraseOf(flags: Flags, { env }: Terminal): Promise<Secret | undefined> {
  const file = flags.get('--passphrase-file')
  const text = file === undefined ? env[passphraseVariable] : (await textOf(file)).replace(/\r?\n$/, '')
  return text ? new Secret(text) : undefined
}

async function textOf(path: string): Promise<string> {
  try {
    return await readTextFile(path)
  } catch (cause) {
    throw new TokenError('ERR_KEY_FILE', `cannot read ${path} (${errorCode(cause)})`, { cause })
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
