import type { JwtShape } from './jwt-shape.ts'

/**
 * Why a broker may refuse a token that clients take: Kafka's own validator (`BrokerJwtValidator`) asks for more than they
 * do, and answers no more than invalid_token. The settings of the broker are not known here, so these are doubts. Each goes on
 * after `the token`.
 */
export function brokerDoubts({ header, claims }: JwtShape, nowMs: number): readonly string[] {
  const { alg } = header
  const { iat, nbf, exp } = claims
  // An envelope is for brokers that know it.
  if (alg === 'GOOG_OAUTH2_TOKEN' || alg === 'OPAQUE_TOKEN') return []
  const skewSeconds = 30
  const now = nowMs / 1000
  return [
    iat === undefined && 'has no iat, which brokers ask for',
    typeof iat === 'number' && iat > now + skewSeconds && `has an iat ${Math.round(iat - now)} s in the future`,
    typeof nbf === 'number' && nbf > now + skewSeconds && `has an nbf ${Math.round(nbf - now)} s in the future`,
    typeof alg === 'string' && /^HS/.test(alg) && `is signed with ${alg}, which a JWK Set for brokers cannot verify`,
    (alg === undefined || alg === 'none') && 'is not signed',
    typeof exp === 'number' &&
      exp - now < 60 &&
      `lives ${Math.round(exp - now)} s, so clients ask and log in all the time`,
  ].filter((doubt) => doubt !== false)
}
