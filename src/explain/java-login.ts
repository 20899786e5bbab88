import { classNames, propertyNames } from '../client-config/names.ts'
import { seenInJava } from './said.ts'
import type { Printer, Trouble } from './trouble.ts'

const everyClient: readonly Printer[] = ['java-4', 'java-3', 'librdkafka', 'go', 'python', 'broker']

/** What clients print when a broker does not let them in, or not any more. */
export const javaLoginTroubles: readonly Trouble[] = [
  {
    id: 'mechanism-not-enabled',
    title: 'The listener does not know this way to log in',
    texts: [
      {
        by: everyClient,
        text: "Client SASL mechanism '<mechanism>' not enabled in the server, enabled mechanisms are [<enabled>]",
      },
      { by: ['broker'], text: 'Unsupported SASL mechanism <mechanism>' },
    ],
    cause: ({ enabled = '' }) =>
      `sasl.mechanism of the client is none of those of the listener${enabled.startsWith('<') || enabled === '' ? '' : `, which are ${enabled}`}; often it is the port of another listener.`,
    fixes: [
      {
        say: 'Use the port of the listener for OAUTHBEARER, or enable it there.',
        paste: 'listener.name.<listener>.sasl.enabled.mechanisms=OAUTHBEARER',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'scram-credentials',
    title: 'The broker does not accept user and password, or the delegation token',
    texts: [
      {
        by: everyClient,
        text: 'Authentication failed during authentication due to invalid credentials with SASL mechanism <mechanism>',
      },
    ],
    cause:
      'For SCRAM: unknown user, wrong password; or a delegation token that was removed, was swept after its end, belongs to another cluster, or is not marked with tokenauth. In the first moment after a token is made brokers may not know it yet. All of these say the same (error 58).',
    fixes: [
      {
        say: 'A delegation token logs in with its id, its HMAC in base64 and tokenauth.',
        paste: `${propertyNames.jaasConfig}=${classNames.scramLoginModule} required username="<token id>" password="<HMAC in base64>" tokenauth="true";`,
      },
      { say: 'Try it at every broker.', paste: 'npx kafka-token-sidecar delegation-token check <file>' },
    ],
    codes: ['ERR_KAFKA_TOKEN_REFUSED'],
    seen: seenInJava,
  },
  {
    id: 'google-refuses',
    title: "Google's Managed Kafka does not accept the token",
    texts: [
      {
        by: everyClient,
        text: 'Authentication failed during authentication due to invalid credentials with SASL mechanism OAUTHBEARER',
      },
    ],
    cause:
      'It wants a Google access token in the form of a JWT (alg GOOG_OAUTH2_TOKEN) whose sub is the e-mail of the account, and that account needs managedkafka.clusters.connect. A bare access token, a JWT of another issuer and <project>.svc.id.goog as principal all end here.',
    fixes: [
      {
        say: 'Let the sidecar make the token: it finds the principal, or says why it cannot.',
        paste: 'npx kafka-token-sidecar verify --source gcp',
      },
      {
        say: 'Give the account the right to connect.',
        paste:
          'gcloud projects add-iam-policy-binding <project> --member serviceAccount:<e-mail> --role roles/managedkafka.client',
      },
      {
        say: 'On GKE: let the metadata server name the account by its e-mail.',
        paste: 'kubectl annotate serviceaccount <name> iam.gke.io/return-principal-id-as-email=true',
      },
    ],
    codes: ['ERR_GCP_PRINCIPAL'],
    seen: { notRun: 'nobody but Google can run Managed Kafka' },
  },
  {
    id: 'reauthentication-credentials',
    title: 'The credentials of a running client were withdrawn',
    texts: [
      {
        by: everyClient,
        text: 'Authentication failed during re-authentication due to invalid credentials with SASL mechanism <mechanism>',
      },
    ],
    cause:
      'At its regular re-authentication the broker did not accept them any more: a delegation token was removed or has ended, or a password was changed.',
    fixes: [
      {
        say: 'Give the client new credentials; a keeper does it before the old ones end.',
        paste: 'npx kafka-token-sidecar delegation-token keep --help',
      },
    ],
    seen: { notRun: 'delegation-token-commands.e2e.ts has this text from a real producer; explain is not asked there' },
  },
  {
    id: 'plain-credentials',
    title: 'The broker does not accept user name and password',
    texts: [{ by: everyClient, text: 'Authentication failed: Invalid username or password' }],
    cause:
      'SASL PLAIN with a user that the broker does not know, or another password. At Managed Kafka, Event Hubs and Confluent Cloud the password is a token, a connection string or an API secret.',
    fixes: [
      {
        say: 'Compare them with user_<name> of the listener, or use OAUTHBEARER.',
        paste: `${propertyNames.saslMechanism}=OAUTHBEARER\n${propertyNames.loginCallbackHandlerClass}=${classNames.loginCallbackHandler}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'principal-changed',
    title: 'A renewed token is for somebody else',
    texts: [{ by: everyClient, text: 'Cannot change principals during re-authentication from <former>: <current>' }],
    cause:
      'A connection keeps the principal that it was opened with. The endpoint, or whatever it stands for, now gives tokens of another one.',
    fixes: [
      {
        say: 'If the new principal is intended, restart the client. If not: one client, one profile of the sidecar.',
        paste: `${propertyNames.tokenEndpointUrl}=http://localhost:14293/token/<profile>`,
      },
    ],
    codes: ['ERR_TOKEN_PRINCIPAL_CHANGED'],
    seen: seenInJava,
  },
  {
    id: 'mechanism-changed',
    title: 'A client came with another mechanism at re-authentication',
    texts: [
      {
        by: everyClient,
        text: "SASL mechanism '<current>' requested by client is not supported for re-authentication of mechanism '<former>'",
      },
    ],
    cause: 'An open connection cannot go over from one mechanism to another.',
    fixes: [{ say: 'Restart the client after a change of sasl.mechanism.' }],
    seen: { notRun: 'no client at hand changes its mechanism while it runs' },
  },
  {
    id: 'reauthenticates-too-soon',
    title: 'The client re-authenticated twice within a second, which brokers refuse',
    texts: [
      {
        by: everyClient,
        text: 'Unexpected handshake request with client mechanism <mechanism>, enabled mechanisms are <enabled>',
      },
    ],
    cause:
      'So it goes in the last seconds of a token that cannot be renewed: the client tries over and over with the old one. Also a client that restarts the handshake on an open connection does this.',
    fixes: [
      {
        say: 'Look at the token endpoint: since when does it give no new token? The log of the client says so before.',
      },
    ],
    weight: 'symptom',
    seen: { notRun: 'it takes a race: explain-java.e2e.ts and outage.e2e.ts meet it now and then' },
  },
]
