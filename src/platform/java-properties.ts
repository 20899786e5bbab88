/** A `.properties` file is not one: where, and why. Never quotes the line, which may hold a secret. */
export class JavaPropertiesError extends Error {}

/**
 * Keys and values of a Java properties file, as `java.util.Properties` reads them; of a key that stands twice the last
 * value. Takes text, which Kafka's tools read as ISO 8859-1: write other characters as `\uXXXX` there.
 *
 * @see https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
 */
export function parseJavaProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  // An editor's byte order mark is no part of the first key.
  for (const { line, number } of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const [key, value] = splitPair(line)
    properties.set(unescaped(key, number), unescaped(value, number))
  }
  return properties
}

interface LogicalLine {
  readonly line: string
  /** Of the first of its natural lines, from 1. */
  readonly number: number
}

const blank = /^[ \t\f]+/

/** Comments and blank lines left out; a backslash at the end joins a line with the next, without what that begins with. */
function logicalLines(text: string): LogicalLine[] {
  const found: LogicalLine[] = []
  let joined: { line: string; number: number } | undefined
  const naturals = text.split(/\r\n|\n|\r/)
  // What ends in a line break has no further line.
  if (naturals.at(-1) === '') naturals.pop()
  for (const [index, natural] of naturals.entries()) {
    const line = natural.replace(blank, '')
    // As in Java, also where nothing but backslashes was joined so far.
    if ((joined?.line ?? '') === '' && /^([#!]|$)/.test(line)) {
      joined = undefined
      continue
    }
    const goesOn = /(?<!\\)(\\\\)*\\$/.test(line)
    const part = goesOn ? line.slice(0, -1) : line
    const current = joined ? { ...joined, line: joined.line + part } : { line: part, number: index + 1 }
    joined = goesOn ? current : undefined
    if (!goesOn) found.push(current)
  }
  if (joined) found.push(joined)
  return found
}

/** A key ends at the first `=`, `:` or blank that no backslash precedes; blanks, one separator and blanks follow. */
function splitPair(line: string): [key: string, value: string] {
  const key = /^(?:\\[\s\S]|[^\\=: \t\f])*\\?/.exec(line)?.[0] ?? ''
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(key.length))?.[0] ?? ''
  return [key, line.slice(key.length + separator.length)]
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string, number: number): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_whole, escape: string) => {
    if (escape.length === 5) return String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    if (escape === 'u') throw new JavaPropertiesError(`line ${number}: \\u needs four hexadecimal digits`)
    return controls[escape] ?? escape
  })
}

/** As `java.util.Properties` reads a value. */
export function propertyValue(text: string): string {
  return propertyText(text.replaceAll('\\', '\\\\')).replace(/^ /, '\\ ')
}

/** Kafka's tools read properties as ISO 8859-1: what is no printable ASCII is written as `\uXXXX`. */
export function propertyText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
