import { assert, interruptAfterTimeLimit, type IAsyncProperty, type IProperty } from 'fast-check'

export interface FuzzOptions {
  /** How long input is tried, in seconds; default FUZZ_SECONDS, or 2. */
  readonly seconds?: number
  /** Both are printed by a failure; with them the same input comes again. Default: FUZZ_SEED and FUZZ_PATH. */
  readonly seed?: number
  readonly path?: string
}

const { FUZZ_SECONDS, FUZZ_SEED, FUZZ_PATH } = process.env

/** Longer in CI, by FUZZ_SECONDS=5. */
export const fuzzSeconds = Number(FUZZ_SECONDS) || 2

/** For the `it` around `fuzz`, in milliseconds: preparing what is fuzzed comes on top of the time itself. */
export const fuzzTimeoutMs = (fuzzSeconds + 20) * 1000

/** Tries a property with random input for some seconds, rather than for a number of runs. A failure is shrunk and says its seed. */
export async function fuzz<Input>(
  property: IProperty<Input> | IAsyncProperty<Input>,
  { seconds = fuzzSeconds, seed = FUZZ_SEED ? Number(FUZZ_SEED) : undefined, path = FUZZ_PATH }: FuzzOptions = {},
): Promise<void> {
  await assert(property, {
    numRuns: Number.MAX_SAFE_INTEGER,
    plugins: [interruptAfterTimeLimit(seconds * 1000)],
    ...(seed !== undefined && { seed }),
    ...(path && { path }),
  })
}
