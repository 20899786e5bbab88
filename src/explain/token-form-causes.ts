import type { JwtShape } from '../token/jwt-shape.ts'
import { shown, type Suspicion } from './suspicion.ts'
import type { RefusingBroker } from './token-causes.ts'

/** As jose4j lists them. */
const algorithms = /^(?:(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA)$/
// sasl.server.max.receive.size, less some room for the rest of the message.
const largestBytes = 500 * 1024

/** What header, size and principal of a token tell. */
export function formCauses(token: JwtShape, broker: RefusingBroker): readonly Suspicion[] {
  const google = googleCauses(token, broker)
  return [...google, ...(google.length > 0 || broker.isGoogle ? [] : keyCauses(token, broker)), ...claimCauses(token)]
}

function googleCauses({ header, claims }: JwtShape, { isGoogle }: RefusingBroker): readonly Suspicion[] {
  const isEnvelope = header['alg'] === 'GOOG_OAUTH2_TOKEN' || header['alg'] === 'OPAQUE_TOKEN'
  if (isEnvelope && isGoogle) {
    const principal = shown(claims['sub']) ?? 'nobody'
    const because = `the token names ${principal}, who may lack the right to connect, or is no e-mail that Google knows`
    return [{ id: 'google-refuses', likelihood: 'likely', because }]
  }
  if (isEnvelope) {
    const because = `the token is a Google access token in the form of a JWT (alg ${String(header['alg'])}), which Managed Kafka alone takes; any other broker has written it to its log, so treat the access token as leaked`
    return [{ id: 'google-token-at-broker', likelihood: isGoogle === false ? 'certain' : 'likely', because }]
  }
  if (!isGoogle) return []
  const because = 'Managed Kafka takes Google access tokens in an envelope (alg GOOG_OAUTH2_TOKEN), and this is none'
  return [{ id: 'google-refuses', likelihood: 'certain', because }]
}

function keyCauses({ header }: JwtShape, { keyIds }: RefusingBroker): readonly Suspicion[] {
  const alg = shown(header['alg'])
  const kid = shown(header['kid'])
  if (alg === undefined || alg === 'none') {
    return [{ id: 'broker-no-key', likelihood: 'certain', because: 'the token is not signed (alg none)' }]
  }
  if (!algorithms.test(alg)) {
    const because = `alg ${alg} is none that Kafka knows`
    return [{ id: 'broker-alg-unknown', likelihood: 'certain', because, found: { alg } }]
  }
  if (alg.startsWith('HS')) {
    const because = `the token is signed with a shared secret (${alg}), which the JWK Set of a broker does not have`
    return [{ id: 'broker-no-key', likelihood: 'likely', because }]
  }
  if (kid === undefined) {
    if (keyIds?.length === 1) return []
    const because = 'the token has no kid, so the broker tries the first key that fits its alg'
    return [{ id: 'broker-no-key', likelihood: keyIds ? 'likely' : 'possible', because }]
  }
  if (keyIds === undefined) {
    const because = `the token has kid ${kid}; the broker may not know it yet, or read the keys of another issuer`
    return [{ id: 'broker-kid', likelihood: 'possible', because }]
  }
  if (keyIds.includes(kid)) return []
  const because = `the token has kid ${kid}, the JWK Set has ${keyIds.length === 0 ? 'no key' : keyIds.slice(0, 8).join(', ')}`
  return [{ id: 'broker-kid', likelihood: 'certain', because }]
}

function claimCauses({ claims }: JwtShape): readonly Suspicion[] {
  const bytes = (JSON.stringify(claims).length * 4) / 3
  const { sub } = claims
  const found: Suspicion[] = []
  if (bytes > largestBytes) {
    const because = `the token has ${Math.round(bytes / 1024)} KB, brokers take 512`
    found.push({ id: 'broker-receive-size', likelihood: 'certain', because })
  }
  if (typeof sub !== 'string' || sub.trim() === '') {
    const because = `sub of the token is ${sub === undefined ? 'missing' : 'no text'}; the broker may read the principal from another claim`
    found.push({ id: 'token-no-sub', likelihood: 'likely', because })
  }
  return found
}
