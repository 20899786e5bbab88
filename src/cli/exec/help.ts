import { helpText } from '../help-text.ts'
import { flags } from './arguments.ts'

export function help(argv: readonly string[] = []): string {
  return helpText({
    usage: ['exec [options] -- COMMAND [ARGUMENT...]'],
    about: `Starts the endpoint, waits for the first token, runs the command, and ends with its exit code. For jobs, Dataflow
workers, CI and laptops: wherever no sidecar container can stand beside the application.

Signals are passed on. Standard output is the command's alone: the log goes to standard error. As process 1 it leaves no
zombies. Where the port is taken by another instance of the same user that gives the same tokens, that one is used, and
replaced when it ends.`,
    examples: [
      ['exec -- java -jar app.jar', 'Google Application Default Credentials'],
      [
        'exec --config sidecar.yaml --profile orders -- ./job.sh',
        'the endpoint of the profile orders in its environment',
      ],
      [
        'exec --source self-issued --port 0 -- sh -c \'curl -d "" $SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL\'',
        'on a free port',
      ],
    ],
    flags,
    more: `Variables of the command:
  SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL
      For sasl.oauthbearer.token.endpoint.url, as http://localhost:14293/token.
  KAFKA_TOKEN_SIDECAR_URL
      The same without a path, as http://localhost:14293.
  JAVA_TOOL_OPTIONS
      What was there, and the system property by which clients of Kafka 4 may call these URLs.
  All that begins with KTS_, and variables that the configuration names for secrets, are taken out.`,
    exits: [
      [3, 'the port is taken by something else, or by an instance that gives other tokens'],
      [5, 'no token within the time of --wait, or refused for good'],
      [126, 'the command cannot be executed'],
      [127, 'there is no such command'],
      ['...', 'otherwise that of the command; 128 + n where signal n ended it'],
    ],
    optionsFor: argv,
  })
}
