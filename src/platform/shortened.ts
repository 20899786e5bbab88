/** Without whatever is plainly a token or a key: endpoints quote back what they were sent. */
export function withoutTokens(text: string): string {
  return text.replace(/-----BEGIN[\s\S]*/g, '[...]').replace(/\b(ya29\.|eyJ|1\/\/)[\w.+/=-]+/g, '[...]')
}

/** Words of an endpoint in one line of 200 characters, without anything that could be a token, a key or a secret. */
export function shortened(text: string): string {
  const line = withoutTokens(text)
    .replace(/[\w+/=-]{40,}/g, '[...]')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > 200 ? `${line.slice(0, 200)}...` : line
}
