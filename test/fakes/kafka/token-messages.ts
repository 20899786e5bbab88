import type { Reader, Writer } from '@platformatic/kafka'
import type { Codec } from './codec.ts'
import { appendPrincipal, bytes, text } from './session-messages.ts'
import type { StoredToken } from './token-store.ts'

/** A token with the HMAC that a broker makes for it. */
export interface ToldToken extends StoredToken {
  readonly hmac: Buffer
}

/** Principals as in `User:spark`, times in milliseconds since the epoch. */
export interface TokenMessages {
  readonly CreateDelegationToken: {
    readonly request: {
      readonly owner?: string
      readonly renewers: readonly string[]
      readonly maxLifetimeMs: number
    }
    readonly answer: { readonly errorCode: number; readonly token: Omit<ToldToken, 'renewers'> }
  }
  readonly RenewDelegationToken: {
    readonly request: { readonly hmac: Buffer; readonly periodMs: number }
    readonly answer: { readonly errorCode: number; readonly expiresAt: number }
  }
  readonly ExpireDelegationToken: TokenMessages['RenewDelegationToken']
  readonly DescribeDelegationToken: {
    readonly request: { readonly owners: readonly string[] | null }
    readonly answer: { readonly errorCode: number; readonly tokens: readonly ToldToken[] }
  }
}

type TokenCodecs = {
  readonly [Name in keyof TokenMessages]: Codec<TokenMessages[Name]['request'], TokenMessages[Name]['answer']>
}

const renewal: Omit<TokenCodecs['RenewDelegationToken'], 'key'> = {
  versions: [1, 2],
  flexibleFrom: 2,
  read: (from, _version, isCompact) => ({ hmac: bytes(from, isCompact), periodMs: Number(from.readInt64()) }),
  write: (out, { errorCode, expiresAt }) => out.appendInt16(errorCode).appendInt64(BigInt(expiresAt)).appendInt32(0),
}

export const tokenCodecs: TokenCodecs = {
  CreateDelegationToken: {
    key: 38,
    versions: [1, 3],
    flexibleFrom: 2,
    read(from, version, isCompact) {
      const type = version >= 3 ? from.readNullableString(true) : null
      const name = version >= 3 ? from.readNullableString(true) : null
      const renewers = principals(from, isCompact)
      if (!renewers) throw new Error('the renewers are null')
      return { ...(name && { owner: `${type}:${name}` }), renewers, maxLifetimeMs: Number(from.readInt64()) }
    },
    write(out, { errorCode, token }, version, isCompact) {
      out.appendInt16(errorCode)
      appendToken(out, token, version, isCompact)
      out.appendInt32(0)
    },
  },
  RenewDelegationToken: { key: 39, ...renewal },
  ExpireDelegationToken: { key: 40, ...renewal },
  DescribeDelegationToken: {
    key: 41,
    versions: [1, 3],
    flexibleFrom: 2,
    read: (from, _version, isCompact) => ({ owners: principals(from, isCompact) }),
    write(out, { errorCode, tokens }, version, isCompact) {
      out.appendInt16(errorCode)
      out.appendArray(
        [...tokens],
        (entry, token) => {
          appendToken(entry, token, version, isCompact)
          entry.appendArray(
            [...token.renewers],
            (one, renewer) => {
              appendPrincipal(one, renewer, isCompact)
            },
            isCompact,
            isCompact,
          )
        },
        isCompact,
        isCompact,
      )
      out.appendInt32(0)
    },
  },
}

function principals(from: Reader, isCompact: boolean): string[] | null {
  return from.readNullableArray(() => `${text(from, isCompact)}:${text(from, isCompact)}`, isCompact, isCompact)
}

function appendToken(out: Writer, token: Omit<ToldToken, 'renewers'>, version: number, isCompact: boolean): void {
  appendPrincipal(out, token.owner, isCompact)
  if (version >= 3) appendPrincipal(out, token.requester, isCompact)
  for (const time of [token.issuedAt, token.expiresAt, token.maxLifetimeAt]) out.appendInt64(BigInt(time))
  out.appendString(token.tokenId, isCompact).appendBytes(token.hmac, isCompact)
}
