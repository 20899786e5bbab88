import { propertyNames } from '../client-config/names.ts'
import { decodeToken, java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What Java clients print about a token before they show it to a broker. */
export const javaTokenTroubles: readonly Trouble[] = [
  {
    id: 'token-opaque',
    title: 'The token is opaque; Kafka clients only take JWTs',
    texts: [{ by: java, text: 'Malformed JWT provided; expected three sections (header, payload, and signature)' }],
    cause:
      'The token has not three parts with dots between them. Google access tokens (ya29...) and the opaque tokens of Okta, Auth0 and others are such; so is a JWT without signature.',
    fixes: [
      {
        say: 'Let the provider issue JWT access tokens: an audience of an API of your own does it at Auth0, a custom authorization server at Okta.',
      },
      {
        say: "For Google's Managed Kafka use the sidecar: it puts the Google token into the form of a JWT.",
        paste: 'npx kafka-token-sidecar serve',
      },
    ],
    codes: ['ERR_TOKEN_NOT_JWT'],
    seen: seenInJava,
  },
  {
    id: 'token-malformed',
    title: 'The token has three parts, but no JSON in them',
    texts: [
      { by: java, text: 'Could not validate the access token: malformed Base64 URL encoded value' },
      { by: java, text: 'Could not validate the access token: malformed JSON' },
    ],
    cause: 'What stands in access_token only looks like a JWT.',
    fixes: [decodeToken],
    codes: ['ERR_TOKEN_NOT_JWT'],
    seen: seenInJava,
  },
  {
    id: 'token-no-sub',
    title: 'The token has no sub, or not where Kafka looks for the principal',
    texts: [
      { by: java, text: 'sub value must be non-null' },
      { by: java, text: 'sub value must not contain only whitespace' },
    ],
    cause:
      'Kafka takes the principal from the claim sub. Some providers name the client in another claim, such as azp, appid or client_id.',
    fixes: [
      {
        say: 'Name the claim that has the principal, at clients and at brokers.',
        paste: `${propertyNames.subClaimName}=azp`,
      },
      {
        say: 'On a broker it stands at the listener.',
        paste: `listener.name.<listener>.oauthbearer.${propertyNames.subClaimName}=azp`,
      },
    ],
    codes: ['ERR_TOKEN_CLAIMS'],
    seen: seenInJava,
  },
  {
    id: 'token-claim',
    title: 'The token lacks a claim that Kafka clients need',
    texts: [
      { by: java, text: 'exp value must be non-null' },
      { by: java, text: 'exp value must be non-negative; value given was <value>' },
      { by: java, text: 'iat value must be null or non-negative; value given was <value>' },
    ],
    cause: 'exp has to be there, as a number of seconds; iat too, for brokers.',
    fixes: [{ say: 'Correct the token mapping of the provider.' }, decodeToken],
    codes: ['ERR_TOKEN_CLAIMS'],
    seen: seenInJava,
  },
  {
    id: 'token-claim-type',
    title: 'A claim of the token is of the wrong type',
    texts: [{ by: java, text: 'ClassCastException: class <found> cannot be cast to class java.lang.<wanted> (' }],
    cause: 'exp and iat have to be JSON numbers, not texts; sub has to be a text.',
    fixes: [
      { say: 'Correct the token mapping of the provider: "exp": 1750000000 and not "exp": "1750000000".' },
      decodeToken,
    ],
    codes: ['ERR_TOKEN_CLAIMS'],
    seen: seenInJava,
  },
  {
    id: 'token-scope',
    title: 'The scope claim of the token is not as Kafka wants it',
    texts: [
      { by: java, text: 'scope value must not contain duplicates - <scope> already present' },
      { by: java, text: 'scope value must not contain only whitespace' },
      { by: java, text: 'scope value must be non-null', unseen: true },
    ],
    cause: 'A scope claim may be missing; if it is there it is a text that is not empty, or a list of different texts.',
    fixes: [
      {
        say: 'Correct the token mapping of the provider, or let Kafka read another claim.',
        paste: 'sasl.oauthbearer.scope.claim.name=<claim>',
      },
    ],
    codes: ['ERR_TOKEN_CLAIMS'],
    seen: seenInJava,
  },
  {
    id: 'token-expired-at-client',
    title: 'The token that was handed out has expired already, by the clock of the client',
    texts: [{ by: java, text: 'is later than expiry <time>. This may indicate a clock skew problem.' }],
    cause:
      'Either the clock of this host is wrong, or the endpoint gives out old tokens (a file that nobody keeps fresh, a cache). In the first 30 s after its end brokers let such a token in and cut the connection at once, over and over; later they refuse it.',
    fixes: [
      { say: 'Compare the clocks.', paste: 'date -u; curl -sI https://www.google.com | grep -i ^date' },
      { say: 'See how long the token that the endpoint gives lives.', paste: 'npx kafka-token-sidecar token --decode' },
    ],
    codes: ['ERR_TOKEN_EXPIRED'],
    seen: seenInJava,
  },
  {
    id: 'token-short-lived',
    title: 'The token lives so short that the client has to renew it ahead of plan',
    texts: [
      {
        by: java,
        text: 'Expiring credential expires at <time>, so buffer times of <from> and <to> seconds at the front and back, respectively, cannot be accommodated.',
      },
    ],
    cause: 'Java wants 60 s between renewals and 300 s before the end. It works with less, and asks more often.',
    fixes: [
      {
        say: 'Let tokens live for 10 minutes at least; or lower what the client wants.',
        paste: 'sasl.login.refresh.min.period.seconds=5\nsasl.login.refresh.buffer.seconds=10',
      },
    ],
    weight: 'symptom',
    seen: seenInJava,
  },
]
