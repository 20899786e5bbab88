import type { ErrorCode } from '../token/error.ts'
import type { Learned, Patient } from './patient.ts'

/** What mends something. */
export interface Remedy {
  readonly say: string
  /** Lines to paste: properties, a command, ACLs. */
  readonly paste?: string
}

/** What a step has found. */
export interface Outcome {
  /** `skipped`: there was nothing to look at, or no way to. The walk goes on after everything but `broken`. */
  readonly status: 'ok' | 'warning' | 'broken' | 'skipped'
  /** In one line, without anything secret. */
  readonly found: string
  /** Further lines, such as one for each broker. */
  readonly details?: readonly string[]
  readonly remedies?: readonly Remedy[]
  readonly code?: ErrorCode
  /** Troubles of the table of `explain`, the likeliest first. */
  readonly troubles?: readonly string[]
  /** In place of that of the step, where it looks at several things. */
  readonly exitCode?: number
  /** Where the work was done at another time than in `run`. */
  readonly tookMs?: number
  /** It follows from a step before, so people need not read it twice. */
  readonly isImplied?: boolean
  /** The reason stands in the log of the broker alone: what its lines are about. */
  readonly toldByBroker?: 'token' | 'login' | 'acl'
  /** What the steps behind it go on with. */
  readonly learned?: Learned
}

export interface Step {
  /** In kebab-case; never changes, as JSON has it. */
  readonly id: string
  readonly title: string
  /** What is waited for meanwhile, as in `asking for a token`. */
  readonly doing: string
  /** Of the process where this step is the first broken one. */
  readonly exitCode: number
  /** A TokenError that it throws is what broke. */
  readonly run: (patient: Patient, learned: Learned) => Promise<Outcome>
}

export const ok = (found: string, more: Omit<Outcome, 'status' | 'found'> = {}): Outcome => ({
  status: 'ok',
  found,
  ...more,
})

export const warning = (found: string, more: Omit<Outcome, 'status' | 'found'> = {}): Outcome => ({
  status: 'warning',
  found,
  ...more,
})

export const skipped = (found: string, more: Omit<Outcome, 'status' | 'found'> = {}): Outcome => ({
  status: 'skipped',
  found,
  ...more,
})

export const broken = (found: string, more: Omit<Outcome, 'status' | 'found'> = {}): Outcome => ({
  status: 'broken',
  found,
  ...more,
})

/** Of the steps that need one; what there is none for was told at DNS. */
export const noBroker: Outcome = skipped('no broker to look at', { isImplied: true })
