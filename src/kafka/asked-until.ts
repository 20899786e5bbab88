import { pause } from '../platform/pause.ts'
import type { Platform } from '../platform/platform.ts'

/** From the first pause between two looks to the longest, in milliseconds: brokers hear of a token within some 100 ms. */
const pauses = { firstMs: 10, longestMs: 500 }

/** Asks again, with growing pauses, until `isDone` or the deadline is over; resolves to the last answer. */
export async function askedUntil<Answer>(
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
  {
    platform,
    withinMs,
    signal,
  }: { readonly platform: Platform; readonly withinMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const until = platform.monotonicNow() + withinMs
  for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(2 * pauseMs, pauses.longestMs)) {
    const answer = await ask()
    if (isDone(answer) || platform.monotonicNow() + pauseMs > until) return answer
    await pause(platform, pauseMs, signal, { holdsProcess: true })
  }
}
