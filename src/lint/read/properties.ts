import { settingOf, type Setting } from '../setting.ts'
import { mostSettings } from '../text.ts'

/**
 * Lines of `key=value`: a properties file as Java reads it, and what is near to it: INI with sections, a file of variables, the
 * settings of kcat. One pass, and no line makes it fail.
 */
export function readProperties(text: string, form: 'properties' | 'ini' = 'properties', firstLine = 1): Setting[] {
  const found: Setting[] = []
  let section = ''
  for (const { line, number } of logicalLines(text, form)) {
    if (found.length >= mostSettings) break
    const inSection = form === 'ini' && /^\[{1,2}([^\]]{1,200})\]{1,2}\s*$/.exec(line.slice(0, 300))
    if (inSection) {
      section = `${(inSection[1] ?? '').trim().replace(/["'\s]+/g, '.')}.`
      continue
    }
    const [key, value] = form === 'ini' ? splitIni(line) : splitPair(line)
    if (key === '') continue
    const whole = section + key
    found.push(settingOf(whole, form === 'ini' ? withoutQuotes(value) : value, firstLine + number - 1))
  }
  return found
}

interface LogicalLine {
  readonly line: string
  readonly number: number
}

/** Comments and blank lines left out; a backslash at the end joins a line with the next. */
function* logicalLines(text: string, form: 'properties' | 'ini'): Generator<LogicalLine> {
  let parts: string[] = []
  let startedAt = 0
  let number = 0
  for (let at = 0; at <= text.length;) {
    const end = endOfLine(text, at)
    number++
    let from = at
    while (from < end && isBlank(text.charCodeAt(from))) from++
    const first = text[from] ?? ''
    at = end + (text.startsWith('\r\n', end) ? 2 : 1)
    const isComment = from < end && (first === '#' || first === '!' || (form === 'ini' && first === ';'))
    if (parts.length === 0 && (from === end || isComment)) continue
    if (parts.length === 0) startedAt = number
    let backslashes = 0
    while (end - 1 - backslashes >= from && text.charCodeAt(end - 1 - backslashes) === 92) backslashes++
    const goesOn = backslashes % 2 === 1
    parts.push(text.slice(from, goesOn ? end - 1 : end))
    if (goesOn && at <= text.length) continue
    yield { line: parts.join(''), number: startedAt }
    parts = []
  }
  if (parts.length > 0) yield { line: parts.join(''), number: startedAt }
}

function endOfLine(text: string, from: number): number {
  let end = from
  // Old files end lines in \r alone.
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++
  return end
}

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 12

/** As Java: a key ends at the first `=`, `:` or blank that no backslash precedes. */
function splitPair(line: string): [key: string, value: string] {
  let end = 0
  while (end < line.length && !'=: \t\f'.includes(line[end] ?? '')) end += line[end] === '\\' ? 2 : 1
  let from = end
  while (isBlank(line.charCodeAt(from))) from++
  if (line[from] === '=' || line[from] === ':') from++
  while (isBlank(line.charCodeAt(from))) from++
  return [unescaped(line.slice(0, end)), unescaped(line.slice(from))]
}

/** `key = value`, or `key value` as Fluent Bit has it. */
function splitIni(line: string): [key: string, value: string] {
  const name = /^(?:export\s+|set\s+)?["']?([\w.\-[\]]{1,300})["']?\s*(?:=>|:=|=|:|\s)\s*/.exec(line.slice(0, 1000))
  return name ? [name[1] ?? '', line.slice(name[0].length)] : ['', '']
}

function withoutQuotes(value: string): string {
  const text = value.trim().replace(/,$/, '')
  const quote = text[0]
  return text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_whole, escape: string) =>
    escape.length === 5 ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : (controls[escape] ?? escape),
  )
}
