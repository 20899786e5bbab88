import { isLeftOpen } from './setting.ts'
import type { LinedText } from './text.ts'

/** What a JVM is told by `-D`, as far as a file or the environment shows. */
export interface Jvm {
  /** Values of `allowed.urls` and `allowed.files` with their lines; 0 is the environment. */
  readonly urls: readonly AllowList[]
  readonly files: readonly AllowList[]
  /** All that the JVM is told can be seen: what is not here is not given. */
  readonly isKnown: boolean
}

export interface AllowList {
  readonly entries: readonly string[]
  readonly line: number
}

const property = 'org.apache.kafka.sasl.oauthbearer.allowed.'
const variables = [
  'KAFKA_OPTS',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  '_JAVA_OPTIONS',
  'SCHEMA_REGISTRY_OPTS',
  'KSQL_OPTS',
  'LS_JAVA_OPTS',
  'JAVA_OPTS',
]

/** Finds the options wherever they stand: in variables, command lines, `System.setProperty`. */
export function jvmOf(file: LinedText, env: Readonly<Record<string, string | undefined>> | undefined): Jvm {
  const found: Record<'urls' | 'files', AllowList[]> = { urls: [], files: [] }
  const collect = (text: string, lineAt: (offset: number) => number): void => {
    for (
      let at = text.indexOf(property);
      at >= 0 && found.urls.length + found.files.length < 200;
      at = text.indexOf(property, at + 1)
    ) {
      const rest = text.slice(at + property.length, at + property.length + 4000)
      const before = text.slice(Math.max(0, at - 60), at)
      const option = /-D$/.test(before) ? /^(urls|files)=["']?([^\s"'`\\\]]*)/.exec(rest) : null
      const call = /System\s{0,3}\.\s{0,3}setProperty\(\s{0,9}["']$/.test(before)
      // In a call blanks are no end.
      const entry = call ? /^(urls|files)["']\s{0,3},\s{0,3}["']([^"'\n]*)/.exec(rest) : option
      const kind = entry?.[1]
      if (kind !== 'urls' && kind !== 'files') continue
      const list = entry?.[2] ?? ''
      found[kind].push({ entries: list.split(',').map((one) => one.trim()), line: lineAt(at) })
    }
  }
  collect(file.text, file.lineAt)
  for (const name of variables) collect(env?.[name] ?? '', () => 0)
  return {
    ...found,
    isKnown:
      env !== undefined ||
      /(?:^|[\s"'=])-D[a-z][\w.]*=|extraJavaOptions|KAFKA_OPTS/.test(file.text.slice(0, 1_000_000)),
  }
}

/** Whether every list has what is asked for; lists that are filled in later may. */
export function isAllowed(lists: readonly AllowList[], text: string): boolean {
  return lists.some(({ entries }) => entries.some((entry) => entry === text || isLeftOpen(entry)))
}
