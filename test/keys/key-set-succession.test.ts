import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeySet, SigningKey } from '../../src/keys/key-set.ts'
import type { Signer } from '../../src/keys/signer.ts'
import { signsAfterMs, succession, type Succession } from '../../src/keys/succession.ts'

const [minute, hour] = [60_000, 3_600_000]
const start = Date.UTC(2026, 0, 1)
const publishAheadMs = hour
/** So late a file may be in a replica. */
const graceMs = 5 * minute
const leadMs = publishAheadMs + graceMs
const afterlifeMs = 2 * hour

/** A key that is a name; what it would sign is not looked at here. */
function key(kid: string, addedAt = -Infinity): SigningKey {
  return { jwk: { kid, x: kid }, addedAt, signer: {} as Signer }
}
const setOf = (...own: readonly SigningKey[]): KeySet => ({ own, published: own.map(({ jwk }) => jwk) })

interface Replica extends Succession {
  readonly view: () => string
}

/** One process, at a clock that is moved by hand, which is asked at once. */
function replica(clock: { now: number }, keys: KeySet, times: { aheadMs?: number; afterMs?: number } = {}): Replica {
  const { aheadMs = publishAheadMs, afterMs = afterlifeMs } = times
  const made = succession({ now: () => clock.now, publishAheadMs: aheadMs, afterlifeMs: afterMs })
  made.take(keys)
  made.current()
  return {
    ...made,
    view: () => {
      const [first, ...others] = made.published().map(({ kid }) => kid)
      expect(first).toBe(made.current().jwk.kid)
      return [first, ...others.sort()].join(' ')
    },
  }
}

/** What each moment shows, the key in use first; `at` is minutes after the start. */
function expectViews(
  clock: { now: number },
  replicas: readonly Replica[],
  views: Readonly<Record<number, string>>,
): void {
  for (const [at, view] of Object.entries(views)) {
    clock.now = start + Number(at) * minute
    expect([at, ...replicas.map((one) => one.view())]).toEqual([at, ...replicas.map(() => view)])
  }
}

describe('the time after which a key signs', () => {
  it.each([
    [0, 0],
    [8_000, 8_800],
    [30 * minute, 33 * minute],
    [50 * minute, 55 * minute],
    [hour, 65 * minute],
    [24 * hour, 24 * hour + 5 * minute],
  ])('is %i ms and a tenth, or 5 minutes', (aheadMs, afterMs) => {
    expect(signsAfterMs(aheadMs)).toBe(afterMs)
  })
})

describe('keys of a set', () => {
  it('sign in turn, each an hour and the grace after it was added, the same in every process', () => {
    const clock = { now: start }
    const first = key('a', start - 2 * hour)
    const old = replica(clock, setOf(first))
    expectViews(clock, [old], { 0: 'a' })
    const both = setOf(first, key('b', start))
    old.take(both)
    const replicas = [old, replica(clock, both)]
    expectViews(clock, replicas, { 0: 'a b', 64: 'a b' })
    clock.now = start + leadMs - 1
    replicas.push(replica(clock, both))
    expect(replicas.map((one) => one.view())).toEqual(['a b', 'a b', 'a b'])
    expectViews(clock, replicas, { 65: 'b a', 600: 'b a' })
    expect(replica(clock, both).view()).toBe('b a')
  })

  it.each<[string, readonly SigningKey[], string]>([
    ['the oldest where none has been published long enough', [key('b', start - 1), key('a', start - 2)], 'a b'],
    ['the newest that has been', [key('a'), key('c', start - leadMs + 1), key('b', start - leadMs)], 'b a c'],
    ['one that was there always', [key('b', start - minute), key('a')], 'a b'],
    ['the first of those that were there always', [key('a'), key('b')], 'a b'],
    ['the first of those that were added at once', [key('a', start - leadMs), key('b', start - leadMs)], 'a b'],
  ])('sign at a start: %s', (_which, keys, view) => {
    expect(replica({ now: start }, setOf(...keys)).view()).toBe(view)
  })

  it('sign at once where nothing is published ahead', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a', start - hour)), { aheadMs: 0 })
    one.take(setOf(key('a', start - hour), key('b', start)))
    expect(one.view()).toBe('b a')
    one.take(setOf(key('c')))
    expectViews(clock, [one], { 0: 'c a b', 119: 'c a b', 120: 'c' })
  })

  it('are published on when they are taken out after their turn: a process that was there before may have used them', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a'), key('b', start - 2 * hour)))
    one.take(setOf(key('b', start - 2 * hour)))
    expectViews(clock, [one], { 0: 'b a', 124: 'b a', 125: 'b' })
  })

  it('are published on when they are taken out, although nobody asked while they were in use', () => {
    const clock = { now: start }
    const [a, b, c] = [key('a'), key('b', start), key('c', start + minute)]
    const one = replica(clock, setOf(a, b, c))
    clock.now = start + 100 * minute
    one.take(setOf(c))
    expectViews(clock, [one], { 100: 'c a b', 224: 'c a b', 225: 'c' })
  })

  it('are published on when they are taken out just before their turn, which comes where the file is late', () => {
    const clock = { now: start }
    const [a, b] = [key('a'), key('b', start)]
    const [early, late] = [replica(clock, setOf(a, b)), replica(clock, setOf(a, b))]
    clock.now = start + 64 * minute
    early.take(setOf(a))
    expectViews(clock, [late], { 69: 'b a' })
    late.take(setOf(a))
    expectViews(clock, [early, late], { 69: 'a b', 188: 'a b' })
  })

  it('that come long after they were made are published for an hour first, and the grace', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('a'), key('b', start - 2 * hour)))
    expectViews(clock, [one], { 0: 'a b', 64: 'a b', 65: 'b a' })
  })

  it.each([
    ['at once', 0, 65],
    ['two minutes', 2, 63],
    ['at the end of the grace', 5, 60],
    ['too late', 6, 65],
  ])('may come some minutes after they were made, as in a volume of Kubernetes: %s', (_when, lateMin, readyMin) => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('a'), key('b', start - lateMin * minute)))
    expectViews(clock, [one], { 0: 'a b', [readyMin - 1]: 'a b', [readyMin]: 'b a' })
  })

  it('of a clock that is ahead sign when that hour is over', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('a'), key('b', start + 10 * minute)))
    expectViews(clock, [one], { 74: 'a b', 75: 'b a' })
  })

  it('of a clock that was ahead sign sooner when their time is put right', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a'), key('b', start + 10 * hour)))
    one.take(setOf(key('a'), key('b', start)))
    expectViews(clock, [one], { 64: 'a b', 65: 'b a' })
  })

  it('that are put in front of others without a time are published for an hour first', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b'), key('a')))
    expectViews(clock, [one], { 0: 'a b', 64: 'a b', 65: 'b a' })
  })

  it('do not sign sooner because their time is changed or left out', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a'), key('b', start)))
    clock.now = start + 10 * minute
    one.take(setOf(key('b', start - 3 * hour), key('a')))
    expectViews(clock, [one], { 10: 'a b' })
    one.take(setOf(key('b'), key('a')))
    expectViews(clock, [one], { 10: 'a b', 64: 'a b', 65: 'b a' })
  })

  it('do not take over from one that signs already because they are older', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('b', start - minute)))
    one.take(setOf(key('b', start - minute), key('a', start - 30 * minute)))
    expectViews(clock, [one], { 0: 'b a', 30: 'b a', 300: 'b a' })
  })

  it('that come back are published for an hour first, also where they were not yet forgotten', () => {
    const clock = { now: start }
    const [a, b] = [key('a', start - 3 * hour), key('b', start - 2 * hour)]
    const one = replica(clock, setOf(a, b))
    one.take(setOf(a))
    expectViews(clock, [one], { 0: 'a b', 100: 'a b' })
    one.take(setOf(a, b))
    expectViews(clock, [one], { 100: 'a b', 164: 'a b', 165: 'b a' })
    one.take(setOf(a))
    expectViews(clock, [one], { 289: 'a b', 290: 'a' })
    one.take(setOf(a, b))
    expectViews(clock, [one], { 290: 'a b', 354: 'a b', 355: 'b a' })
  })

  it('are all published when the clock is put back', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a'), key('b', start)))
    expectViews(clock, [one], { 65: 'b a' })
    expectViews(clock, [one], { 30: 'a b' })
    expectViews(clock, [one], { 65: 'b a' })
  })
})

describe('a key that takes the place of another', () => {
  it('is published at once and signs an hour and the grace later; the former is published while what it signed is valid', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 0: 'a b', 64: 'a b', 65: 'b a', 189: 'b a', 190: 'b' })
    one.take(setOf(key('c')))
    expectViews(clock, [one], { 190: 'b c', 255: 'c b' })
  })

  it('is itself replaced before it has signed', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 30: 'a b' })
    one.take(setOf(key('c')))
    expectViews(clock, [one], { 30: 'a b c', 95: 'c a b', 154: 'c a b', 155: 'c a', 219: 'c a', 220: 'c' })
  })

  it('is itself replaced again and again before it has signed: those that never did are forgotten', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    for (let round = 1; round <= 100; round++) {
      one.take(setOf(key(`k${round}`)))
      expect(one.current().jwk.kid).toBe('a')
      clock.now += 45 * minute
    }
    expect(one.view()).toBe('a k100 k98 k99')
  })

  it('is itself replaced after it has signed', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 65: 'b a' })
    clock.now = start + 90 * minute
    one.take(setOf(key('c')))
    expectViews(clock, [one], { 90: 'b a c', 154: 'b a c', 155: 'c a b', 279: 'c a b', 280: 'c' })
  })

  it('gives way when the former comes back', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 30: 'a b' })
    one.take(setOf(key('a')))
    expectViews(clock, [one], { 30: 'a b', 154: 'a b', 155: 'a', 300: 'a' })
  })

  it('gives way an hour later when the former comes back after that has ended', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 65: 'b a', 80: 'b a' })
    one.take(setOf(key('a')))
    expectViews(clock, [one], { 80: 'b a', 144: 'b a', 145: 'a b', 269: 'a b', 270: 'a' })
  })

  it('is the next of the set when the one in use is taken out', () => {
    const clock = { now: start }
    const b = key('b', start)
    const one = replica(clock, setOf(key('a'), b))
    expectViews(clock, [one], { 10: 'a b' })
    one.take(setOf(b))
    expectViews(clock, [one], { 10: 'a b', 64: 'a b', 65: 'b a', 189: 'b a', 190: 'b' })
  })

  it('may be in use in one replica only, where it is taken out as its turn comes: all publish it on', () => {
    const clock = { now: start }
    const [a, b, c] = [key('a'), key('b', start), key('c', start + 61 * minute)]
    const [early, late] = [replica(clock, setOf(a, b)), replica(clock, setOf(a, b))]
    clock.now = start + 60 * minute
    for (const one of [early, late]) one.take(setOf(b))
    clock.now = start + 61 * minute
    early.take(setOf(c))
    expectViews(clock, [late], { 65: 'b a' })
    clock.now = start + 66 * minute
    late.take(setOf(c))
    expectViews(clock, [early], { 125: 'a b c' })
    expectViews(clock, [late], { 125: 'b a c' })
    expectViews(clock, [early, late], { 126: 'c a b', 250: 'c a b', 251: 'c' })
  })

  it('is followed by the former for as long also where nobody asks meanwhile: elsewhere that may have signed', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 1_000: 'b a', 1_124: 'b a', 1_125: 'b' })
  })

  it('stays when the clock is put back', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('b')))
    expectViews(clock, [one], { 65: 'b a' })
    expectViews(clock, [one], { '-600': 'b a' })
    one.take(setOf(key('b')))
    expectViews(clock, [one], { '-600': 'b a', 65: 'b a', 189: 'b a', 190: 'b' })
  })

  it('is nothing new when the file is only written anew', () => {
    const clock = { now: start }
    const one = replica(clock, setOf(key('a')))
    one.take(setOf(key('a')))
    one.take(setOf(key('a', start - hour)))
    expect(one.view()).toBe('a')
  })

  it('signs at once in a process that has not been asked for anything before', () => {
    const clock = { now: start }
    const one = succession({ now: () => clock.now, publishAheadMs, afterlifeMs })
    one.take(setOf(key('a')))
    clock.now += 10 * hour
    one.take(setOf(key('b', start)))
    expect(one.published()).toEqual([key('b').jwk])
  })
})

/** What an operator and the machinery around do, some minutes apart. */
interface Step {
  readonly do: 'rotate' | 'replace' | 'take-out' | 'put-back' | 'drop-old' | 'rewrite' | 'restart' | 'wait'
  readonly afterMin: number
  readonly which: number
  /** After how many minutes each replica has what is written to the file. */
  readonly lateMin: readonly number[]
  /** Who is asked meanwhile, for tokens and keys. */
  readonly isAsked: readonly boolean[]
}

const steps = (...names: readonly Step['do'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      do: fc.constantFrom(...names),
      afterMin: fc.oneof(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 90 }),
        fc.integer({ max: 200, min: 60 }),
      ),
      which: fc.nat(5),
      lateMin: fc.array(fc.integer({ min: 0, max: graceMs / minute }), { minLength: 3, maxLength: 3 }),
      isAsked: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
    { maxLength: 15 },
  )

/** What a replica will have of the file, and what brokers can know of its keys: since when it publishes each of them. */
interface Place {
  one: Replica
  file: KeySet
  coming: readonly { readonly at: number; readonly file: KeySet }[]
  readonly publishedSince: Map<string, number>
}

/** Three replicas, which have the file up to the grace late. What they sign is valid for `afterMs`. */
function world(first: SigningKey, afterMs: number) {
  const clock = { now: start }
  let file = setOf(first)
  let made = 0
  const removed: SigningKey[] = []
  const places = [0, 1, 2].map((): Place => {
    const publishedSince = new Map([[first.jwk.kid, -Infinity]])
    return { one: replica(clock, file, { afterMs }), file, coming: [], publishedSince }
  })
  const validUntil = new Map<string, number>()

  function write(next: KeySet, { lateMin }: Step): void {
    removed.push(...file.own.filter((one) => !next.own.includes(one)))
    file = next
    for (const [index, place] of places.entries()) {
      const at = clock.now + (lateMin[index] ?? 0) * minute
      // What is overtaken is never seen.
      place.coming = [...place.coming.filter((one) => one.at < at), { at, file }]
    }
    arrive()
  }

  function arrive(): void {
    for (const place of places) {
      const arrived = place.coming.filter(({ at }) => at <= clock.now)
      place.coming = place.coming.filter(({ at }) => at > clock.now)
      for (const { file: next } of arrived) {
        place.file = next
        place.one.take(next)
        for (const { kid } of next.published)
          if (!place.publishedSince.has(kid)) place.publishedSince.set(kid, clock.now)
      }
    }
  }

  function look({ isAsked }: Step): void {
    const asked = places.filter((_place, index) => isAsked[index])
    for (const { one, publishedSince } of asked) {
      const view = one.published().map(({ kid }) => kid)
      for (const kid of publishedSince.keys()) if (!view.includes(kid)) publishedSince.delete(kid)
      const unknown = [...validUntil].filter(([kid, until]) => until > clock.now && !view.includes(kid))
      if (unknown.length > 0) expect.fail(`not published although valid: ${String(unknown)}`)
    }
    for (const { one } of asked) {
      const { kid } = one.current().jwk
      const since = Math.max(...places.map(({ publishedSince }) => publishedSince.get(kid) ?? clock.now))
      if (clock.now - since < publishAheadMs) expect.fail(`${kid} signs ${(clock.now - since) / minute} min later`)
      validUntil.set(kid, clock.now + afterMs)
    }
  }

  function run(step: Step): void {
    for (let left = step.afterMin; left > 0; left--) {
      clock.now += minute
      arrive()
      look(step)
    }
    const { own } = file
    const name = `k${++made}`
    if (step.do === 'rotate') write(setOf(...own, key(name, timeAfter(own))), step)
    else if (step.do === 'replace') write(setOf(...own.filter((one) => !isInUse(one)), key(name, timeOf(step))), step)
    else if (step.do === 'take-out' && own.length > 1)
      write(setOf(...own.filter((_one, index) => index !== step.which % own.length)), step)
    else if (step.do === 'put-back') putBack(step)
    else if (step.do === 'rewrite') write(setOf(...[...own].reverse()), step)
    else if (step.do === 'drop-old') write(setOf(...own.filter((one) => !isLongOver(one))), step)
    else if (step.do === 'restart') {
      const place = places[step.which % places.length] as Place
      place.one = replica(clock, place.file, { afterMs })
    }
    look({ ...step, isAsked: [true, true, true] })
  }

  /** As `keys rotate` does it, later than each of the others. */
  function timeAfter(own: readonly SigningKey[]): number {
    return Math.max(clock.now, ...own.map(({ addedAt }) => addedAt + 1_000))
  }

  /** Added now, long ago, or nobody knows when. */
  function timeOf({ which }: Step): number | undefined {
    return [clock.now, clock.now, clock.now - 3 * hour][which]
  }

  /** Not within the grace, where it would be in time in one replica and late in another; all have seen that it was gone. */
  function putBack(step: Step): void {
    const old = removed.filter(({ addedAt }) => addedAt + graceMs < clock.now)
    const back = old[step.which % old.length]
    const isKnown = places.every(({ coming }) => coming.length === 0)
    if (back && isKnown && !file.own.includes(back)) write(setOf(...file.own, back), step)
  }

  function isInUse({ jwk }: SigningKey): boolean {
    return places[0]?.one.current().jwk.kid === jwk.kid
  }

  function isLongOver({ addedAt }: SigningKey): boolean {
    const next = file.own.filter((other) => other.addedAt > addedAt).map((other) => other.addedAt)
    return Math.min(...next) + leadMs + afterMs < clock.now
  }

  return { run, replicas: places.map((place) => () => place.one.current().jwk.kid) }
}

/** Shorter than an hour, and longer. */
const afterlives = fc.constantFrom(10 * minute, 2 * hour)

describe('whatever is done to the keys, no token is signed by a key that one replica has published for less than an hour, and each is verified by all replicas while it is valid', () => {
  it('with a set, also where processes start again; all sign with the same key', () => {
    fc.assert(
      fc.property(steps('rotate', 'rotate', 'drop-old', 'rewrite', 'restart', 'wait'), afterlives, (list, afterMs) => {
        const { run, replicas } = world(key('k0', start - 2 * hour), afterMs)
        for (const step of list) {
          run(step)
          expect(new Set(replicas.map((kid) => kid())).size).toBe(1)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('with processes that go on, also where keys are replaced, taken out and put back by hand', () => {
    const names = ['rotate', 'replace', 'take-out', 'take-out', 'put-back', 'drop-old', 'rewrite', 'wait'] as const
    fc.assert(
      fc.property(steps(...names), afterlives, (list, afterMs) => {
        const { run } = world(key('k0'), afterMs)
        for (const step of list) run(step)
      }),
      { numRuns: 300 },
    )
  })
})
