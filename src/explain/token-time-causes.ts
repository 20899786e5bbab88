import type { JwtShape } from '../token/jwt-shape.ts'
import type { Suspicion } from './suspicion.ts'

/** Kafka's default of `sasl.oauthbearer.clock.skew.seconds`. */
const skewSeconds = 30

/** What the times of a token tell, by the clock of the broker. */
export function timeCauses({ claims }: JwtShape, nowMs: number): readonly Suspicion[] {
  const now = nowMs / 1000
  return [...endCauses(claims['exp'], now), ...startCauses(claims['iat'], claims['nbf'], now)]
}

function endCauses(exp: unknown, now: number): readonly Suspicion[] {
  if (exp === undefined) return [{ id: 'broker-no-exp', likelihood: 'certain', because: 'the token has no exp' }]
  if (typeof exp !== 'number') {
    return [{ id: 'token-claim-type', likelihood: 'certain', because: 'exp of the token is not a number' }]
  }
  const ago = Math.round(now - exp)
  if (ago > skewSeconds) {
    return [{ id: 'broker-expired', likelihood: 'certain', because: `the token ended ${duration(ago)} ago` }]
  }
  if (ago >= 0) {
    const because = `the token ended ${duration(ago)} ago, within the ${skewSeconds} s that brokers allow`
    return [{ id: 'expired-credential-loop', likelihood: 'likely', because }]
  }
  if (ago > -60) {
    const because = `the token ends in ${duration(-ago)}; it may have ended on the way, or by the clock of the broker`
    return [{ id: 'broker-expired', likelihood: 'possible', because }]
  }
  return []
}

function startCauses(iat: unknown, nbf: unknown, now: number): readonly Suspicion[] {
  const found: Suspicion[] = []
  if (typeof nbf === 'number' && nbf > now + skewSeconds) {
    const because = `the token is valid in ${duration(Math.round(nbf - now))} only (nbf)`
    found.push({ id: 'broker-nbf', likelihood: 'certain', because })
  }
  if (iat === undefined) found.push({ id: 'broker-no-iat', likelihood: 'certain', because: 'the token has no iat' })
  else if (typeof iat !== 'number') {
    found.push({ id: 'token-claim-type', likelihood: 'certain', because: 'iat of the token is not a number' })
  } else if (iat > now + skewSeconds) {
    const because = `the token says it was issued ${duration(Math.round(iat - now))} from now, so clocks differ`
    found.push({ id: 'broker-nbf', likelihood: 'possible', because })
  }
  return found
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
