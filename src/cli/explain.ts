import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import { type Explanation, explainer } from '../explain/explain.ts'
import { nodePlatform } from '../platform/platform.ts'
import { type JwtShape, readJwtShape } from '../token/jwt-shape.ts'
import type { Command, Flag, Terminal } from './command.ts'
import { exitCode } from './exit-code.ts'
import { explanationsInWords, nothingKnown } from './explain-words.ts'
import { tokenReport } from './explain-token.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { paint } from './paint.ts'

const flags: readonly Flag[] = [
  { name: '--json', about: 'The explanations as JSON.' },
  {
    name: '--expected-issuer',
    value: 'ISSUER',
    about: 'For a token: sasl.oauthbearer.expected.issuer of the broker that refused it.',
  },
  {
    name: '--expected-audience',
    value: 'LIST',
    about:
      'For a token: sasl.oauthbearer.expected.audience of the broker, with commas; none where the broker has no such setting.',
  },
  { name: '--jwks', value: 'FILE', about: 'For a token: the JWK Set that the broker reads.' },
]

export const explain: Command = {
  flags,
  help: () =>
    helpText({
      usage: ['explain [FILE ...] [--json]', 'explain TEXT', '<command> | kafka-token-sidecar explain'],
      about: `Says what the errors in a log of a Kafka client or broker mean, and what mends them. It knows the texts of Java clients 3.x
and 4.x, librdkafka, Go, Python, Strimzi's OAuth library, Spark, Flink, and brokers, and the codes of this program.

The log may be of any size. Nothing is sent anywhere, and tokens and passwords are not printed. A text that is one token is
taken for one that a broker refused: the reasons that it shows are listed, the likeliest first.`,
      examples: [
        ['explain app.log', 'a file'],
        ["explain 'Class x.y.Z could not be found.'", 'a line that somebody sent you; quote it'],
        ['explain refused-token.txt --expected-audience kafka', 'why a broker may have refused this token'],
      ],
      flags,
      exits: [
        [exitCode.ok, 'something was explained'],
        [exitCode.found, 'nothing in it is known'],
        [exitCode.file, 'a file cannot be read'],
      ],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, {
      switches: ['--json'],
      texts: ['--expected-issuer', '--expected-audience', '--jwks'],
    })
    const unknown = rest.find((word) => word.startsWith('--'))
    if (unknown !== undefined) throw new ConfigError([{ option: unknown, problem: 'is no flag of explain' }])
    const read: Read[] = []
    for (const input of await inputsOf(rest, terminal)) read.push(await readAll(input))
    const token = read.length === 1 ? read[0]?.token : undefined
    if (token) return tokenReport({ token, terminal, texts, isJson: switches['--json'], nowMs: nodePlatform().now() })
    return logReport(read, terminal, switches['--json'])
  },
}

interface Input {
  /** Name of the file, where it is one. */
  readonly file?: string
  readonly pieces: AsyncIterable<string> | Iterable<string>
}

interface Read {
  readonly file?: string
  readonly explanations: readonly Explanation[]
  /** Where the whole of it is one token. */
  readonly token?: JwtShape
}

/** Files, words, or standard input. */
async function inputsOf(words: readonly string[], terminal: Terminal): Promise<readonly Input[]> {
  if (words.length === 0 || (words.length === 1 && words[0] === '-')) {
    if (!terminal.isFed) {
      throw new ConfigError([
        {
          option: 'explain',
          problem:
            'needs a log: a file, a quoted line, or one that is fed to it, as in kubectl logs app | kafka-token-sidecar explain',
        },
      ])
    }
    return [{ pieces: terminal.inputPieces?.() ?? [await terminal.readInput()] }]
  }
  const kinds = await Promise.all(words.map(kindOf))
  if (kinds.includes('folder')) throw unreadable(words[kinds.indexOf('folder')] ?? '', 'is a folder')
  if (kinds.every((kind) => kind === 'file')) {
    return words.map((file) => ({ file, pieces: createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 }) }))
  }
  const missing = words.find((word, index) => kinds[index] === 'missing' && looksLikeFile(word, words.length))
  if (missing !== undefined) throw unreadable(missing, 'there is no such file')
  return [{ pieces: [words.join(' ')] }]
}

async function kindOf(word: string): Promise<'file' | 'folder' | 'missing'> {
  // A line of a log may be longer than a path can be.
  const found = await stat(word).catch(() => undefined)
  if (!found) return 'missing'
  return found.isDirectory() ? 'folder' : 'file'
}

/** One word without blanks that ends as files do, or begins as paths do. */
function looksLikeFile(word: string, count: number): boolean {
  if (/\s/.test(word) || word.length > 300) return false
  return /^[./~]/.test(word) || (count === 1 && /\.(?:log|txt|out|json|gz|err)$/i.test(word))
}

function unreadable(file: string, problem: string): ConfigError {
  return new ConfigError([{ option: file, problem }], { unreadable: true })
}

// A token is shorter.
const longestToken = 1 << 20

async function readAll({ file, pieces }: Input): Promise<Read> {
  const reader = explainer()
  let start = ''
  let length = 0
  try {
    for await (const piece of pieces) {
      reader.add(piece)
      length += piece.length
      if (length <= longestToken) start += piece
    }
  } catch (error) {
    throw unreadable(file ?? 'standard input', error instanceof Error ? error.message : String(error))
  }
  const token = length <= longestToken ? readJwtShape(start.trim().replace(/^Bearer\s+/i, '')) : undefined
  return { explanations: reader.end(), ...(file !== undefined && { file }), ...(token && { token }) }
}

function logReport(read: readonly Read[], terminal: Terminal, isJson: boolean): number {
  const isExplained = read.some(({ explanations }) => explanations.length > 0)
  if (isJson) {
    const explained = read.flatMap(({ file, explanations }) =>
      explanations.map((explanation) => ({ ...(file !== undefined && { file }), ...explanation })),
    )
    terminal.out(`${JSON.stringify({ explained }, undefined, 2)}\n`)
  } else if (isExplained) {
    for (const { file, explanations } of read) {
      if (explanations.length === 0) continue
      const heading = read.length > 1 && file !== undefined ? `${file}\n\n` : ''
      terminal.out(heading + explanationsInWords(explanations, paint(terminal)))
    }
  } else terminal.out(nothingKnown)
  return isExplained ? exitCode.ok : exitCode.found
}
