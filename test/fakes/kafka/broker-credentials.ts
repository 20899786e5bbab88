import type { BearerDecision, Credentials } from './sasl.ts'
import { scramCredential, scramHashes, type ScramCredential } from './scram.ts'
import { hmacOf, type StoredToken } from './token-store.ts'

/** What one broker compares logins with: the users of the cluster, and the tokens that it has heard of, by its own key. */
export function credentialsOf(broker: {
  readonly users: ReadonlyMap<string, string>
  readonly bearer: () => BearerDecision
  readonly known: () => ReadonlyMap<string, StoredToken>
  readonly secretKey: () => string | null
}): Credentials {
  const derived = new Map<string, ScramCredential>()

  // Deriving takes milliseconds, and a broker does it once as well.
  function scram(mechanism: string, user: string, password: string): ScramCredential | undefined {
    const key = JSON.stringify([mechanism, user, password])
    const hash = scramHashes[mechanism]
    const credential = derived.get(key) ?? (hash && scramCredential(hash, password))
    if (credential) derived.set(key, credential)
    return credential
  }

  return {
    passwords: broker.users,
    bearer: (token, extensions) => broker.bearer()(token, extensions),
    scramUser(username, mechanism) {
      const password = broker.users.get(username)
      return password === undefined ? undefined : scram(mechanism, username, password)
    },
    scramToken(tokenId, mechanism) {
      const token = broker.known().get(tokenId)
      const secretKey = broker.secretKey()
      if (!token || secretKey === null) return undefined
      const credential = scram(mechanism, tokenId, hmacOf(tokenId, secretKey).toString('base64'))
      return credential && { credential, owner: token.owner, expiresAt: token.expiresAt }
    },
  }
}
