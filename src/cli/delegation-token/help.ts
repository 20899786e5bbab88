import { access, mechanism, periods, tokenForms, whichToken } from './help-parts.ts'

/** What `delegation-token --help` says; each action has its own. */
export const overviewHelp = `Usage: kafka-token-sidecar delegation-token create   [--owner-principal User:NAME] [--out FILE] [options]
       kafka-token-sidecar delegation-token describe [--owner-principal User:NAME] [--show-hmac] [options]
       kafka-token-sidecar delegation-token renew    --token-id ID | --hmac-file FILE [options]
       kafka-token-sidecar delegation-token expire   --token-id ID | --hmac-file FILE [options]
       kafka-token-sidecar delegation-token check    --token-id ID | --hmac-file FILE | --command-config FILE [options]
       kafka-token-sidecar delegation-token keep     --config FILE | --to-file FILE [options]

Delegation tokens of Kafka (KIP-48): short-lived credentials for jobs that never hold the login itself. Options and their
meanings are those of kafka-delegation-tokens.sh, which --create, --describe, --renew and --expire are also taken from.

  create     makes a token and waits until every broker knows it
  describe   lists the tokens that this login sees
  renew      moves the expiry of a token, up to its maximum lifetime
  expire     removes a token, or moves its expiry
  check      logs in with a token at every broker and says which one does not take it
  keep       keeps tokens alive and published until it is stopped

kafka-token-sidecar delegation-token <action> --help tells the options of each; --json is short for --output json.

Exit codes: 0 done; 2 the command line or configuration, and an HMAC that is none; 4 a file; 5 the brokers refuse or cannot
be reached, or there is no token to log in with; 6 not every broker takes, or knows, the token.
`

const usage = 'Usage: kafka-token-sidecar delegation-token'

const texts: Readonly<Record<string, string>> = {
  create: `${usage} create [--owner-principal User:NAME] [--out FILE] [options]

Makes a token, waits until every broker knows it, and prints it.

  --owner-principal User:NAME
      Whose rights the holders of the token have, which needs the ACL CreateTokens on that user. Default: whoever is
      logged in, with all the rights of that. Owners have to be of the type User: brokers take Group:g1 as well, and
      then let the holder in as User:g1.
  --renewer-principal User:NAME
      Who may renew and expire the token besides its owner; may be given several times. When the owner is another,
      whoever is logged in is added: Kafka does not let the one who asked for a token renew it.
  --max-life-time-period PERIOD
      How long the token lives, however often it is renewed. Default, and -1: what the brokers allow, 7 days unless
      configured (delegation.token.max.lifetime.ms).
  --no-wait
      Print the token at once. Brokers refuse it for the first 100 ms or so, which most clients take for an answer.
  --output FORM
${tokenForms}
      Default: table on a terminal, otherwise properties.
${mechanism}
  --out FILE
      Write that form to a file with mode 0600, in place of what was there, and print the token without its HMAC.

${periods}

${access}`,
  describe: `${usage} describe [--owner-principal User:NAME]... [--token-id ID] [options]

Lists the tokens that this login sees: those it owns, renews or asked for, and those of others on whom it has the ACL
DescribeTokens. Expired ones stay in the list until they are swept; brokers let in who has one and cut the connection.

  --owner-principal User:NAME
      Only tokens of which this is the owner, a renewer or the one who asked for it; may be given several times.
  --token-id ID
      Only this token.
  --show-hmac
      Show the HMACs, too: whoever has one has the rights of its owner.
  --output FORM
      table      for people, in the columns of kafka-delegation-tokens.sh, and what is left until the expiry
      json       { tokens: [...] }, each with tokenId, owner, requester, renewers, issuedAt, expiresAt, maxLifetimeAt
                 (ISO 8601), remainingSeconds, isExpired; with --show-hmac also tokenHmac, securityProtocol,
                 saslMechanism, saslJaasConfig
      properties, env
                 of one token, with --show-hmac, as create has them
      Default: table.
${mechanism}
  --out FILE
      Write one token as create --out does (--output properties, json or env), with --show-hmac.

${access}`,
  renew: `${usage} renew --token-id ID | --hmac-file FILE | --hmac HMAC [options]

Moves the expiry of a token to some time from now, never beyond its maximum lifetime, and prints the new one. Only its
owner and its renewers may do so.

${whichToken}  --renew-time-period PERIOD
      How long from now. Default, and -1: as long as the brokers renew at most, 1 day unless configured
      (delegation.token.expiry.time.ms).
  --allow-shorter
      Kafka also moves an expiry to an earlier time; here only with this.
  --output FORM
      table      Completed renew operation. New expiry date : ...
      json       expiresAt (ISO 8601), and where this login sees the token tokenId, formerExpiresAt, maxLifetimeAt
      Default: table.

${periods}

${access}`,
  expire: `${usage} expire --token-id ID | --hmac-file FILE | --hmac HMAC [options]

Removes a token, or moves its expiry. Only its owner and its renewers may do so. Connections that were made with the
token stay open until their session ends, at the expiry that it had at their login; with connections.max.reauth.ms the
brokers end sessions sooner.

${whichToken}  --expiry-time-period PERIOD
      How long from now it still works. Default, and -1: it is removed at once. With 0 it expires at once and stays in
      the list until it is swept.
  --output FORM
      table      Completed expire operation. New expiry date : ...
      json       expiresAt (ISO 8601), isRemoved, and with --token-id tokenId
      Default: table.

${periods}

${access}`,
  check: `${usage} check --token-id ID | --hmac-file FILE | --command-config FILE [options]

Logs in with a token at every broker, by SCRAM, and says which one does not take it. The token is told by its id and
HMAC, by one of them and a login that sees it, or by --command-config with the settings of a client that uses it.

${whichToken}  --scram-bootstrap-server HOST:PORT[,HOST:PORT...]
      Brokers at a listener with SCRAM. Default: those of --bootstrap-server.
${mechanism}
  --output FORM
      table      for people; LEFT is the time until the session would end
      json       tokenId, isTakenByAll, brokers: [{ broker, outcome, remainingSeconds, code, why }]
      Default: table.

What a broker does with the token:

  takes        lets it in
  refuses      does not; where others take it, delegation.token.secret.key is not the same everywhere
  cuts         lets it in and ends the connection: it has expired and is not swept yet
  unreachable  cannot be asked

Exit code 0 when every broker takes it, otherwise 6.

${access}`,
  keep: `${usage} keep --config FILE [options]
       kafka-token-sidecar delegation-token keep --bootstrap-server HOST:PORT --command-config FILE
                                                 --owner-principal User:NAME --to-file FILE [options]

Makes tokens, renews them, replaces them before the end of their maximum lifetime, and publishes each when every broker
takes it, until it is stopped (SIGTERM, SIGINT). It does not listen: serve does the same and answers clients, too.

With the configuration alone it keeps what stands under delegationTokens and fills the outlets, and follows the files
when they change:

  delegationTokens:
    spark: { bootstrapServers: "kafka:9093", login: { profile: orders }, owner: "User:spark" }
  outlets:
    - { from: { delegationToken: spark }, to: { kubernetesSecret: jobs/spark-kafka } }

With --to-file or --to-kubernetes-secret it keeps one token, which the flags describe, and no other:

  --to-file FILE
      Where the token is published, with mode 0600; the file is replaced in one step.
  --output FORM
      How the file holds it: properties, json or env. Default: properties.
  --to-kubernetes-secret NAMESPACE/NAME
      A Kubernetes Secret that is there, on which this pod has get, patch and update.
  --scram-bootstrap-server HOST:PORT[,HOST:PORT...]
      Brokers at a listener with SCRAM, where the token is used and tried. Default: those of --bootstrap-server.
  --owner-principal User:NAME
      Whose rights the holders of the token have. Default: whoever is logged in.
  --renewer-principal User:NAME
      Who may renew and expire it, too; may be given several times.
  --max-life-time-period PERIOD, --renew-time-period PERIOD
      How long one token lives, and how long each renewal lasts. Default: what the brokers have configured.
  --expire-on-stop
      Expire the token at the end. Default: whoever begins next takes it over.
${mechanism}

${periods}

${access}`,
}

export function actionHelp(action: string): string {
  return texts[action] ?? overviewHelp
}
