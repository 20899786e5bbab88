import { TokenError } from '../../token/error.ts'
import type { Principal } from '../principal.ts'
import type { Api } from './api.ts'
import { writePrincipal } from './principal.ts'
import { readTokenFields, type TokenFields } from './token-fields.ts'

export interface CreateDelegationTokenRequest {
  /** Undefined: whoever is logged in. Another one needs version 3 (KIP-373). */
  readonly owner?: Principal | undefined
  readonly renewers: readonly Principal[]
  /** -1: what the brokers have configured. */
  readonly maxLifetimeMs: number | bigint
}

export interface CreateDelegationTokenAnswer extends TokenFields {
  readonly errorCode: number
}

export const createDelegationToken: Api<CreateDelegationTokenRequest, CreateDelegationTokenAnswer> = {
  name: 'CreateDelegationToken',
  key: 38,
  versions: [1, 3],
  flexibleFrom: 2,
  write(out, { owner, renewers, maxLifetimeMs }, version) {
    // Left out, the token would be one for ourselves.
    if (owner && version < 3) throw new TokenError('ERR_KAFKA_VERSION', 'tokens for another owner need Kafka 3.3')
    if (version >= 3) {
      out.nullableString(owner?.type)
      out.nullableString(owner?.name)
    }
    out.array(renewers, (renewer) => {
      writePrincipal(out, renewer)
    })
    out.int64(maxLifetimeMs)
    out.tags()
  },
  read(from, version) {
    const answer = { errorCode: from.int16(), ...readTokenFields(from, version) }
    from.int32()
    from.tags()
    return answer
  },
}
