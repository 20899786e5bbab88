import { ConfigError } from '../config/fault.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../keys/algorithm.ts'
import { publicJwk } from '../keys/jwk.ts'
import { generatePrivateKey, writeNewKey } from '../keys/kept-key.ts'
import { parsePublicJwks } from '../keys/private-key.ts'
import { replaceFile } from '../keys/replaced-file.ts'
import { rotated, type Rotation } from '../keys/rotation.ts'
import { errorCode } from '../platform/error-code.ts'
import { nodePlatform } from '../platform/platform.ts'
import { Secret } from '../platform/secret.ts'
import { parseDurationMs } from '../sources/duration.ts'
import { TokenError } from '../token/error.ts'
import { readFlags, requiredFlag, runAction, type Actions, type Flags } from './action-flags.ts'
import type { Command, Flag, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { readTextFile } from './read-text-file.ts'

const passphraseVariable = 'KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE'
const defaultAlgorithm = 'RS256'
/** As the option `publishAhead` of self-issued has it by default. */
const defaultPublishAheadMs = 3_600_000
const defaultKeep = '7d'

const flags = [
  {
    name: '--out',
    value: 'FILE',
    about: 'Where the new private key is written, as PKCS#8 PEM, mode 0600. A file that is there is never replaced.',
  },
  {
    name: '--key',
    value: 'FILE',
    about:
      'A private key (PEM, encrypted or not, JWK or JWK Set), or a public one. For rotate a private JWK Set, or one private key, which becomes its first; made when it is not there.',
  },
  {
    name: '--algorithm',
    value: 'NAME',
    choices: signingAlgorithms,
    about: `${signingAlgorithms.join(', ')}. Default: ${defaultAlgorithm} (RSA of 2048 bits), or what the key is for; for rotate that of the newest key, or ES256.`,
  },
  {
    name: '--keep',
    value: 'DURATION',
    about: `How long a key stays after another one took over: more than publishAhead and lifetime together. Default: ${defaultKeep}.`,
  },
  {
    name: '--passphrase-file',
    value: 'FILE',
    about: `Passphrase of an encrypted key. Default: the variable ${passphraseVariable}.`,
  },
  { name: '--json', about: 'What is printed is JSON in any case.' },
] as const satisfies readonly Flag[]

export const keys: Command = {
  flags,
  actions: ['generate', 'public', 'rotate'],
  help: () =>
    helpText({
      usage: [
        'keys generate --out FILE [--algorithm NAME]',
        'keys public --key FILE [--algorithm NAME] [--passphrase-file FILE]',
        'keys rotate --key FILE [--algorithm NAME] [--keep DURATION]',
      ],
      about: `Keys for client assertions (private_key_jwt, RFC 7523), and for the tokens of self-issued. The private key stays in its
file; what is printed may be published and registered at the identity provider.

rotate is for the keyFile of self-issued: it makes the file a private JWK Set, adds a key, and takes out those that
another one took over from long ago. Sidecars that run read the file again by themselves. All should have it within 5
minutes (a tenth of publishAhead where that is less); publishAhead later, 1h by default, the new key signs.`,
      examples: [
        ['keys generate --out orders.pem', 'prints the public key as a JWK'],
        ['keys public --key orders.pem', 'prints a JWK Set'],
        ['keys rotate --key issuer.json', 'adds a key, prints the public JWK Set'],
      ],
      flags,
    }),
  run: (argv, terminal) => runAction('keys', actions, ownFlags(argv, { switches: ['--json'] }).rest, terminal),
}

const actions: Actions = {
  generate(argv, terminal) {
    const flags = readFlags(argv, ['--out', '--algorithm'])
    const out = requiredFlag(flags, '--out', 'must name the file for the private key, which is not printed')
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
    const from = requiredFlag(flags, '--key', 'must name the file of the key')
    const algorithm = algorithmIn(flags)
    const passphrase = await passphraseOf(flags, terminal)
    const text = await textOf(from)
    terminal.out(json({ keys: withOwnHint(() => parsePublicJwks(text, { algorithm, from, passphrase })) }))
    return exitCode.ok
  },
  rotate(argv, terminal) {
    const flags = readFlags(argv, ['--key', '--algorithm', '--keep'])
    const from = requiredFlag(flags, '--key', 'must name the file of the keys')
    const algorithm = algorithmIn(flags)
    const keepMs = keepIn(flags)
    const about = { algorithm, from, keepMs, publishAheadMs: defaultPublishAheadMs }
    const { change, isOwnerKept } = replaceFile(from, (text) => rotated(text, { ...about, now: nodePlatform().now() }))
    terminal.out(json({ keys: change.published }))
    for (const line of inWords(change)) terminal.err(`${line}\n`)
    if (!isOwnerKept) terminal.err(`${from} has another owner now; nobody else may read it.\n`)
    return Promise.resolve(exitCode.ok)
  },
}

/** What came of a rotation, for people: the public keys alone are on standard output. */
function inWords({ added, signsAt, dropped }: Rotation): readonly string[] {
  const when =
    signsAt === undefined
      ? `signs at once, being the only one for ${added.alg ?? 'its algorithm'}`
      : `signs from ${new Date(signsAt).toISOString()} on, with publishAhead of 1h, if every sidecar has the file within 5 minutes`
  return [`The new key ${added.kid} ${when}.`, ...dropped.map((kid) => `The old key ${kid} is no longer there.`)]
}

function keepIn(flags: Flags): number {
  const given = flags.get('--keep') ?? defaultKeep
  const keepMs = parseDurationMs(given)
  if (keepMs !== undefined) return keepMs
  const problem = 'must be a duration such as 1h or 7d; a bare number is seconds'
  throw new ConfigError([{ option: '--keep', given, problem }])
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
