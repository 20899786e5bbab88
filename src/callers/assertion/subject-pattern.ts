/** What a pattern begins with, up to its first `*`. Undefined where the subject is no pattern. */
export function literalStart(subject: string): string | undefined {
  const star = subject.indexOf('*')
  return star === -1 ? undefined : subject.slice(0, star)
}

/**
 * `*` stands for any number of characters other than `:` and `/`, none included: for all or part of one segment of a name such as
 * `system:serviceaccount:fraud:app` or `spiffe://example/ns/fraud`. It takes no longer than the product of both lengths.
 */
export function matchesPattern(pattern: string, subject: string): boolean {
  let at = 0
  let p = 0
  /** Where to go on when what follows the last star does not match: it then stands for one character more. */
  let afterStar = -1
  let resumeAt = 0
  while (at < subject.length || p < pattern.length) {
    if (pattern[p] === '*') {
      afterStar = ++p
      resumeAt = at
    } else if (at < subject.length && pattern[p] === subject[at]) {
      p++
      at++
    } else {
      // An earlier star need not be tried again: separators have to meet separators, and within a segment the last one suffices.
      if (afterStar === -1 || resumeAt >= subject.length || isSeparator(subject[resumeAt])) return false
      at = ++resumeAt
      p = afterStar
    }
  }
  return true
}

function isSeparator(character: string | undefined): boolean {
  return character === ':' || character === '/'
}
