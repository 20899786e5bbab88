import type { Explanation } from '../explain/explain.ts'
import { wrapped } from './help-text.ts'
import type { Paint } from './paint.ts'

const width = 100

/** What was found, as a person reads it. */
export function explanationsInWords(explanations: readonly Explanation[], paint: Paint): string {
  return explanations.map((explanation, index) => oneInWords(explanation, index + 1, paint)).join('\n')
}

function oneInWords(
  { title, line, lineNumber, times, cause, fixes, weight }: Explanation,
  number: number,
  paint: Paint,
): string {
  const colour = weight === 'cause' ? paint.bad : paint.warn
  const often = times > 1 ? `, ${times} times` : ''
  return [
    paint.bold(colour(`${number}. ${title}`)),
    paint.dim(wrapped(`line ${lineNumber}${often}: ${line}`, '   ', width)),
    '',
    wrapped(cause, '   ', width),
    '',
    ...fixesInWords(fixes, paint),
  ].join('\n')
}

/** What to do, with what there is to paste below each. */
export function fixesInWords(fixes: Explanation['fixes'], paint: Paint): readonly string[] {
  return fixes.flatMap(({ say, paste }) => [
    wrapped(say, '   ', width).replace('   ', ' * '),
    ...(paste === undefined ? [] : paste.split('\n').map((line) => paint.good(`       ${line}`))),
    '',
  ])
}

export const nothingKnown = `Nothing in it is known here.

 * Give more of the log: from the start of the client up to the error, with the lines "Caused by".
 * A timeout alone tells nothing: the reason stands in earlier lines of NetworkClient, or is logged by the broker alone.
 * kafka-token-sidecar doctor walks the whole way to the broker and stops where it breaks.
 * If it is about logging in, please report the text, so that it gets an explanation.
`
