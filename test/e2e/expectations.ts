import { expect } from 'vitest'
import type { BrokerLog } from './broker.ts'
import type { Exchange } from './client.ts'
import { type ClientEvent, keycloakTokenSeconds } from './realm.ts'

/** One and a half lives of the shared sidecar's tokens, so each client presents at least two. */
export const oneRenewalMs = 30_000

/** Every record arrived, once. */
export function expectComplete(exchange: Exchange) {
  const { sent } = exchange
  expect(sent).toBeGreaterThan(1)
  expect(exchange).toMatchObject({ acknowledged: sent, consumed: sent, duplicates: 0, errors: [] })
}

/**
 * Every record arrived or was reported as failed. In the last seconds of a token that cannot be renewed, a Java client
 * re-authenticates twice within a second, which brokers refuse; what it is about to send or poll then fails.
 */
export function expectRecovered({ sent, acknowledged, consumed, duplicates, errors }: Exchange) {
  const failed = errors.filter((error) => error.startsWith('producer: '))
  for (const error of errors) expect(error).toContain('Unexpected handshake request')
  expect(failed.length).toBeLessThan(sent / 20)
  expect(acknowledged + failed.length).toBe(sent)
  expect(consumed).toBeGreaterThanOrEqual(acknowledged)
  expect(duplicates).toBe(0)
}

/** The broker saw the same principal go on with another token on open connections. */
export function expectRenewed(log: BrokerLog, topic: string, principal: string) {
  expect(log.tokens()).toBeGreaterThanOrEqual(2)
  expect(log.reauthentications()).toBeGreaterThanOrEqual(2)
  expect(log.principals('WRITE', topic)).toEqual([`User:${principal}`])
  expect(log.principals('READ', topic)).toEqual([`User:${principal}`])
}

/** At least two tokens were asked for, and never a second one in the first third of a token's life. */
export function expectSparing(events: readonly ClientEvent[], tokenSeconds = keycloakTokenSeconds) {
  expect(events.length).toBeGreaterThanOrEqual(2)
  const gaps = events.slice(1).map((event, index) => event.time - (events[index]?.time ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThan((tokenSeconds * 1000) / 3)
}
