import type { Client } from './client.ts'
import type { Jvm } from './allowed.ts'
import type { Finding } from './finding.ts'
import type { Form } from './form.ts'
import type { FileKind, LintInput } from './lint.ts'
import type { Setting } from './setting.ts'
import type { Decoded, LinedText } from './text.ts'

/** A file as rules see it. */
export interface Examined extends LinedText {
  readonly kind: FileKind
  readonly form: Form
  readonly encoding: Decoded['encoding']
  /** It begins with a byte order mark. */
  readonly hasMark: boolean
  readonly name: string | undefined
  readonly settings: readonly Setting[]
  readonly clients: readonly Client[]
  readonly jvm: Jvm
  /** Undefined where both are possible. */
  readonly version: '3' | '4' | undefined
  readonly env: LintInput['env']
  /** First line of a file that the settings name; undefined where it cannot be read, or must not. */
  readonly firstLineOf: (path: string) => Promise<string | undefined>
}

/** What a rule has found; the name, and what the rule says of every case, are added. */
export interface Found {
  readonly at?: Setting | undefined
  readonly line?: number | undefined
  readonly key?: string
  readonly severity?: Finding['severity']
  readonly problem: string
  /** In place of what the rule says; `nothing` where nothing is. */
  readonly printed?: string
  readonly remedy: string
  readonly paste?: string
}

/** One thing that goes wrong. */
export interface Rule {
  /** In kebab-case; never changes. */
  readonly name: string
  readonly severity: Finding['severity']
  /** What is wrong, for the documentation. */
  readonly about: string
  /** Whose settings. */
  readonly of: 'Java' | 'broker' | 'librdkafka' | 'all' | 'Spark' | 'Flink' | 'Connect' | 'tools' | 'file'
  /** What is printed then, by what is named in `about`; with `<name>` for what differs. */
  readonly printed?: string
  /** A trouble of `explain/`. */
  readonly trouble?: string
  /** `test/e2e/lint.e2e.ts` shows it with the real program, and that the remedy helps; or why not. */
  readonly run: 'e2e' | { readonly not: string }
  check(file: Examined): Iterable<Found> | AsyncIterable<Found>
}

/** Java clients of the file, brokers not among them. */
export function javaClients(file: Examined): readonly Client[] {
  return file.clients.filter(({ library }) => library === 'java')
}

export function librdkafkaClients(file: Examined): readonly Client[] {
  return file.clients.filter(({ library }) => library === 'librdkafka')
}

/** On 4 it fails; where the version is not known it may. */
export function severityOn(version: '3' | '4', file: Examined): Finding['severity'] {
  return file.version === version ? 'error' : 'warning'
}

/** As in `On Kafka 4`, or nothing where that is settled. */
export function onVersion(version: '3' | '4', file: Examined, text: string): string {
  return file.version === version ? text : `on Kafka ${version}.x ${text}`
}
