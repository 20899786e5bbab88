import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { shortened } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'
import type { PasswordLogin, ScramMechanism } from '../access.ts'
import type { SaslMechanism } from './mechanism.ts'

export interface ScramOptions extends Pick<PasswordLogin, 'username' | 'password' | 'tokenAuth'> {
  readonly mechanism: ScramMechanism
  /** Default: random. */
  readonly nonce?: string
}

const digests = {
  'SCRAM-SHA-256': { hash: 'sha256', size: 32 },
  'SCRAM-SHA-512': { hash: 'sha512', size: 64 },
} as const

const derived = promisify(pbkdf2)

/** Less makes the password cheap to guess for a server that only pretends to be one (RFC 7677 §4). */
const fewestIterations = 4_096
/** Kafka's own limit is 16,384; a server must not keep this host busy for long. */
const mostIterations = 1_000_000

/**
 * RFC 5802 without channel binding. As Kafka's own clients it takes user and password for UTF-8 as they are, without SASLprep:
 * brokers have hashed them so.
 */
export function scram(options: ScramOptions): SaslMechanism {
  const { mechanism, username, password, tokenAuth = false, nonce = randomBytes(24).toString('base64') } = options
  const { hash, size } = digests[mechanism]
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()

  return {
    ...(tokenAuth && { endsAt: -Infinity }),
    async converse(round, broker) {
      const clientFirst = `n=${saslName(username)},r=${nonce}${tokenAuth ? ',tokenauth=true' : ''}`
      const serverFirst = String(await round(Buffer.from(`n,,${clientFirst}`)))
      const { salt, iterations, nonce: bothNonces } = challengeOf(serverFirst, nonce, broker)
      const salted = await derived(password.reveal(), salt, iterations, size, hash)
      const clientFinal = `c=biws,r=${bothNonces}`
      const messages = `${clientFirst},${serverFirst},${clientFinal}`
      const clientKey = hmac(salted, 'Client Key')
      const signature = hmac(createHash(hash).update(clientKey).digest(), messages)
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
      const serverFinal = await round(Buffer.from(`${clientFinal},p=${proof.toString('base64')}`))
      verify(String(serverFinal), hmac(hmac(salted, 'Server Key'), messages), broker)
    },
  }
}

/** §5.1: commas and equals signs end a name. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

interface Challenge {
  readonly salt: Buffer
  readonly iterations: number
  /** Ours and the server's. */
  readonly nonce: string
}

function challengeOf(message: string, ours: string, broker: string): Challenge {
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=(\d{1,10})(,[A-Za-z]=.*)?$/.exec(message)
  const [, nonce = '', salt = '', iterations = ''] = match ?? []
  if (!match) throw impostor(broker, 'does not speak SCRAM in the login')
  if (!nonce.startsWith(ours) || nonce === ours) throw impostor(broker, 'does not repeat our nonce with one of its own')
  const count = Number(iterations)
  if (count < fewestIterations || count > mostIterations) {
    throw impostor(broker, `wants ${count} iterations, which is not between ${fewestIterations} and ${mostIterations}`)
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: count }
}

/** §5: whoever does not know the password cannot sign. */
function verify(message: string, expected: Buffer, broker: string): void {
  if (message.startsWith('e=')) throw impostor(broker, `refuses the login: ${shortened(message.slice(2))}`)
  const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})/.exec(message)?.[1] ?? '', 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw impostor(broker, 'does not prove that it knows the password')
  }
}

function impostor(broker: string, what: string): TokenError {
  return new TokenError('ERR_KAFKA_LOGIN', `${broker} ${what}`, {
    hint: 'Make sure that this is a broker of the cluster, and that nothing on the way to it speaks for it.',
  })
}
