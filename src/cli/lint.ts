import { open } from 'node:fs/promises'
import { ConfigError } from '../config/fault.ts'
import { lint as linted, type FileKind, type Linted } from '../lint/lint.ts'
import type { Finding } from '../lint/finding.ts'
import { decoded, mostCharacters, type Decoded } from '../lint/text.ts'
import { errorCode } from '../platform/error-code.ts'
import type { Command, Flag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { paint, type Paint } from './paint.ts'

const kinds: readonly FileKind[] = [
  'java-client',
  'broker',
  'librdkafka',
  'spark',
  'flink',
  'connect',
  'otel',
  'strimzi',
  'clickhouse',
  'code',
]

const flags: readonly Flag[] = [
  {
    name: '--kind',
    value: 'KIND',
    choices: kinds,
    about: `Whose settings they are, where that is not found out: ${kinds.join(', ')}.`,
  },
  {
    name: '--client-version',
    value: 'VERSION',
    choices: ['3', '4'],
    about: 'Kafka of the client or broker, 3 or 4. Default: what fails on one of them is told as a warning.',
  },
  {
    name: '--env',
    about:
      'Take the variables of this process for those of the client: KAFKA_OPTS and JAVA_TOOL_OPTIONS with what the JVM allows, http_proxy and no_proxy.',
  },
  { name: '--json', about: 'The findings as JSON, a list of files.' },
]

interface FileReport {
  readonly file: string
  readonly kind: Linted['kind']
  readonly findings: readonly Finding[]
}

export const lint: Command = {
  flags,
  help: () =>
    helpText({
      usage: ['lint FILE... [--kind KIND] [--client-version 3|4] [--env] [--json]', 'lint - < FILE'],
      about: `Reads the settings of Kafka clients and brokers and says what will fail, what will then be seen, and what to write
instead. It takes properties, YAML, JSON, XML, INI, SQL, shell and code, also within a ConfigMap or Deployment; a dash is
standard input. Nothing is connected to, and no secret of a file is repeated.`,
      examples: [
        ['lint client.properties --client-version 4', 'The settings of a Java client, with Kafka 4.'],
        ['lint server.properties values.yaml job.py', 'Several files, each for what it is.'],
        ['lint client.properties --env', 'With the KAFKA_OPTS and proxies of this shell.'],
      ],
      flags,
      more: 'All rules: docs/lint.md.',
      exits: [
        [exitCode.ok, 'no errors; there may be warnings and notes'],
        [exitCode.found, 'there are errors'],
        [exitCode.file, 'a file cannot be read'],
      ],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, {
      switches: ['--env', '--json'],
      texts: ['--kind', '--client-version'],
    })
    const files = rest.length === 0 && terminal.isFed ? ['-'] : rest
    check(files, texts)
    const reports: FileReport[] = []
    for (const file of files) {
      const { text, encoding } =
        file === '-' ? { text: await terminal.readInput(), encoding: undefined } : await readSettings(file)
      const { kind, findings } = await linted({
        text,
        encoding,
        ...(file !== '-' && { name: file }),
        kind: texts['--kind'] as FileKind | undefined,
        version: texts['--client-version'] as '3' | '4' | undefined,
        env: switches['--env'] ? terminal.env : undefined,
        firstLineOf,
      })
      reports.push({ file: file === '-' ? 'standard input' : file, kind, findings })
    }
    terminal.out(switches['--json'] ? `${JSON.stringify(reports, undefined, 2)}\n` : inWords(reports, paint(terminal)))
    const hasErrors = reports.some(({ findings }) => findings.some(({ severity }) => severity === 'error'))
    return hasErrors ? exitCode.found : exitCode.ok
  },
}

function check(
  files: readonly string[],
  texts: Readonly<Partial<Record<'--kind' | '--client-version', string>>>,
): void {
  const unknown = files.find((file) => file.startsWith('--'))
  const { '--kind': kind, '--client-version': version } = texts
  const faults = [
    ...(unknown === undefined ? [] : [{ option: unknown, problem: 'is no flag of lint' }]),
    ...(files.length > 0 ? [] : [{ option: 'FILE', problem: 'is missing: name a file, or - for standard input' }]),
    ...(kind === undefined || (kinds as readonly string[]).includes(kind)
      ? []
      : [{ option: '--kind', given: kind, problem: `must be one of ${kinds.join(', ')}` }]),
    ...(version === undefined || version === '3' || version === '4'
      ? []
      : [{ option: '--client-version', given: version, problem: 'must be 3 or 4' }]),
  ]
  if (faults.length > 0) throw new ConfigError(faults)
}

/** UTF-8 has up to four bytes for a character; what comes behind is not even read. */
const mostBytes = 4 * mostCharacters

async function readSettings(path: string): Promise<Decoded> {
  const bytes = await head(path, mostBytes).catch((cause: unknown) => {
    throw new ConfigError([{ option: path, problem: `cannot be read (${errorCode(cause)})` }], { unreadable: true })
  })
  return decoded(bytes)
}

async function head(path: string, most: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const parts: Buffer[] = []
    let length = 0
    while (length < most) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(Math.min(65_536, most - length)) })
      if (bytesRead === 0) break
      parts.push(buffer.subarray(0, bytesRead))
      length += bytesRead
    }
    return Buffer.concat(parts)
  } finally {
    await file.close()
  }
}

/** Of a key that settings name, what tells its form; the rest of it is not looked at. */
async function firstLineOf(path: string): Promise<string | undefined> {
  if (!path.startsWith('/')) return undefined
  try {
    return new TextDecoder().decode(await head(path, 100)).split('\n')[0]
  } catch {
    // It may be a path of another machine.
    return undefined
  }
}

const words = { error: 'error  ', warning: 'warning', note: 'note   ' } as const

function inWords(reports: readonly FileReport[], colours: Paint): string {
  const marks = { error: colours.bad, warning: colours.warn, note: colours.dim }
  const blocks = reports.flatMap(({ file, findings }) =>
    findings.map((finding) => {
      const { line, key, severity, rule, problem, printed, remedy, paste } = finding
      const place = line === undefined ? file : `${file}:${line}`
      const subject = key === undefined || problem.startsWith(key) ? '' : `${key}: `
      return [
        `${colours.bold(place)} ${marks[severity](words[severity].trim())} ${subject}${problem} ${colours.dim(`[${rule}]`)}`,
        ...(printed === undefined ? [] : [`    printed: ${printed}`]),
        `    ${remedy}`,
        ...(paste === undefined ? [] : paste.split('\n').map((one) => `      ${colours.good(one)}`)),
        '',
      ].join('\n')
    }),
  )
  const all = reports.flatMap(({ findings }) => findings)
  const count = (severity: Finding['severity'], word: string): string => {
    const number = all.filter((finding) => finding.severity === severity).length
    return `${number} ${word}${number === 1 ? '' : 's'}`
  }
  const files = reports.length === 1 ? (reports[0]?.file ?? '') : `${reports.length} files`
  return `${[...blocks, `${files}: ${count('error', 'error')}, ${count('warning', 'warning')}, ${count('note', 'note')}.`].join('\n')}\n`
}
