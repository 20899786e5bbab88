/** How much of a file is read: settings that are longer are none. */
export const mostCharacters = 1_000_000

/** How many settings of a file are looked at. */
export const mostSettings = 20_000

/** Text by which a place is told as a line. */
export interface LinedText {
  readonly text: string
  /** Line of an offset, counted from 1. */
  readonly lineAt: (offset: number) => number
  /** What stands in a line, as far as anybody reads. */
  readonly lineText: (line: number) => string
}

export function linedText(text: string): LinedText {
  const starts = [0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // \r\n is one line break, and so is each of the two alone.
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1)
  }
  return {
    text,
    lineAt(offset) {
      let [low, high] = [0, starts.length - 1]
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return low + 1
    },
    lineText: (line) =>
      text.slice(
        starts[line - 1] ?? text.length,
        Math.min(starts[line] ?? text.length, (starts[line - 1] ?? 0) + 4000),
      ),
  }
}

export interface Decoded {
  readonly text: string
  /** Anything else than UTF-8, which most of what reads settings takes for granted. */
  readonly encoding: 'UTF-8' | 'UTF-16' | 'ISO 8859-1'
}

/** The text of a file, by its byte order mark or by what it can be. */
export function decoded(bytes: Uint8Array): Decoded {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { text: new TextDecoder(first === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes), encoding: 'UTF-16' }
  }
  // Text without a mark, every other byte of which is 0 and no more.
  const head = bytes.subarray(0, 200)
  const isWide = (from: 0 | 1): boolean =>
    head.length > 3 && head.every((byte, at) => (at % 2 === from) === (byte === 0))
  if (isWide(1) || isWide(0)) {
    return { text: new TextDecoder(isWide(1) ? 'utf-16le' : 'utf-16be').decode(bytes), encoding: 'UTF-16' }
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (!text.includes('\uFFFD')) return { text, encoding: 'UTF-8' }
  return { text: Buffer.from(bytes).toString('latin1'), encoding: 'ISO 8859-1' }
}
