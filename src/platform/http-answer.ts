/** What is read of one answer of a peer. */
const largestAnswerBytes = 1024 * 1024

/** The body as text. Rejects when it is larger than 1 MB, or with what broke the connection. */
export async function limitedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > largestAnswerBytes) throw new Error('the answer is larger than 1 MB')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** At most this is believed: who is well again sooner must not leave clients without a token for longer. */
const longestRetryAfterMs = 30_000

/** `Retry-After` in milliseconds, 30 s at most (RFC 9110 §10.2.3: seconds or a date). No wait at all is no answer. */
export function retryAfterMs(answer: Response, nowMs: number): number | undefined {
  const value = answer.headers.get('Retry-After')
  if (value === null) return undefined
  const delay = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return delay > 0 ? Math.min(delay, longestRetryAfterMs) : undefined
}

/** Code and text of what kept an answer from arriving: the innermost cause. */
export function failureOf(thrown: unknown): { readonly code: string; readonly text: string } {
  let error = thrown
  while (error instanceof Error && error.cause instanceof Error) error = error.cause
  const { code } = error as { code?: unknown }
  return { code: typeof code === 'string' ? code : '', text: error instanceof Error ? error.message : '' }
}
