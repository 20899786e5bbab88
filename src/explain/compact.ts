/**
 * What is left of a piece of a log when blanks, quotes, escapes and colours are taken away: the same words, whether a
 * terminal wrapped them, JSON escaped them, or a page of HTML did.
 */
export interface Compact {
  /** How many characters are left. */
  readonly length: number
  /** ASCII codes; 127 stands for every other character. */
  readonly codes: Uint8Array
  /** Where each stood. */
  readonly places: Int32Array
  /** 1 where something was taken away right before. */
  readonly gaps: Uint8Array
}

const entities: readonly (readonly [string, number])[] = [
  ['&quot;', 0],
  ['&#34;', 0],
  ['&#39;', 0],
  ['&lt;', 60],
  ['&gt;', 62],
  ['&amp;', 38],
]

const other = 127

/** Takes the text from `start` to `end`; the arrays are used again by the next call of the same compactor. */
export function compactor(longest: number): (text: string, start: number, end: number) => Compact {
  const codes = new Uint8Array(longest)
  const places = new Int32Array(longest)
  const gaps = new Uint8Array(longest)
  return (text, start, end) => {
    let length = 0
    let hadGap = 1
    let at = start
    while (at < end && length < longest) {
      const code = text.charCodeAt(at)
      let kept = code
      let width = 1
      if (code <= 32 || isQuote(code)) kept = 0
      else if (code === 92) [kept, width] = escaped(text, at, end)
      else if (code === 38) [kept, width] = entity(text, at)
      else if (code > 126) kept = isInvisible(code) ? 0 : other
      // The rest of a colour is that of its escape.
      if (code === 27) width = colourWidth(text, at, end)
      if (kept === 0) hadGap = 1
      else {
        codes[length] = kept
        places[length] = at
        gaps[length] = hadGap
        hadGap = 0
        length++
      }
      at += width
    }
    return { length, codes, places, gaps }
  }
}

const isQuote = (code: number): boolean => code === 34 || code === 39 || code === 96

/** Typographic quotes, blanks that do not break, marks of byte order. */
const isInvisible = (code: number): boolean =>
  code <= 160 || (code >= 0x2018 && code <= 0x201f) || (code >= 0x2000 && code <= 0x200f) || code === 0xfeff

/** Backslashes and what they stand for: a line end, a tab, `\u003c` as Go and Java write `<` in JSON; or quotes. */
function escaped(text: string, at: number, end: number): [kept: number, width: number] {
  let to = at
  while (to < end && text.charCodeAt(to) === 92) to++
  const width = to - at
  const next = text.charCodeAt(to)
  if (next === 110 || next === 114 || next === 116) return [0, width + 1]
  if (next === 117 && to + 5 <= end) {
    const code = Number.parseInt(text.slice(to + 1, to + 5), 16)
    if (code >= 32 && code < 127) return [code === 32 || isQuote(code) ? 0 : code, width + 5]
  }
  return [0, width]
}

function entity(text: string, at: number): [kept: number, width: number] {
  for (const [name, code] of entities) if (text.startsWith(name, at)) return [code, name.length]
  return [38, 1]
}

/** `ESC [ … letter`. */
function colourWidth(text: string, at: number, end: number): number {
  if (text.charCodeAt(at + 1) !== 91) return 1
  let to = at + 2
  while (to < end && to < at + 16 && !(text.charCodeAt(to) >= 64 && text.charCodeAt(to) <= 126)) to++
  return to - at + 1
}
