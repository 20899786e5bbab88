import { decodeToken } from './said.ts'
import type { Found, Trouble } from './trouble.ts'

const by = ['librdkafka'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

/** What librdkafka dislikes about the answer of a token endpoint. It reads the claims and does not check the signature. */
export const librdkafkaTokenTroubles: readonly Trouble[] = [
  {
    id: 'librdkafka-no-access-token',
    title: 'librdkafka found no access_token in the answer',
    texts: [{ by, text: 'Expected JSON response with "access_token" field' }],
    cause:
      'The answer was JSON without access_token, empty, or a redirect, which librdkafka does not follow. Or the endpoint answered 429 or 5xx with words before: librdkafka keeps them and reads them again with the next good answer.',
    fixes: [
      {
        say: 'If it goes away by itself after some 10 seconds, the endpoint was not available for a moment. This sidecar answers librdkafka with an empty body then, which avoids it.',
      },
      {
        say: 'If it stays, look at the answer: it has to be 200 with access_token in it.',
        paste: `curl -i -d grant_type=client_credentials -u unused:unused http://localhost:14293/token`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-token-opaque',
    title: 'The token is no JWT, and librdkafka takes nothing else',
    texts: [
      { by, text: 'Failed to decode JWT payload: The token is invalid with less than 2 delimiters' },
      { by, text: 'Failed to decode JWT payload: The token is invalid with more than 2 delimiters' },
    ],
    cause:
      'librdkafka reads exp and sub out of the token, so it must be a JWT of three parts. Opaque tokens, as those of Google, have none.',
    fixes: [
      {
        say: "For Google's Managed Kafka let the sidecar put the token into the envelope that its brokers take.",
        paste: 'npx kafka-token-sidecar serve --source gcp',
      },
      {
        say: 'Of other providers ask for JWT access tokens: often by an audience or resource, or a setting of the client.',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-token-no-exp',
    title: 'The token has no exp',
    texts: [{ by, text: 'Expected JSON JWT response with "exp" field' }],
    cause: 'librdkafka learns from the claim exp when to renew; expires_in beside the token does not count.',
    fixes: [{ say: 'Let the provider put exp into its tokens, as RFC 9068 wants it.' }, decodeToken],
    seen,
  },
  {
    id: 'librdkafka-token-no-sub',
    title: 'The token has no sub',
    texts: [
      { by, text: 'Expected JSON JWT response with "<claim>" field' },
      { by, text: 'Expected JSON JWT response with valid "<claim>" field (non-empty value required)' },
    ],
    cause: ({ claim = 'sub' }: Found) =>
      `The claim ${claim} names the principal. It is missing or empty in this token.`,
    fixes: [
      {
        say: 'Name the claim that the broker reads, if it is another one (librdkafka 2.14 and later).',
        paste: 'sasl.oauthbearer.sub.claim.name=azp',
      },
      { say: 'Or let the provider add sub to tokens of this client: Keycloak does so by its scope basic.' },
      decodeToken,
    ],
    seen,
  },
  {
    id: 'librdkafka-token-expired',
    title: 'The token has expired already, or exp is no number',
    texts: [{ by, text: 'Must supply an unexpired token: now=<now>ms, exp=<exp>ms' }],
    cause: ({ now = '', exp = '' }: Found) =>
      exp === '0'
        ? 'exp of the token is not a number, so librdkafka reads 0.'
        : `The token ended ${ago(Number(now) - Number(exp))}. The endpoint gives old tokens, or the clocks of the two machines differ.`,
    fixes: [
      { say: 'Compare the clocks of both machines.', paste: 'date -u; timedatectl status' },
      {
        say: 'Look at exp: it is seconds since 1970, without quotes, and in the future.',
        paste: decodeToken.paste ?? '',
      },
    ],
    seen,
  },
]

const ago = (ms: number): string =>
  Number.isFinite(ms) && ms >= 0
    ? `${Math.round(ms / 1000)} s before librdkafka looked at it`
    : 'before librdkafka looked at it'
