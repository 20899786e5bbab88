/** One message of ours, and what the server says to it; rejects with a TokenError where it refuses. */
export type SaslRound = (message: Buffer) => Promise<Buffer>

/** A login at the point where only the server is missing. */
export interface SaslMechanism {
  /** Rejects with ERR_KAFKA_LOGIN also where the server is not who it should be; `broker` is `host:port`, for messages. */
  readonly converse: (round: SaslRound, broker: string) => Promise<void>
  /** When the credential ends, and with it the session; -Infinity where only the broker knows. Undefined: never. */
  readonly endsAt?: number | undefined
}
