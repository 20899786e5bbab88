import type { Api } from './api.ts'

export interface SaslHandshakeAnswer {
  readonly errorCode: number
  /** What the listener has enabled. */
  readonly mechanisms: readonly string[]
}

/** Version 1: the mechanism's own messages follow in SaslAuthenticate (KIP-152). */
export const saslHandshake: Api<{ readonly mechanism: string }, SaslHandshakeAnswer> = {
  name: 'SaslHandshake',
  key: 17,
  versions: [1, 1],
  flexibleFrom: Infinity,
  write(out, { mechanism }) {
    out.string(mechanism)
  },
  read: (from) => ({ errorCode: from.int16(), mechanisms: from.array(() => from.string()) }),
}
