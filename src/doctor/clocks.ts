import type { Learned, Patient } from './patient.ts'
import { broken, ok, skipped, warning, type Step } from './step.ts'
import { lengthOf } from './words.ts'

/** What brokers and most providers put up with (`sasl.oauthbearer.clock.skew.seconds` of Kafka). */
const toleratedMs = 30_000
/** More than that between computers that keep their time is odd. */
const oddMs = 5_000

/** Clocks that are apart end and begin tokens at the wrong time, and nobody who refuses a token for it says so. */
export const clocks: Step = {
  id: 'clocks',
  title: 'clocks',
  doing: 'comparing clocks',
  exitCode: 13,
  run(patient, learned) {
    const seen = differences(patient, learned)
    const worst = seen.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0]
    if (!worst) return Promise.resolve(skipped('nobody else has shown a clock'))
    const offMs = Math.abs(worst.aheadMs)
    const found = `${worst.who} is ${lengthOf(offMs)} ${worst.aheadMs > 0 ? 'ahead of' : 'behind'} this host`
    if (offMs > toleratedMs) return Promise.resolve(broken(found, { remedies }))
    if (offMs > oddMs) return Promise.resolve(warning(found, { remedies }))
    return Promise.resolve(
      ok(`${seen.map(({ who }) => who).join(', ')} and this host agree within ${lengthOf(Math.max(offMs, 1_000))}`),
    )
  },
}

interface Difference {
  readonly who: string
  readonly aheadMs: number
}

function differences({ clocks: readings, platform }: Patient, { shape }: Learned): readonly Difference[] {
  const seen = readings().map(({ who, aheadMs, uncertainMs }) => {
    const sureMs = Math.max(Math.abs(aheadMs) - uncertainMs, 0)
    return { who, aheadMs: Math.sign(aheadMs) * sureMs }
  })
  const iat = shape?.claims['iat']
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return seen
  // A token may be as old as it likes, and not from tomorrow.
  const aheadMs = iat * 1000 - platform.now()
  return aheadMs > 1_000 ? [...seen, { who: 'who issued the token (iat)', aheadMs }] : seen
}

const remedies = [
  {
    say: 'Set the clock of whoever is wrong; in a container it is that of the machine below. Brokers put up with 30 s (sasl.oauthbearer.clock.skew.seconds).',
    paste: 'timedatectl status\nchronyc tracking\nsudo chronyc makestep',
  },
]
