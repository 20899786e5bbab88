import { java, seenInJava } from './said.ts'
import type { Printer, Trouble } from './trouble.ts'

const everybody: readonly Printer[] = [...java, 'broker']
const acl = (what: string): string =>
  `kafka-acls.sh --bootstrap-server <host:port> --command-config admin.properties --add --allow-principal User:<principal> ${what}`

/** What is told to a principal that has logged in and may not do what it wants, and of delegation tokens. */
export const javaRightTroubles: readonly Trouble[] = [
  {
    id: 'topic-authorization',
    title: 'The login worked; the principal may not use the topic',
    texts: [
      { by: everybody, text: 'Not authorized to access topics: [<topic>]' },
      { by: everybody, text: 'Topic authorization failed for topics [<topic>]' },
    ],
    cause:
      'There is no ACL for this principal, or the principal is not who you think: brokers take it from the claim sub of the token unless told otherwise.',
    fixes: [
      { say: 'See whom the token names.', paste: 'npx kafka-token-sidecar token --decode' },
      { say: 'Allow it.', paste: ({ topic = '<topic>' }) => acl(`--producer --topic ${topic}`) },
    ],
    seen: seenInJava,
  },
  {
    id: 'group-authorization',
    title: 'The login worked; the principal may not use the consumer group',
    texts: [{ by: everybody, text: 'Not authorized to access group: <group>' }],
    cause: 'Consumers need Read on their group as well as on the topic.',
    fixes: [{ say: 'Allow it.', paste: ({ group = '<group>' }) => acl(`--consumer --topic <topic> --group ${group}`) }],
    seen: seenInJava,
  },
  {
    id: 'transactional-id-authorization',
    title: 'The login worked; the principal may not use the transactional id',
    texts: [
      { by: everybody, text: 'TransactionalIdAuthorizationException: ' },
      { by: everybody, text: 'Transactional Id authorization failed' },
    ],
    cause: 'Transactional producers need Write and Describe on their transactional id.',
    fixes: [{ say: 'Allow it.', paste: acl('--operation Write --operation Describe --transactional-id <id>') }],
    seen: seenInJava,
  },
  {
    id: 'cluster-authorization',
    title: 'The login worked; the principal may not do this to the cluster',
    texts: [
      { by: everybody, text: 'ClusterAuthorizationException: ' },
      { by: everybody, text: 'Cluster authorization failed' },
    ],
    cause: 'Administrative requests (ACLs, topics, configurations) need rights on the cluster.',
    fixes: [{ say: 'Allow what is needed, here to look at everything.', paste: acl('--operation Describe --cluster') }],
    seen: seenInJava,
  },
  {
    id: 'delegation-tokens-disabled',
    title: 'The cluster has no delegation tokens',
    texts: [{ by: everybody, text: 'Delegation Token feature is not enabled' }],
    cause: 'delegation.token.secret.key is not set (error 61).',
    fixes: [
      {
        say: 'Set the same key on all brokers and controllers, and restart them.',
        paste: 'delegation.token.secret.key=<secret>',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_DISABLED'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-not-found',
    title: 'The cluster knows no such delegation token',
    texts: [{ by: everybody, text: 'Delegation Token is not found on server' }],
    cause:
      'It was removed, was swept after its end, is of another cluster, or was made just now and this broker has not heard of it (error 62).',
    fixes: [
      {
        say: 'See which there are.',
        paste:
          'npx kafka-token-sidecar delegation-token describe --bootstrap-server <host:port> --command-config client.properties',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_NOT_FOUND'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-owner',
    title: 'Only its owner and its renewers may renew or expire a delegation token',
    texts: [{ by: everybody, text: 'Specified Principal is not valid Owner/Renewer' }],
    cause: 'Not even its requester or a super user may (error 63).',
    fixes: [
      {
        say: 'Log in as the owner, or name the renewer when the token is made.',
        paste: 'npx kafka-token-sidecar delegation-token create --renewer-principal User:<renewer>',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_OWNER'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-not-allowed',
    title: 'This connection may not handle delegation tokens',
    texts: [
      { by: everybody, text: 'UnsupportedByAuthenticationException: ' },
      { by: everybody, text: 'Delegation Token requests are not allowed' },
    ],
    cause:
      'It has no login (PLAINTEXT, TLS without a client certificate), or was itself made with a delegation token (error 64).',
    fixes: [{ say: 'Log in by OAUTHBEARER, SCRAM with a password, PLAIN or a client certificate.' }],
    codes: ['ERR_KAFKA_TOKEN_NOT_ALLOWED'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-authorization',
    title: 'The principal may not do this with delegation tokens of others',
    texts: [{ by: everybody, text: 'Delegation Token authorization failed' }],
    cause: 'Tokens for another owner need CreateTokens on that user, looking at them DescribeTokens (error 65).',
    fixes: [{ say: 'Allow it.', paste: acl('--operation CreateTokens --user-principal User:<owner>') }],
    codes: ['ERR_KAFKA_TOKEN_AUTHORIZATION'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-expired',
    title: 'The delegation token has expired',
    texts: [{ by: everybody, text: 'Delegation Token is expired' }],
    cause:
      'An expired token cannot be renewed (error 66). Until the controller sweeps it, up to an hour, brokers let it in and cut the connection at once.',
    fixes: [
      {
        say: 'Make a new one; a keeper does it in time.',
        paste: 'npx kafka-token-sidecar delegation-token keep --help',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_EXPIRED'],
    seen: seenInJava,
  },
  {
    id: 'delegation-token-principal-type',
    title: 'Owners and renewers of delegation tokens are users',
    texts: [{ by: everybody, text: 'Supplied principalType is not supported' }],
    cause: 'A principal was given that does not begin with User: (error 67).',
    fixes: [
      {
        say: 'Write User:<name>.',
        paste: 'npx kafka-token-sidecar delegation-token create --renewer-principal User:<renewer>',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_PRINCIPAL_TYPE'],
    seen: seenInJava,
  },
]
