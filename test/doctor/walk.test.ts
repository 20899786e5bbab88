import { describe, expect, it } from 'vitest'
import type { Patient } from '../../src/doctor/patient.ts'
import { broken, ok, skipped, warning, type Outcome, type Step } from '../../src/doctor/step.ts'
import { walk } from '../../src/doctor/walk.ts'
import { reportLines } from '../../src/cli/doctor/report.ts'
import { TokenError } from '../../src/token/error.ts'
import { fakePlatform } from '../fakes/platform.ts'

const told: string[] = []
const patient = {
  platform: fakePlatform(),
  tell: (doing: string) => void told.push(doing),
} as unknown as Patient

const step = (id: string, exitCode: number, outcome: () => Outcome): Step => ({
  id,
  title: id,
  doing: `doing ${id}`,
  exitCode,
  run: () => Promise.resolve().then(outcome),
})

describe('a walk', () => {
  it('goes on after all but what is broken', async () => {
    const steps = [
      step('a', 10, () => ok('fine')),
      step('b', 11, () => warning('odd')),
      step('c', 12, () => skipped('none')),
    ]
    const { steps: walked, broken: first } = await walk(steps, patient)
    expect([walked.map(({ status }) => status), first]).toEqual([['ok', 'warning', 'skipped'], undefined])
    expect(walked.map(({ tookMs }) => tookMs)).toEqual([0, 0, undefined])
  })

  it('ends at the first broken step, and does not touch what is behind it', async () => {
    let touched = false
    const steps = [
      step('a', 10, () => ok('fine')),
      step('b', 11, () => broken('gone', { exitCode: 17 })),
      step('c', 12, () => {
        touched = true
        return ok('fine')
      }),
    ]
    const { steps: walked, broken: first } = await walk(steps, patient)
    expect([first?.step, first?.exitCode, touched]).toEqual(['b', 17, false])
    expect(walked[2]).toMatchObject({ status: 'skipped', found: 'not looked at, as b is broken', exitCode: 12 })
  })

  it('takes an error for what is broken, with its hint for the remedy', async () => {
    const failing = step('a', 16, () => {
      throw new TokenError('ERR_KAFKA_UNREACHABLE', 'k:9092 is not there', { hint: 'Look for it.' })
    })
    const { broken: first } = await walk([failing], patient)
    expect(first).toMatchObject({
      code: 'ERR_KAFKA_UNREACHABLE',
      found: 'k:9092 is not there',
      remedies: [{ say: 'Look for it.' }],
    })
  })

  it('rejects with a defect of ours, and closes what it opened', async () => {
    let closed = false
    const session = { close: () => void (closed = true) } as never
    const steps = [
      step('a', 10, () => ok('fine', { learned: { session } })),
      step('b', 11, () => {
        throw new TypeError('a defect')
      }),
    ]
    await expect(walk(steps, patient)).rejects.toThrow('a defect')
    expect(closed).toBe(true)
  })
})

describe('the report for people', () => {
  const walked = {
    step: 'tls',
    title: 'TLS',
    exitCode: 17,
    status: 'broken',
    found: 'bad \u001b[2J',
    tookMs: 3,
  } as const

  it('has colours on a terminal alone', () => {
    expect(reportLines({ isWatched: true, env: {} }).step(walked)).toContain('\u001b[31mBROKEN')
    expect(reportLines({ isWatched: true, env: { NO_COLOR: '1' } }).step(walked)).not.toContain('\u001b')
    expect(reportLines({ isWatched: false, env: {} }).step(walked)).toBe('BROKEN  TLS             bad ?[2J (3 ms)\n')
  })
})
