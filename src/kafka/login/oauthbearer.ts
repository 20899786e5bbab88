import { parseJsonObject } from '../../platform/json-object.ts'
import { shortened } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'
import type { AccessToken } from '../../token/token.ts'
import type { SaslMechanism, SaslRound } from './mechanism.ts'

const hint =
  'Compare what the broker expects of a token (issuer, audience, keys, the clocks of both); brokers of Kafka tell the reason only to their log.'

const separator = '\x01'

/** RFC 7628, with Kafka's extensions (KIP-342). */
export function oauthbearer(
  { value, expiresAt }: AccessToken,
  extensions: ReadonlyMap<string, string> = new Map(),
): SaslMechanism {
  return {
    endsAt: expiresAt,
    async converse(round, broker) {
      const pairs = [['auth', `Bearer ${value.reveal()}`] as const, ...checked(extensions)]
      const text = pairs.map(([name, content]) => `${name}=${content}${separator}`).join('')
      const challenge = await round(Buffer.from(`n,,${separator}${text}${separator}`))
      if (challenge.length > 0) await refused(challenge, round, broker)
    },
  }
}

function checked(extensions: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  for (const [name, content] of extensions) {
    if (/^[A-Za-z]+$/.test(name) && name !== 'auth' && /^[\x20-\x7e\t\r\n]+$/.test(content)) continue
    throw new TokenError('ERR_KAFKA_LOGIN', `the SASL extension '${shortened(name)}' cannot be sent`, {
      hint: 'Extensions have names of letters, other than auth, and printable ASCII for a value.',
    })
  }
  return extensions
}

/** §3.2.3: the reason comes as a challenge; only after an empty answer to it the server says that it refuses. */
async function refused(challenge: Buffer, round: SaslRound, broker: string): Promise<never> {
  const reason = reasonOf(challenge.toString())
  try {
    await round(Buffer.from(separator))
  } catch (thrown) {
    // The code that says no more than no, or the end of the connection in its place.
    if (!(thrown instanceof TokenError)) throw thrown
  }
  throw new TokenError('ERR_KAFKA_LOGIN', `${broker} refuses the token: ${reason}`, { hint })
}

function reasonOf(text: string): string {
  const { status, scope } = parseJsonObject(text) ?? {}
  if (typeof status !== 'string') return shortened(text)
  return `${shortened(status)}${typeof scope === 'string' ? ` (it wants the scope ${shortened(scope)})` : ''}`
}
