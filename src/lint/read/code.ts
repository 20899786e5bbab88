import { settingOf, type Setting } from '../setting.ts'
import { mostSettings, type LinedText } from '../text.ts'
import { allNames, splitName } from '../names.ts'
import { normalPath } from '../normal.ts'
import { literalsIn, unknownPart, type Literal } from './literals.ts'

/**
 * Settings in code, SQL and shell: pairs of texts such as `put("key", "value")`, `"key": "value"`, `'key' = 'value'`; constants
 * of Kafka such as `SaslConfigs.SASL_MECHANISM`; words with a value such as `sasl_mechanism => "OAUTHBEARER"`; options of
 * commands such as `-X key=value`. What is no setting of Kafka is left out where that can be told.
 */
export function readCode(file: LinedText): Setting[] {
  const literals = literalsIn(file.text)
  // Of two ways to read a line the first counts.
  const found = [...pairs(file, literals), ...options(file), ...words(file, literals)]
  const seen = new Set<string>()
  return found
    .filter(({ path, line }) => !seen.has(`${line} ${path}`) && seen.add(`${line} ${path}`))
    .sort((a, b) => a.line - b.line)
}

/** A name of a setting: no sentence, and not too long. */
const keyForm = /^[\w.\-[\]$]{2,200}$/

function pairs({ text, lineAt }: LinedText, literals: readonly Literal[]): Setting[] {
  const found: Setting[] = []
  for (const [index, key] of literals.entries()) {
    if (!keyForm.test(key.text) && !/^spark\.kafka\.clusters\./.test(key.text.slice(0, 200))) continue
    const path = normalPath(key.text)
    if (!splitName(path) && !isKept(key.text)) continue
    const between = /^\s{0,20}[\])]?\s{0,20}(?:,|:|=>|->|=|\.to\b|to\b)\s{0,20}\(?\s{0,20}/.exec(
      text.slice(key.end, key.end + 80),
    )
    if (!between) continue
    if (found.length >= mostSettings) break
    const at = key.end + between[0].length
    const next = literals[index + 1]
    const value = next && isPrefixed(text, at, next.start) ? next.text : bareValue(text, at)
    found.push(settingOf(key.text, value, lineAt(key.start), path))
  }
  return found
}

/** Only the letters of a kind of text are between, as in `f"…"`, or the name of a function around it. */
function isPrefixed(text: string, from: number, to: number): boolean {
  return to >= from && to - from <= 40 && /^(?:[rRbBfFsSuU]{0,2}|[\w.]+\(\s*)$/.test(text.slice(from, to))
}

/** A number, a word such as `true` or an expression, which nobody knows. */
function bareValue(text: string, at: number): string {
  const bare = /^(-?\d+(?:\.\d+)?|[tT]rue|[fF]alse)\b/.exec(text.slice(at, at + 40))
  return bare ? (bare[1] ?? '').toLowerCase() : unknownPart
}

/** Keys that rules are about although Kafka has no such names. */
function isKept(key: string): boolean {
  return /^(?:spark\.|org\.apache\.kafka\.sasl|connector$|format$|oauth_cb$|oauth\.|scan\.|topic)/.test(key)
}

/** `SaslConfigs.SASL_MECHANISM, "OAUTHBEARER"`, `sasl_mechanism => "…"`, `SaslMechanism = SaslMechanism.OAuthBearer`. */
const wordForm =
  /(?<![\w."'-])((?:[A-Za-z]\w*\.)?(?:(?:SASL|SSL|SECURITY|BOOTSTRAP|sasl|ssl|security|bootstrap|Sasl|Ssl|Security|Bootstrap|enable_s|https_ca)[\w.]{0,80}))\s{0,20}(,|=>|:|=(?!=))\s{0,20}/g

function words({ text, lineAt }: LinedText, literals: readonly Literal[]): Setting[] {
  const starts = new Map(literals.map((literal) => [literal.start, literal]))
  const found: Setting[] = []
  let next = 0
  for (const match of text.matchAll(wordForm)) {
    while ((literals[next]?.end ?? Infinity) <= match.index) next++
    // What a text holds is that text's.
    if ((literals[next]?.start ?? Infinity) < match.index) continue
    const word = match[1] ?? ''
    const name = word.slice(word.startsWith('sasl.') || word.startsWith('ssl.') ? 0 : word.lastIndexOf('.') + 1)
    const path = wordPath(name)
    if (path === undefined) continue
    if (found.length >= mostSettings) break
    const at = match.index + match[0].length
    const quoted = starts.get(at) ?? starts.get(at + 1)
    const line = /^[^\s,;)}'"]{0,300}/.exec(text.slice(at, at + 300))?.[0] ?? ''
    const value = quoted?.text ?? (enumeration(line) || bareValue(text, at))
    found.push(settingOf(name, value, lineAt(match.index), path))
  }
  return found
}

function wordPath(name: string): string | undefined {
  if (!/^[A-Z][A-Z0-9_]+$/.test(name)) {
    const path = normalPath(name)
    return allNames.has(path) ? path : undefined
  }
  const dotted = name.replaceAll('_', '.').toLowerCase()
  return [dotted, dotted.replace(/\.config$/, '')].find((path) => allNames.has(path))
}

/** `SecurityProtocol.SaslSsl` of .NET. */
function enumeration(word: string): string {
  const last = /^(?:SaslMechanism|SecurityProtocol|SaslOauthbearerMethod)\.(\w+)$/.exec(word)?.[1]
  if (last === undefined) return ''
  const known: Readonly<Record<string, string>> = {
    OAuthBearer: 'OAUTHBEARER',
    ScramSha256: 'SCRAM-SHA-256',
    ScramSha512: 'SCRAM-SHA-512',
    SaslSsl: 'SASL_SSL',
    SaslPlaintext: 'SASL_PLAINTEXT',
  }
  return known[last] ?? last.toUpperCase()
}

/** Options of commands, `-X key=value`, and lines `key=value` that a script writes to a file. */
const optionForm =
  /(?:(?<=^|\s)(?:--conf|-X|--(?:producer|consumer|command)-property|--property|-D)[ \t=]{0,4}(["']?)|^[ \t]{0,40}(?:export[ \t]+|ENV[ \t]+|-[ \t]+)?["']?)([A-Za-z][\w.\-[\]]{2,200})[ \t]{0,10}[=:][ \t]{0,10}/gm

function options({ text, lineAt }: LinedText): Setting[] {
  const found: Setting[] = []
  for (const match of text.matchAll(optionForm)) {
    const key = match[2] ?? ''
    const path = normalPath(key)
    const isOption = /^\s*-[-XD]/.test(match[0])
    // A word of a program is read with what it may stand for.
    if (!isOption && !/[.]|^[A-Z][A-Z0-9_]+$/.test(key) && !isProxy(key)) continue
    if (!splitName(path) && !/^(?:spark|org\.apache\.kafka\.sasl)\./.test(key) && !isProxy(key)) continue
    const at = match.index + match[0].length
    if (found.length >= mostSettings) break
    found.push(settingOf(key, valueOf(text, at, match[1] ?? '', isOption), lineAt(at - 1), path))
  }
  return found
}

const isProxy = (key: string): boolean => /^(?:http|all|no)_proxy$/i.test(key)

/** Up to the closing quote, which may have begun before the key; of an option up to a blank; else the rest of the line. */
function valueOf(text: string, at: number, opened: string, isOption: boolean): string {
  const first = text[at] ?? ''
  const quote = opened || (first === '"' || first === "'" ? first : '')
  if (quote === '' && isOption) return /^\S{0,1000}/.exec(text.slice(at, at + 1000))?.[0] ?? ''
  const rest = /^[^\r\n]{0,4000}/.exec(text.slice(at, at + 4000))?.[0] ?? ''
  if (quote === '') return rest.trimEnd().replace(/\\$/, '').trimEnd().replace(/["']$/, '')
  const from = opened ? 0 : 1
  const end = rest.indexOf(quote, from)
  return end < 0 ? rest.slice(from) : rest.slice(from, end)
}
