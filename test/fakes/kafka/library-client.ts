import { Connection, saslScramSha, type ConnectionOptions, type SASLOptions } from '@platformatic/kafka'

/** How to log in with the library; `tokenAuth`: the user is the id of a delegation token, the password its HMAC. */
export type LibraryLogin =
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string; readonly extensions?: Record<string, string> }
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: string
      readonly tokenAuth?: boolean
    }

/**
 * A connection of `@platformatic/kafka`, which shares no line with our own client. Rejects where the login is refused, with
 * what the broker said somewhere in the chain of causes.
 */
export async function libraryConnection(
  address: string,
  login?: LibraryLogin,
  tls?: ConnectionOptions['tls'],
): Promise<Connection> {
  const [host = '', port = ''] = address.split(':')
  const connection = new Connection('library', {
    ...(tls && { tls }),
    ...(login && { sasl: saslOf(login) }),
    connectTimeout: 3_000,
    requestTimeout: 3_000,
  })
  connection.on('error', () => undefined)
  await connection.connect(host, Number(port))
  return connection
}

function saslOf(login: LibraryLogin): SASLOptions {
  if (login.mechanism === 'OAUTHBEARER') {
    return {
      mechanism: login.mechanism,
      token: login.token,
      ...(login.extensions && { oauthBearerExtensions: login.extensions }),
      authBytesValidator(authBytes, callback) {
        const refusal = authBytes.toString()
        callback(refusal ? new Error(refusal) : null, authBytes)
      },
    }
  }
  const { mechanism, username, password, tokenAuth } = login
  return { mechanism, username, password, ...(tokenAuth && { authenticate: tokenAuthentication }) }
}

type Authenticate = NonNullable<SASLOptions['authenticate']>

/** SCRAM with `tokenauth=true`, which the library does not have (KIP-48). */
const tokenAuthentication: Authenticate = (
  mechanism,
  connection,
  saslAuthenticate,
  tokenId,
  hmac,
  _token,
  callback,
) => {
  const hash = saslScramSha.ScramAlgorithms[mechanism === 'SCRAM-SHA-256' ? 'SHA-256' : 'SHA-512']
  const first = `n=${String(tokenId)},r=${saslScramSha.createNonce()},tokenauth=true`
  const { hi, h, hmac: mac, xor } = saslScramSha
  saslAuthenticate(connection, Buffer.from(`n,,${first}`), (error, answer) => {
    if (error || !answer) {
      callback(error, answer)
      return
    }
    const serverFirst = answer.authBytes.toString()
    const { r = '', s = '', i = '' } = saslScramSha.parseParameters(answer.authBytes)
    void hi(hash, String(hmac), Buffer.from(s, 'base64'), Number(i)).then((salted) => {
      const clientKey = mac(hash, salted, 'Client Key')
      const withoutProof = `c=biws,r=${r}`
      const message = `${first},${serverFirst},${withoutProof}`
      const proof = xor(clientKey, mac(hash, h(hash, clientKey), message)).toString('base64')
      const expected = mac(hash, mac(hash, salted, 'Server Key'), message).toString('base64')
      saslAuthenticate(connection, Buffer.from(`${withoutProof},p=${proof}`), (error, last) => {
        const isServer = !error && last?.authBytes.toString() === `v=${expected}`
        callback(isServer || error ? error : new Error('the server has not proven itself'), last)
      })
    })
  })
}

/** The first error code of Kafka in what the library threw, and what the broker wrote beside it. */
export function kafkaError(thrown: unknown): { readonly code: number; readonly message?: string } | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const [first] =
      (error as { errors?: readonly { apiCode?: number; serverErrorMessage?: string | null }[] }).errors ?? []
    if (first?.apiCode === undefined) continue
    return { code: first.apiCode, ...(first.serverErrorMessage && { message: first.serverErrorMessage }) }
  }
  return undefined
}
