import { randomBytes, randomUUID } from 'node:crypto'
import { clientFirst, scramHashes, serverFinal, type ScramCredential, type ScramHash } from './scram.ts'

/** Whom a broker takes a connection for. */
export interface Authenticated {
  /** As in `User:spark`. */
  readonly principal: string
  /** By a delegation token: such a session may not ask for others. */
  readonly isByToken: boolean
  /** When the credential expires, in milliseconds since the epoch; undefined: never. */
  readonly expiresAt?: number | undefined
}

/** What there is to log in with. */
export interface Credentials {
  /** Password by user, for PLAIN. */
  readonly passwords: ReadonlyMap<string, string>
  readonly scramUser: (username: string, mechanism: string) => ScramCredential | undefined
  readonly scramToken: (
    tokenId: string,
    mechanism: string,
  ) => { readonly credential: ScramCredential; readonly owner: string; readonly expiresAt: number } | undefined
  readonly bearer: BearerDecision
}

/** Who has this access token; undefined: it is refused. `extensions` are those of KIP-342. */
export type BearerDecision = (
  token: string,
  extensions: ReadonlyMap<string, string>,
) => { readonly principal: string; readonly expiresAt: number } | undefined

/** One login, message by message. Throws SaslRefusal. */
export type Exchange = (message: Buffer) => { readonly answer: Buffer; readonly done?: Authenticated }

/** The login fails. Without a text of its own the client learns what Kafka says for every wrong credential. */
export class SaslRefusal extends Error {}

/** As it looks to the client that the user is unknown, the password wrong, the token unknown, or the message malformed. */
export function startExchange(mechanism: string, credentials: Credentials): Exchange {
  if (mechanism === 'PLAIN') return (message) => plain(message.toString(), credentials)
  if (mechanism === 'OAUTHBEARER') return oauthbearer(credentials)
  const hash = scramHashes[mechanism]
  if (!hash) throw new Error(`the fake cluster does not speak ${mechanism}`)
  return scram(mechanism, hash, credentials)
}

// RFC 4616
function plain(message: string, { passwords }: Credentials): ReturnType<Exchange> {
  const parts = message.split('\0')
  const [authorizationId, username = '', password = ''] = parts
  if (parts.length !== 3) throw new SaslRefusal(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
  if (!username) throw new SaslRefusal('Authentication failed: username not specified')
  if (!password) throw new SaslRefusal('Authentication failed: password not specified')
  if (passwords.get(username) !== password) throw new SaslRefusal('Authentication failed: Invalid username or password')
  checkAuthorizationId(authorizationId, username)
  return { answer: Buffer.alloc(0), done: { principal: `User:${username}`, isByToken: false } }
}

// RFC 5802
function scram(mechanism: string, hash: ScramHash, credentials: Credentials): Exchange {
  let begun: { first: NonNullable<ReturnType<typeof clientFirst>>; serverFirst: string; nonce: string } | undefined
  let credential: ScramCredential | undefined
  let done: Authenticated | undefined
  return (message) => {
    const text = message.toString()
    if (begun && credential && done) {
      const final = serverFinal(hash, credential, { ...begun, final: text })
      if (!final) throw new SaslRefusal()
      return { answer: Buffer.from(final), done }
    }
    const first = clientFirst(text)
    if (!first) throw new SaslRefusal()
    if (first.tokenAuth) {
      const token = credentials.scramToken(first.username, mechanism)
      credential = token?.credential
      // The type of the owner is not kept: a token of Group:g1 is for User:g1.
      const owner = token?.owner.slice(token.owner.indexOf(':') + 1) ?? ''
      done = { principal: `User:${owner}`, isByToken: true, expiresAt: token?.expiresAt }
    } else {
      credential = credentials.scramUser(first.username, mechanism)
      done = { principal: `User:${first.username}`, isByToken: false }
    }
    if (!credential) throw new SaslRefusal()
    checkAuthorizationId(first.authorizationId, first.username)
    const nonce = first.nonce + randomUUID().replaceAll('-', '') + randomBytes(4).toString('hex')
    const serverFirst = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`
    begun = { first, serverFirst, nonce }
    return { answer: Buffer.from(serverFirst) }
  }
}

// RFC 7628
function oauthbearer({ bearer }: Credentials): Exchange {
  let refusal: string | undefined
  return (message) => {
    if (refusal !== undefined && message.equals(Buffer.from([1]))) throw new SaslRefusal(refusal)
    const { authorizationId, token, extensions } = bearerMessage(message.toString())
    const decided = bearer(token, extensions)
    if (!decided) {
      refusal = '{"status":"invalid_token"}'
      return { answer: Buffer.from(refusal) }
    }
    const { principal, expiresAt } = decided
    const name = principal.slice(principal.indexOf(':') + 1)
    if (authorizationId && authorizationId !== name) {
      throw new SaslRefusal(
        `Authentication failed: Client requested an authorization id (${authorizationId}) that is different from the token's principal name (${name})`,
      )
    }
    return { answer: Buffer.alloc(0), done: { principal, isByToken: false, expiresAt } }
  }
}

const bearerPattern =
  // eslint-disable-next-line no-control-regex -- the separator of RFC 7628 §3.1
  /^n,(?:a=(?<authzid>(?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+))?,\x01(?<pairs>(?:[A-Za-z]+=[\x21-\x7e \t\r\n]+\x01)*)\x01$/

function bearerMessage(message: string) {
  const found = bearerPattern.exec(message)?.groups
  const pairs = new Map(
    (found?.['pairs'] ?? '')
      .split('\x01')
      .filter(Boolean)
      .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  const token = /^bearer +([-_~+/.a-zA-Z0-9]+=*)$/i.exec(pairs.get('auth') ?? '')?.[1]
  if (!token) throw new SaslRefusal()
  pairs.delete('auth')
  return { authorizationId: found?.['authzid'], token, extensions: pairs }
}

function checkAuthorizationId(authorizationId: string | undefined, username: string): void {
  if (!authorizationId || authorizationId === username) return
  throw new SaslRefusal('Authentication failed: Client requested an authorization id that is different from username')
}
