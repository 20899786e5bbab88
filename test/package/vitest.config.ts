import { defineConfig } from 'vitest/config'

/** Packs the package, installs it elsewhere and uses it there; needs the registry. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.pack.ts'],
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
})
