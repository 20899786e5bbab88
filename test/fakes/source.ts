import { Secret } from '../../src/platform/secret.ts'
import type { Platform } from '../../src/platform/platform.ts'
import type { AccessToken, TokenRequest, TokenSource } from '../../src/token/token.ts'

/** A source that answers as told: by default a new token at each call. */
export interface FakeSource extends TokenSource {
  readonly calls: readonly TokenRequest[]
  /** What the next calls do; the last one stays. A function, an error to throw, or `hang`. */
  answer(...answers: Answer[]): void
}

export type Answer = 'token' | 'hang' | Error | Partial<AccessToken> | ((call: number) => Promise<AccessToken>)

export function fakeSource(platform: Pick<Platform, 'now'>, { lifetimeMs = 3_600_000 } = {}): FakeSource {
  const calls: TokenRequest[] = []
  let answers: Answer[] = ['token']

  return {
    kind: 'fake',
    calls,
    answer(...next) {
      answers = next
    },
    async getToken(request) {
      calls.push(request)
      const [answer = 'token'] = answers
      if (answers.length > 1) answers = answers.slice(1)
      if (answer === 'hang') return new Promise(() => undefined)
      if (answer instanceof Error) throw answer
      if (typeof answer === 'function') return answer(calls.length)
      const fresh = {
        value: new Secret(`token-${calls.length}`),
        expiresAt: platform.now() + lifetimeMs,
        subject: 'app',
      }
      return answer === 'token' ? fresh : { ...fresh, ...answer }
    },
  }
}
