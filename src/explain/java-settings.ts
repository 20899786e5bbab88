import { classNames, propertyNames, systemProperties } from '../client-config/names.ts'
import { allowedFiles, allowedUrls, handlerLine, java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What Java clients print when their settings keep them from starting. */
export const javaSettingTroubles: readonly Trouble[] = [
  {
    id: 'allowed-urls',
    title: 'Kafka 4 calls no token endpoint that a flag of the JVM does not name',
    texts: [
      {
        by: ['java-4'],
        text: `Invalid value <url> for configuration ${propertyNames.tokenEndpointUrl}: The URL cannot be accessed due to restrictions. Update the system property '${systemProperties.allowedUrls}' to allow the URL to be accessed.`,
      },
      {
        by: ['java-3'],
        text: `<url> is not allowed. Update system property '${systemProperties.allowedUrls}' to allow`,
      },
    ],
    cause:
      'Since Kafka 4.0 (and in 3.9 where the flag is set at all) the list of URLs that may be called is empty until the JVM is told. Entries are compared as texts: host spelling, port, path and a slash at the end all count.',
    fixes: [
      {
        say: 'Give the JVM the flag, with the URL exactly as it stands in sasl.oauthbearer.token.endpoint.url. KAFKA_OPTS is read by the scripts of Kafka, JAVA_TOOL_OPTIONS by every JVM. More URLs are joined with a comma.',
        paste: ({ url = '<url>' }) => `export KAFKA_OPTS="${allowedUrls(url)}"`,
      },
      {
        say: 'Other tools have a variable of their own; this prints the flag for each.',
        paste: 'npx kafka-token-sidecar config java4',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'allowed-files',
    title: 'Kafka 4.1 reads no key or assertion that a flag of the JVM does not name',
    texts: [
      {
        by: ['java-4'],
        text: `The file cannot be accessed due to restrictions. Update the system property '${systemProperties.allowedFiles}' to allow the file to be accessed.`,
      },
    ],
    cause:
      'Files with private keys, assertions and templates are only read when a flag of the JVM lists their absolute paths, each exactly as it stands in the property.',
    fixes: [
      {
        say: 'Give the JVM the flag with every such file, joined with commas, beside the flag for the URL.',
        paste: `export KAFKA_OPTS="${allowedUrls('<url>')} ${allowedFiles('/keys/key.pem,/keys/template.json')}"`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'unsecured-handler',
    title: 'The client makes up tokens itself instead of asking the token endpoint',
    texts: [
      { by: java, text: 'No principal name in JWT claim: sub' },
      { by: java, text: "No OAuth Bearer tokens in Subject's private credentials" },
      { by: java, text: 'Extensions provided in login context without a token', unseen: true },
    ],
    cause:
      'sasl.login.callback.handler.class is not set, or did not reach the client (some tools do not pass it on). Then Kafka uses its handler for tests, which asks nobody and makes unsigned tokens out of options in sasl.jaas.config.',
    fixes: [
      { say: 'Name the handler that asks the token endpoint.', paste: handlerLine },
      {
        say: 'If it is set: look for sasl.login.callback.handler.class in the settings that the client prints when it starts. Where it says null there, the tool needs a prefix, as producer. and consumer. in Kafka Connect.',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'client-id-missing',
    title: 'The client id is missing where this version of Kafka looks for it',
    texts: [
      { by: ['java-4'], text: `Invalid value null for configuration ${propertyNames.clientId}` },
      { by: java, text: 'The OAuth configuration option clientId value must be non-null' },
    ],
    cause:
      'Kafka asks for a client id even where the token endpoint needs none. Up to 4.0 it is read from sasl.jaas.config alone, from 4.1 on also from a property.',
    fixes: [
      {
        say: 'Up to Kafka 4.0: put id and secret into sasl.jaas.config; any words will do where the endpoint does not look at them.',
        paste: `${propertyNames.jaasConfig}=${classNames.loginModule} required clientId="unused" clientSecret="unused";`,
      },
      {
        say: 'From Kafka 4.1 on these are properties.',
        paste: `${propertyNames.clientId}=unused\n${propertyNames.clientSecret}=unused`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'client-secret-missing',
    title: 'The client wants a client secret, as nothing else to prove itself is configured',
    texts: [
      { by: ['java-4'], text: `Invalid value null for configuration ${propertyNames.clientSecret}` },
      { by: java, text: 'The OAuth configuration option clientSecret value must be non-null' },
    ],
    cause:
      'Kafka falls back to id and secret when neither sasl.oauthbearer.assertion.file nor sasl.oauthbearer.assertion.claim.iss is set. An iss that stands in the template file alone does not count.',
    fixes: [
      {
        say: 'With a secret, or for an endpoint that asks for none:',
        paste: `${propertyNames.clientId}=unused\n${propertyNames.clientSecret}=unused`,
      },
      {
        say: 'With an assertion: set iss as a property too, even if the template has it.',
        paste: 'sasl.oauthbearer.assertion.claim.iss=<client id>',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'token-url-missing',
    title: 'The URL of the token endpoint is missing',
    texts: [
      { by: ['java-4'], text: `The OAuth configuration option ${propertyNames.tokenEndpointUrl} value is required` },
      {
        by: ['java-3'],
        text: `The OAuth configuration option ${propertyNames.tokenEndpointUrl} value must be non-null`,
        unseen: true,
      },
      {
        by: ['java-3'],
        text: `null is not allowed. Update system property '${systemProperties.allowedUrls}' to allow null`,
      },
    ],
    cause:
      'sasl.oauthbearer.token.endpoint.url is not set, or did not reach the client: some tools drop it or want a prefix.',
    fixes: [
      {
        say: 'Set it; this is where the sidecar listens by default.',
        paste: `${propertyNames.tokenEndpointUrl}=http://localhost:14293/token`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'token-url-malformed',
    title: 'The URL of the token endpoint is none that Java takes',
    texts: [
      { by: java, text: 'The OAuth configuration option <option> contains a URL (<url>) that is malformed' },
      {
        by: java,
        text: 'The OAuth configuration option <option> contains a URL (<url>) that contains an invalid protocol',
      },
    ],
    cause: 'A URL begins with http://, https:// or file://. librdkafka takes one without, Java does not.',
    fixes: [
      {
        say: 'Write the scheme, here and in the flag of the JVM that allows the URL.',
        paste: `${propertyNames.tokenEndpointUrl}=http://localhost:14293/token`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'client-id-twice',
    title: 'Client id or secret stand in sasl.jaas.config and in a property; the property counts',
    texts: [
      {
        by: ['java-4'],
        text: 'Both the OAuth configuration <property> as well as the JAAS option <option> (from the sasl.jaas.config configuration) were provided.',
      },
    ],
    cause:
      'From Kafka 4.1 on the property wins and the JAAS option is passed over. It is a warning, and no failure if both say the same.',
    fixes: [{ say: 'Take clientId, clientSecret and scope out of sasl.jaas.config.' }],
    weight: 'symptom',
    seen: seenInJava,
  },
]
