import { asTokenError, TokenError } from '../token/error.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, skipped, type Outcome, type Step } from './step.ts'

/** A step that was walked, or passed over. */
export interface Walked extends Omit<Outcome, 'learned' | 'tookMs' | 'exitCode'> {
  readonly step: string
  readonly title: string
  readonly exitCode: number
  /** Undefined where it was not walked. */
  readonly tookMs?: number
}

export interface Walk {
  readonly steps: readonly Walked[]
  /** The first broken step, where the walk ended. */
  readonly broken?: Walked
}

/** Walks the steps in their order, and stops at the first that is broken: what is behind it would only repeat that. */
export async function walk(
  steps: readonly Step[],
  patient: Patient,
  { onStep = () => undefined }: { readonly onStep?: (walked: Walked) => void } = {},
): Promise<Walk> {
  const walked: Walked[] = []
  let learned: Learned = {}
  let first: Walked | undefined
  try {
    for (const step of steps) {
      const { id, title, doing } = step
      if (first === undefined) patient.tell(doing)
      const startedAt = patient.platform.monotonicNow()
      const outcome = first
        ? skipped(`not looked at, as ${first.title} is broken`, { isImplied: true })
        : await outcomeOf(step, patient, learned)
      const { learned: more, tookMs, exitCode = step.exitCode, ...found } = outcome
      learned = { ...learned, ...more }
      const took = tookMs ?? patient.platform.monotonicNow() - startedAt
      const entry = {
        step: id,
        title,
        exitCode,
        ...(found.status !== 'skipped' && { tookMs: Math.round(took) }),
        ...found,
      }
      if (outcome.status === 'broken') first = entry
      walked.push(entry)
      onStep(entry)
    }
  } finally {
    learned.session?.close()
  }
  return { steps: walked, ...(first && { broken: first }) }
}

async function outcomeOf(step: Step, patient: Patient, learned: Learned): Promise<Outcome> {
  try {
    return await step.run(patient, learned)
  } catch (thrown) {
    if (!(thrown instanceof TokenError)) throw thrown
    return failed(thrown)
  }
}

/** A failure as what broke, with its hint for a remedy. */
export function failed(thrown: unknown): Outcome {
  const { message, hint, code } = asTokenError(thrown)
  return broken(message, { code, remedies: [{ say: hint }] })
}
