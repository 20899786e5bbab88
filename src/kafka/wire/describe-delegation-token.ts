import type { Principal } from '../principal.ts'
import type { Api } from './api.ts'
import { readPrincipal, writePrincipal } from './principal.ts'
import type { WireReader } from './reader.ts'
import { readTokenFields, type TokenFields } from './token-fields.ts'

export interface DescribeDelegationTokenAnswer {
  readonly errorCode: number
  readonly tokens: readonly DescribedDelegationToken[]
}

export interface DescribedDelegationToken extends TokenFields {
  readonly renewers: readonly Principal[]
}

/** Null: all tokens that the login may see. An empty list: none. */
export const describeDelegationToken: Api<
  { readonly owners: readonly Principal[] | null },
  DescribeDelegationTokenAnswer
> = {
  name: 'DescribeDelegationToken',
  key: 41,
  versions: [1, 3],
  flexibleFrom: 2,
  hasLongAnswer: true,
  write(out, { owners }) {
    out.nullableArray(owners, (owner) => {
      writePrincipal(out, owner)
    })
    out.tags()
  },
  read(from, version) {
    const answer = { errorCode: from.int16(), tokens: from.array(() => tokenOf(from, version)) }
    from.int32()
    from.tags()
    return answer
  },
}

function tokenOf(from: WireReader, version: number): DescribedDelegationToken {
  const token = { ...readTokenFields(from, version), renewers: from.array(() => renewerOf(from)) }
  from.tags()
  return token
}

function renewerOf(from: WireReader): Principal {
  const renewer = readPrincipal(from)
  from.tags()
  return renewer
}
