/** What the load generator is told to do, in one message. */
export interface LoadOrder {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly durationMs: number
  /** Rest of each connection after an answer, in milliseconds; 0 for none. */
  readonly pauseMs: number
  /** Whose CPU time is read at both ends of the measurement; that of several is added up. */
  readonly pid: number | readonly number[]
  /** Client ids and secrets as `id:secret`; connections take turns. */
  readonly credentials: readonly string[]
  /** Every request comes with another secret, which is wrong. */
  readonly isGuessing: boolean
  /** From how many addresses connections come: 127.0.0.1, 127.0.0.2 and so on. */
  readonly addresses: number
  /** Also hand back every single answer. */
  readonly keepsSamples: boolean
}

/** What it says when it is done. Latencies in milliseconds. */
export interface LoadResult {
  readonly answers: number
  /** Answers with another status than 200. */
  readonly refused: number
  /** Connections that broke or could not be made. */
  readonly broken: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
  /** Microseconds of CPU that the server took for one answer, all its processes, threads and system time included. */
  readonly cpuMicros: number
  /** Share of one core that the server took; well below 1 means that the load generator was the limit. */
  readonly busy: number
  /** When each answer came (milliseconds since the epoch) and how long it took; empty unless asked for. */
  readonly at: Float64Array
  readonly tookMs: Float32Array
}
