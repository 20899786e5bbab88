import { withoutTokens } from '../platform/shortened.ts'

const longest = 300

/**
 * A part of a log as it may be shown: one line, what was found in its middle, without tokens, passwords, secrets, and
 * without anything that a terminal would obey.
 */
export function quoted(text: string, start = 0, end = text.length): string {
  // A little more than is shown, so that what is cut off is still seen as the secret it is.
  const from = Math.max(0, start - 400, text.lastIndexOf('\n', start) + 1)
  const lineEnd = text.indexOf('\n', end)
  const last = lineEnd < 0 ? text.length : lineEnd
  const piece = withoutSecrets(text.slice(from, Math.min(last, Math.max(end, start + longest) + 400)))
  if (piece.length <= longest) return piece
  const needle = withoutSecrets(text.slice(start, Math.min(end, start + 40)))
  const found = Math.max(0, piece.indexOf(needle.slice(0, 24)))
  const first = Math.max(0, Math.min(found - 80, piece.length - longest))
  const stop = Math.min(piece.length, first + longest)
  return `${first > 0 ? '... ' : ''}${piece.slice(first, stop).trim()}${stop < piece.length ? ' ...' : ''}`
}

/** Text in one line without what is plainly secret. Time depends on its length alone. */
export function withoutSecrets(text: string): string {
  return (
    withoutTokens(text)
      .replace(
        /([\w.-]{0,60}(?:password|passphrase|secret|hmac|token|assertion|api[_-]?key)["'\\]{0,4}\s{0,3}[=:]\s{0,3}\\{0,4})(?:"[^"\s]{1,4096}"|'[^'\s]{1,4096}'|[^\s"',;&{}[\]<>:/]{6,4096})/gi,
        '$1[...]',
      )
      .replace(/\b(Basic|Bearer)\s{1,3}[\w+/=.~-]{6,4096}/gi, '$1 [...]')
      .replace(/\/\/[^\s/@:]{1,200}:[^\s/@]{1,200}@/g, '//[...]@')
      .replace(/[\w+/=-]{64,}/g, '[...]')
      // Colours, and whatever else a terminal or a page would obey instead of showing it.
      .replace(/\p{Cc}\[[\d;]{1,16}[A-Za-z]/gu, '')
      .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
      .trim()
  )
}
