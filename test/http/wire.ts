import { expect } from 'vitest'
import type { WireRequest, WireResponse } from '../../src/http/wire-message.ts'

export const formType = 'application/x-www-form-urlencoded'
export const tokenForm = 'grant_type=client_credentials'

/** A token request as a mount hands it over: that of a plain client, with what the test changes. */
export function wire({ headers, ...changes }: Partial<WireRequest> = {}): WireRequest {
  return {
    method: 'POST',
    path: '/token',
    query: '',
    headers: { host: 'localhost:14293', 'content-type': formType, 'user-agent': 'Java/17.0.15', ...headers },
    body: tokenForm,
    remoteAddress: '127.0.0.1',
    ...changes,
  }
}

/** What a Kafka client is told of a failure; checks that it is one ASCII line that ends in `code` (RFC 6749 §5.2). */
export function expectRefusal(answer: Pick<WireResponse, 'status' | 'body'>, status: number, code: string): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status })
  const { error, error_description: description, ...rest } = JSON.parse(answer.body) as Record<string, string>
  expect(rest).toEqual({})
  expect(error).toMatch(/^[a-z_]+$/)
  expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(description).toContain(`[${code}]`)
  expect(description?.endsWith(`[${code}]`)).toBe(true)
}
