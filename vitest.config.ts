import { defineConfig } from 'vitest/config'

/** Unit tests: no network beyond loopback, no Docker, any order. Suites with a broker or a tarball have a config of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/package/**', '**/node_modules/**'],
    // Most tests wait for processes and sockets of their own.
    maxWorkers: '100%',
  },
})
