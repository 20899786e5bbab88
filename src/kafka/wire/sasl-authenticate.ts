import type { Api } from './api.ts'

export interface SaslAuthenticateAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Buffer
  /** When the session ends (KIP-368); 0: never, or at once. */
  readonly sessionLifetimeMs: number
}

export const saslAuthenticate: Api<{ readonly authBytes: Buffer }, SaslAuthenticateAnswer> = {
  name: 'SaslAuthenticate',
  key: 36,
  versions: [0, 2],
  flexibleFrom: 2,
  write(out, { authBytes }) {
    out.bytes(authBytes)
    out.tags()
  },
  read(from, version) {
    const answer = {
      errorCode: from.int16(),
      errorMessage: from.nullableString(),
      authBytes: from.bytes(),
      sessionLifetimeMs: version >= 1 ? from.int64() : 0,
    }
    from.tags()
    return answer
  },
}
