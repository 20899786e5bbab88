import { compactor } from './compact.ts'
import type { PrintedText, Trouble } from './trouble.ts'

/** A text of the table, cut at its placeholders. */
export interface Pattern {
  readonly trouble: Trouble
  readonly text: PrintedText
  readonly pieces: readonly Piece[]
  /** Names of what stands before the first piece, between the pieces, and after the last; several where only a blank is between. */
  readonly names: readonly (readonly string[])[]
  /** Characters that are the same in every case. */
  readonly weight: number
}

/** Words without blanks and quotes, as `compact` leaves them of a log. */
export interface Piece {
  readonly codes: readonly number[]
  /** It begins, or ends, with a letter, so it is none within a longer word. */
  readonly beginsWord: boolean
  readonly endsWord: boolean
}

const placeholder = /<([a-zA-Z][\w -]{0,40})>/

/** `Class <class> could not be found.` as the pieces `Class` and `couldnotbefound.` */
export function patternOf(trouble: Trouble, text: PrintedText): Pattern {
  // Every second part is a name.
  const parts = text.text.split(placeholder)
  const words = parts.filter((_, index) => index % 2 === 0).map(pieceOf)
  const pieces: Piece[] = []
  const names: string[][] = [[]]
  words.forEach((piece, index) => {
    if (piece.codes.length > 0) {
      pieces.push(piece)
      names.push([])
    }
    const name = parts[index * 2 + 1]
    if (name !== undefined) names.at(-1)?.push(name)
  })
  const weight = pieces.reduce((sum, { codes }) => sum + codes.length, 0)
  return { trouble, text, pieces, names, weight }
}

export const isWordCode = (code: number | undefined): boolean =>
  code !== undefined &&
  ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95)

function pieceOf(words: string, index: number, all: readonly string[]): Piece {
  const compact = compactor(words.length)(words, 0, words.length)
  const codes = [...compact.codes.subarray(0, compact.length)]
  // In `<kind>Exception` the piece goes on with the word of its placeholder.
  const goesOn = index > 0 && isWordCode(words.charCodeAt(0))
  const isContinued = index < all.length - 1 && isWordCode(words.charCodeAt(words.length - 1))
  return {
    codes,
    beginsWord: isWordCode(codes[0]) && !goesOn,
    endsWord: isWordCode(codes.at(-1)) && !isContinued,
  }
}
