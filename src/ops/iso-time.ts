/** Where dates end in JavaScript; what brokers allow for ever ends later. */
const lastDateAt = 8.64e15

/** Milliseconds since the epoch in ISO 8601. */
export function isoTime(at: number): string {
  return new Date(Math.min(at, lastDateAt)).toISOString()
}
