import { clientsOf, type Client } from './client.ts'
import { jvmOf } from './allowed.ts'
import type { Finding } from './finding.ts'
import { formOf, type Form } from './form.ts'
import { kindOf } from './kind.ts'
import { normalPath } from './normal.ts'
import { readCode } from './read/code.ts'
import { withEmbedded } from './read/embedded.ts'
import { readProperties } from './read/properties.ts'
import type { Examined, Found, Rule } from './rule.ts'
import { rules } from './rules.ts'
import { shownKey } from './shown.ts'
import { splitName } from './names.ts'
import type { Setting } from './setting.ts'
import { linedText, mostCharacters, type Decoded, type LinedText } from './text.ts'

/** What a file is: whose settings, in which form. */
export type FileKind =
  | 'java-client'
  | 'broker'
  | 'librdkafka'
  | 'spark'
  | 'flink'
  | 'connect'
  | 'otel'
  | 'strimzi'
  | 'clickhouse'
  | 'code'
  | 'unknown'

export interface LintInput {
  readonly text: string
  /** The name of the file, which says something of its form. */
  readonly name?: string | undefined
  /** What it is, where the reader is told. Default: found out. */
  readonly kind?: FileKind | undefined
  /** Kafka of the client or broker, as `3` or `4`. Default: both are told of where they differ. */
  readonly version?: '3' | '4' | undefined
  /** Variables of the process that reads it, as `http_proxy` and `KAFKA_OPTS`. Default: none are known. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** How the bytes of the file were read as text; default UTF-8. */
  readonly encoding?: Decoded['encoding'] | undefined
  /** First line of a file that the settings name, as a private key; undefined where there is none. Default: none is read. */
  readonly firstLineOf?: ((path: string) => Promise<string | undefined>) | undefined
}

export interface Linted {
  readonly kind: FileKind
  readonly findings: readonly Finding[]
}

/** How many findings of one rule are told; the rest says the same. */
const mostOfOneRule = 20

const weights = { error: 0, warning: 1, note: 2 } as const

/** Reads settings and says what will fail; never throws, whatever the text is. No secret of the file is in the answer. */
export async function lint(input: LintInput): Promise<Linted> {
  const whole = input.text.replace(/^\uFEFF/, '')
  const file = linedText(whole.slice(0, mostCharacters))
  const findings: Finding[] = []
  if (whole.length > mostCharacters) findings.push(tooLong)
  const form = formOf(file.text, input.name)
  const read = await settingsOf(file, form)
  if (read.fault) findings.push(read.fault)
  const kind = input.kind ?? kindOf(file.text, form, read.settings)
  const examined: Examined = {
    ...file,
    kind,
    form,
    encoding: input.encoding ?? 'UTF-8',
    hasMark: whole !== input.text,
    name: input.name,
    settings: read.settings,
    clients: clientsOf(read.settings, {
      library: libraryOf(kind, input.kind !== undefined),
      inherits: kind !== 'connect' && kind !== 'broker',
    }),
    jvm: jvmOf(file, input.env),
    version: input.version,
    env: input.env,
    firstLineOf: input.firstLineOf ?? (() => Promise.resolve(undefined)),
  }
  for (const rule of rules) {
    let count = 0
    for await (const found of rule.check(examined)) if (count++ < mostOfOneRule) findings.push(findingOf(rule, found))
  }
  if (findings.length === 0 && !read.settings.some(({ path }) => splitName(path))) findings.push(nothingFound)
  return { kind, findings: ordered(withoutRepeats(findings)) }
}

/** Who reads every login of the file; elsewhere each tells by its names. */
function libraryOf(kind: FileKind, isTold: boolean): Client['library'] | undefined {
  if (kind === 'broker') return 'broker'
  if (kind === 'librdkafka' || kind === 'clickhouse') return 'librdkafka'
  return kind === 'java-client' && isTold ? 'java' : undefined
}

async function settingsOf(file: LinedText, form: Form): Promise<{ settings: readonly Setting[]; fault?: Finding }> {
  const normal = (settings: readonly Setting[]): Setting[] =>
    settings.map((one) => ({ ...one, path: normalPath(one.path) }))
  if (form === 'properties' || form === 'ini') return { settings: normal(readProperties(file.text, form)) }
  if (form === 'code') return { settings: readCode(file) }
  const isXml = form === 'xml'
  const read = isXml
    ? await (await import('./read/xml.ts')).readXml(file.text)
    : await (await import('./read/yaml.ts')).readYaml(file)
  const { fault } = read
  if (!fault) return { settings: withEmbedded(read.settings) }
  const isTemplate = /\{\{/.test(file.text)
  // Whatever else it is, as lines of a log.
  const isOther = !/sasl|ssl|kafka/i.test(file.text)
  return {
    // What can be read all the same is.
    settings: read.settings.length > 0 ? withEmbedded(read.settings) : readCode(file),
    fault: {
      line: fault.line,
      severity: isTemplate || isOther ? 'note' : 'error',
      rule: isXml ? 'xml-syntax' : 'yaml-syntax',
      problem: isTemplate
        ? 'is a template, and is read as text'
        : `is not valid ${isXml ? 'XML' : form === 'json' ? 'JSON' : 'YAML'}: ${fault.problem}`,
      remedy: isTemplate ? 'Fill it in first for a closer look.' : 'Mend the line, or the one before it.',
    },
  }
}

function findingOf(rule: Rule, found: Found): Finding {
  const { at, line = at?.line, key = at?.key, severity = rule.severity, problem, remedy, paste } = found
  const printed = found.printed === 'nothing' ? undefined : (found.printed ?? rule.printed)
  // What is no name is not repeated anywhere.
  const isName = key === undefined || [key, at?.path ?? key].every((one) => shownKey(one) === one)
  const said = isName ? problem : [key, at?.path ?? key].reduce((text, one) => text.replaceAll(one, '...'), problem)
  return {
    ...(line !== undefined && { line }),
    ...(key !== undefined && { key: shownKey(key) }),
    severity,
    rule: rule.name,
    problem: said,
    ...(printed !== undefined && severity !== 'note' && { printed }),
    remedy,
    ...(paste !== undefined && isName && { paste }),
    ...(rule.trouble !== undefined && { trouble: rule.trouble }),
  }
}

/** Several clients may have the same setting. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.rule} ${one.line ?? 0} ${one.problem}`, one])).values()]
}

/** The gravest first, and what stands first. */
function ordered(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => weights[a.severity] - weights[b.severity] || (a.line ?? 0) - (b.line ?? 0))
}

const tooLong: Finding = {
  severity: 'warning',
  rule: 'file-too-long',
  problem: `is longer than ${mostCharacters / 1_000_000} million characters; what is behind them was not read`,
  remedy: 'Give the settings alone.',
}

const nothingFound: Finding = {
  severity: 'note',
  rule: 'nothing-found',
  problem: 'has no settings of Kafka that are known here',
  remedy: 'Say what it is by --kind, where it has some.',
}
