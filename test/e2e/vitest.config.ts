import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/** By name, and the search for secrets when everything has been printed. */
class SecretsLast extends BaseSequencer {
  override sort: BaseSequencer['sort'] = (files) => {
    const place = ({ moduleId }: (typeof files)[number]) => (moduleId.endsWith('secrets.e2e.ts') ? '~' : moduleId)
    return Promise.resolve(files.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)))
  }
}

/** Suites with real brokers and clients. They share two cores, so files run one after the other. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/setup.ts'],
    fileParallelism: false,
    // Clients wait most of the time.
    maxConcurrency: 8,
    sequence: { sequencer: SecretsLast },
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
