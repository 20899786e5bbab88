import type { explain } from '../../explain/explain.ts'
import type { tokenCauses } from '../../explain/token-causes.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import { readJwtShape, type JwtShape } from '../../token/jwt-shape.ts'
import type { PageExplanation } from './page-state.ts'

export interface Explaining {
  readonly explain: typeof explain
  readonly tokenCauses: typeof tokenCauses
}

/** What a pasted log or token means. Of a token, header and claims are shown and nothing else. */
export function explained(text: string, now: number, { explain, tokenCauses }: Explaining): PageExplanation {
  if (text.trim() === '') return { note: 'There is no text. Paste lines of a log, or a token.', found: [] }
  const word = tokenIn(text)
  const shape = word === undefined ? undefined : readJwtShape(word)
  if (shape) return aboutToken(shape, now, tokenCauses)
  if (word !== undefined && isLikeToken(word)) return { note: notJwt, found: [] }
  const found = explain(text).map(({ title, line, lineNumber, times, cause, fixes }) => {
    return { title, evidence: line, times, where: `line ${lineNumber}`, cause, fixes }
  })
  return found.length > 0 ? { found } : { note: nothingKnown, found }
}

const notJwt =
  'This is one word that is no JWT. Kafka clients and brokers take tokens of the form header.claims.signature only: ' +
  'a cut-off token is pasted again in one piece, an opaque one (as Google gives) is put into that form by the source gcp.'

const nothingKnown =
  'Nothing in this text is known. Paste the lines around the first ERROR or exception, with its "Caused by" lines; ' +
  'of a client that only says "authentication failed", the log of the broker says more.'

function aboutToken(shape: JwtShape, now: number, tokenCauses: Explaining['tokenCauses']): PageExplanation {
  const found = tokenCauses(shape, {}, now).map(({ likelihood, because, fixes, brokerSays }) => {
    return { title: sentence(because), times: 1, where: `${likelihood} cause of a refusal`, fixes, brokerSays }
  })
  const token = { header: shape.header, claims: shape.claims }
  if (found.length > 0) return { token, found }
  return { token, found, note: 'The token itself shows no reason why a broker would refuse it.' }
}

/** The one word that a text is, also wrapped by a terminal, in quotes, after `Bearer`, or in the answer of a token endpoint. */
function tokenIn(text: string): string | undefined {
  const answer = parseJsonObject(text)?.['access_token']
  const word = (typeof answer === 'string' ? answer : text)
    .trim()
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
    .replace(/^["'`]|["'`][,;]?$/g, '')
  if (!/\s/.test(word)) return word
  // Only what cannot be prose is put together again.
  const joined = word.replace(/\s+/g, '')
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(joined) ? joined : undefined
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function isLikeToken(word: string): boolean {
  return /^[\w.+/=~-]{40,}$/.test(word)
}
