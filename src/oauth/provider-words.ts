import { withoutTokens } from '../platform/shortened.ts'

const longestQuote = 300
/** Shorter ones would take ordinary words out of a sentence. */
const shortestSecret = 4

/**
 * Words of a provider, fit for a log: one line of 300 characters, without control characters, without tokens, and without
 * what was sent to it in confidence: some providers quote back what they were sent.
 */
export function quoted(text: string, confidential: readonly string[] = []): string {
  const forms = confidential.filter((secret) => secret.length >= shortestSecret).flatMap(formsOf)
  // A secret may be part of another one, as a password is of its Basic credentials.
  const hidden = forms
    .sort((a, b) => b.length - a.length)
    .reduce((words, secret) => words.replaceAll(secret, '[...]'), text)
  const line = withoutTokens(hidden)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}...` : line
}

/** As it is, and as it stands in forms, URLs and pages. */
function formsOf(secret: string): string[] {
  const form = new URLSearchParams({ '': secret }).toString().slice(1)
  const page = secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
  return [...new Set([secret, form, form.replaceAll('+', '%20'), page])]
}
