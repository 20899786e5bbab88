import { gcp } from './google/gcp.ts'
import { selfIssued } from './self-issued.ts'

/** Every kind of source. A new one is a file beside this one, and a line here. */
export const sourceKinds = [gcp, selfIssued] as const
