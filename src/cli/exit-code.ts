/** Exit codes of every command. */
export const exitCode = {
  ok: 0,
  /** A defect of ours. */
  defect: 1,
  configuration: 2,
  /** The port is in use or not ours to take. */
  port: 3,
  /** A file cannot be read or written. */
  file: 4,
  /** No token could be obtained, or brokers refuse or cannot be reached. */
  noToken: 5,
  /** Some broker does not take a delegation token, or does not know it yet. */
  notReady: 6,
} as const
