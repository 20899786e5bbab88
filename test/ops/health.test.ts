import { describe, expect, it } from 'vitest'
import { readiness, startedUp, type Role } from '../../src/ops/health.ts'
import { observer } from '../../src/ops/observed/observe.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { failed, obtained, tokenChanged } from './observed/events.ts'

const hour = 3_600_000
const started: SidecarEvent = { type: 'started', version: '1', urls: [], profiles: 1, source: 'gcp' }
const draining: SidecarEvent = { type: 'draining', delayMs: 0 }
const sidecar: Role = { isGateway: false, isServing: true, profiles: ['default', 'orders'], delegationTokens: [] }
const gateway: Role = { ...sidecar, isGateway: true }
const keeper: Role = { isGateway: false, isServing: false, profiles: ['default'], delegationTokens: ['spark', 'flink'] }

function healthOf(role: Role, events: readonly SidecarEvent[]) {
  const platform = fakePlatform()
  const { emit, current } = observer({ platform })
  const inAnHour = { expiresAt: platform.now() + hour }
  for (const event of events) emit('expiresAt' in event && event.expiresAt === hour ? { ...event, ...inAnHour } : event)
  const known = current(role.profiles)
  return { ready: readiness(role, known), started: startedUp(role, known, 'default') }
}

const got = obtained({ expiresAt: hour })
const usable = tokenChanged({ expiresAt: hour })

describe('readiness', () => {
  it.each<[string, Role, readonly SidecarEvent[], boolean]>([
    ['a sidecar is not ready before its first token', sidecar, [started], false],
    ['a sidecar is ready with it', sidecar, [started, got], true],
    ['a sidecar is not ready when that cannot be had', sidecar, [started, failed()], false],
    [
      'a sidecar is ready while the former token is given',
      sidecar,
      [started, got, failed({ servingForMs: hour })],
      true,
    ],
    [
      'a sidecar is ready when one of two profiles in use can answer',
      sidecar,
      [started, got, failed({ profile: 'orders' })],
      true,
    ],
    [
      'a sidecar is not ready when no profile in use can answer',
      sidecar,
      [started, failed(), failed({ profile: 'orders' })],
      false,
    ],
    ['a sidecar whose profiles nobody uses is ready', { ...sidecar, profiles: ['orders'] }, [started], true],
    ['a sidecar that is draining is not ready', sidecar, [started, got, draining], false],
    ['a gateway is ready whatever its providers do', gateway, [started, failed()], true],
    ['a gateway that is draining is not ready', gateway, [started, got, draining], false],
    ['a keeper is not ready with nothing to give', keeper, [got], false],
    ['a keeper is ready as long as it has something to give', keeper, [got, usable], true],
    ['a keeper that keeps files alone goes by its profiles', { ...keeper, delegationTokens: [] }, [failed()], false],
  ])('%s', (_words, role, events, isReady) => {
    expect(healthOf(role, events).ready.isReady).toBe(isReady)
  })
})

describe('start-up', () => {
  it.each<[string, Role, readonly SidecarEvent[], boolean]>([
    ['is not over before a sidecar listens', sidecar, [got], false],
    ['is not over before its first token', sidecar, [started], false],
    ['is over with it, and stays so through failures', sidecar, [started, got, failed(), draining], true],
    [
      'of a sidecar without a default profile is over when it listens',
      { ...sidecar, profiles: ['orders'] },
      [started],
      true,
    ],
    ['of a gateway is over when it listens: one team must not keep the others out', gateway, [started, failed()], true],
    ['of a keeper waits for all delegation tokens', keeper, [usable], false],
    [
      'of a keeper is over when all were published',
      keeper,
      [usable, tokenChanged({ name: 'flink', expiresAt: hour })],
      true,
    ],
  ])('%s', (_words, role, events, isReady) => {
    expect(healthOf(role, events).started.isReady).toBe(isReady)
  })
})
