/** A text in quotes in a piece of code, or what several of them come to when they are joined. */
export interface Literal {
  readonly text: string
  /** Offsets of the first quote and behind the last. */
  readonly start: number
  readonly end: number
}

/** What stands for an expression within a text, so that nobody takes the rest for all of it. */
export const unknownPart = '${...}'

/**
 * Texts in quotes, whatever the language: comments are passed over, and what is joined by `+` or stands side by side is one. Not
 * a parser: a quote without its second is no quote.
 */
export function literalsIn(source: string): Literal[] {
  const found: Literal[] = []
  for (let at = 0; at < source.length;) {
    const sign = source[at] ?? ''
    if (sign === '"' || sign === "'" || sign === '`') {
      const literal = literalAt(source, at)
      if (literal) found.push(literal)
      at = literal ? literal.end : at + 1
    } else at = startsComment(source, at) ? endOfComment(source, at) : at + 1
  }
  return joinedLiterals(source, found)
}

function startsComment(source: string, at: number): boolean {
  const [sign, next, before] = [source[at], source[at + 1], source[at - 1] ?? '\n']
  if (sign === '/') return next === '*' || (next === '/' && before !== ':')
  if (sign === '#') return /\s/.test(before) && next !== '{'
  return sign === '-' && next === '-' && (source[at + 2] ?? ' ') === ' '
}

function endOfComment(source: string, at: number): number {
  const isBlock = source[at] === '/' && source[at + 1] === '*'
  const end = source.indexOf(isBlock ? '*/' : '\n', at + 1)
  if (end < 0) return source.length
  return isBlock ? end + 2 : end
}

function literalAt(source: string, start: number): Literal | undefined {
  const quote = source[start] ?? ''
  const triple = quote.repeat(3)
  if (quote !== '`' && source.startsWith(triple, start)) {
    const end = source.indexOf(triple, start + 3)
    return end < 0 ? undefined : { text: source.slice(start + 3, end), start, end: end + 3 }
  }
  // Letters before it make it an apostrophe, and letters alone before it a kind of text, as in f"…" and s"…".
  if (quote === "'" && /[a-z]{2}$/i.test(source.slice(Math.max(0, start - 2), start))) return undefined
  const parts: string[] = []
  for (let at = start + 1; at < source.length; at++) {
    const sign = source[at] ?? ''
    if (sign === quote) return { text: parts.join(''), start, end: at + 1 }
    if (sign === '\n' && quote !== '`') return undefined
    if (sign === '\\' && source[at + 1] !== '\n') {
      at++
      parts.push(escapes[source[at] ?? ''] ?? source[at] ?? '')
    } else parts.push(sign)
  }
  return undefined
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '' }

/** How far apart two pieces of one text may be, with the expression between them. */
const farthest = 200

function joinedLiterals(source: string, literals: readonly Literal[]): Literal[] {
  const found: Literal[] = []
  let parts: string[] = []
  let current: Literal | undefined
  for (const literal of literals) {
    const between = current && literal.start - current.end <= farthest ? source.slice(current.end, literal.start) : ';'
    if (current && /^[\s\\]*(?:\+[\s\\]*)?[a-zA-Z]{0,2}$/.test(between)) parts.push(literal.text)
    else if (current && /^\s*\+[^;,=\n]+\+\s*$/.test(between)) parts.push(unknownPart, literal.text)
    else {
      if (current) found.push({ ...current, text: parts.join('') })
      parts = [literal.text]
      current = literal
      continue
    }
    current = { ...current, end: literal.end }
  }
  if (current) found.push({ ...current, text: parts.join('') })
  return found
}
