import { classNames, propertyNames } from '../client-config/names.ts'
import { java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

const goodJaas = `${propertyNames.jaasConfig}=${classNames.loginModule} required;`

/** What Java prints about `sasl.jaas.config`, and about keys and assertions that a client signs itself. */
export const javaJaasTroubles: readonly Trouble[] = [
  {
    id: 'jaas-missing',
    title: 'sasl.jaas.config is missing',
    texts: [
      { by: java, text: "Could not find a 'KafkaClient' entry in the JAAS configuration." },
      { by: java, text: 'JAAS config property does not contain any login modules', unseen: true },
    ],
    cause:
      'The client has a SASL mechanism but no login module: sasl.jaas.config is not set, or did not reach the client.',
    fixes: [{ say: 'Set it, for OAUTHBEARER as here.', paste: goodJaas }],
    seen: seenInJava,
  },
  {
    id: 'jaas-malformed',
    title: 'sasl.jaas.config is not written as it has to be',
    texts: [
      { by: java, text: 'JAAS config entry not terminated by semi-colon' },
      { by: java, text: "Invalid login module control flag '<flag>' in JAAS config" },
      { by: java, text: 'Login module control flag is not available in the JAAS config' },
      { by: java, text: 'Login module not specified in JAAS config' },
      { by: java, text: "Value not specified for key '<key>' in JAAS config" },
      { by: java, text: 'JAAS config property contains <number> login modules, should be 1 module' },
    ],
    cause:
      'It is a class name, the word required, options as name="value", and a semicolon at the end; shells and YAML easily eat the quotes or the semicolon.',
    fixes: [
      {
        say: 'Compare it with this, character by character; the semicolon is part of it.',
        paste: `${propertyNames.jaasConfig}=${classNames.loginModule} required clientId="unused" clientSecret="unused";`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'mechanism-default-gssapi',
    title: 'The client logs in by Kerberos, as sasl.mechanism is not set',
    texts: [{ by: java, text: 'No serviceName defined in either JAAS or Kafka config' }],
    cause: 'Without sasl.mechanism Java clients use GSSAPI, which is Kerberos and wants a service name.',
    fixes: [{ say: 'Name the mechanism.', paste: `${propertyNames.saslMechanism}=OAUTHBEARER` }],
    seen: seenInJava,
  },
  {
    id: 'mechanism-unexpected',
    title: 'The login module is not one for this mechanism, or sasl.mechanism is not written as Kafka writes it',
    texts: [{ by: java, text: 'Unexpected SASL mechanism: <mechanism>' }],
    cause:
      'A login module takes the mechanisms that it is made for, compared letter by letter: OAUTHBEARER in capitals and without quotes. GSSAPI here means that sasl.mechanism is not set at all.',
    fixes: [
      {
        say: 'For OAUTHBEARER these two belong together.',
        paste: `${propertyNames.saslMechanism}=OAUTHBEARER\n${goodJaas}`,
      },
      {
        say: 'Delegation tokens, SCRAM and PLAIN have login modules of their own, ScramLoginModule and PlainLoginModule.',
      },
    ],
    seen: { in: 'lint.e2e.ts' },
  },
  {
    id: 'security-protocol-unknown',
    title: 'There is no security.protocol of this name',
    texts: [
      {
        by: java,
        text: 'Invalid value <protocol> for configuration security.protocol: String must be one of (case insensitive): <protocols>',
      },
    ],
    cause: 'Kafka knows four; they are written with an underscore.',
    fixes: [
      { say: 'OAUTHBEARER over TLS is this; SASL_PLAINTEXT is without TLS.', paste: 'security.protocol=SASL_SSL' },
    ],
    seen: { in: 'lint.e2e.ts' },
  },
  {
    id: 'sasl-extension',
    title: 'A SASL extension has a name or value that there cannot be',
    texts: [
      { by: java, text: 'Extension name <name> is invalid' },
      { by: java, text: 'Extension value (<value>) for extension <name> is invalid' },
    ],
    cause:
      'Names of extensions are letters only, so identity_pool_id cannot be one; values are printable ASCII. They stand in sasl.jaas.config, each with extension_ before its name.',
    fixes: [
      {
        say: 'For Confluent Cloud these are the names.',
        paste: `${propertyNames.jaasConfig}=${classNames.loginModule} required extension_logicalCluster="lkc-..." extension_identityPoolId="pool-...";`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'assertion-key-encrypted',
    title: 'Java cannot decrypt the private key of the assertion',
    texts: [{ by: ['java-4'], text: 'An error occurred generating the OAuth assertion private key from <file>' }],
    cause:
      'Kafka decrypts keys with the older scheme PBES1 only; OpenSSL encrypts with PBES2. A wrong passphrase, or a key of another kind than the algorithm, says the same.',
    fixes: [
      {
        say: 'Store the key unencrypted, readable for its user alone; or encrypt it the old way.',
        paste:
          'openssl pkcs8 -topk8 -nocrypt -in key.pem -out key-plain.pem && chmod 600 key-plain.pem\nopenssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in key.pem -out key-pbes1.pem',
      },
      { say: 'Or let the sidecar sign: it takes keys in every form (PKCS#1, PKCS#8, SEC1, JWK, encrypted or not).' },
    ],
    seen: seenInJava,
  },
  {
    id: 'assertion-key-form',
    title: 'The private key of the assertion is not in the one form that Kafka reads (PKCS#8)',
    texts: [{ by: ['java-4'], text: 'Illegal base64 character <code>' }],
    cause:
      'Kafka reads BEGIN PRIVATE KEY alone. With BEGIN RSA PRIVATE KEY, BEGIN EC PRIVATE KEY, a certificate or other words in the file it takes the header for base64; 2d is its dash.',
    fixes: [
      {
        say: 'Write the key as PKCS#8, and nothing else into the file.',
        paste: 'openssl pkcs8 -topk8 -nocrypt -in key.pem -out key-pkcs8.pem && chmod 600 key-pkcs8.pem',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'assertion-file-missing',
    title: 'A file of the assertion settings is not there or cannot be read',
    texts: [
      { by: ['java-4'], text: "The OAuth configuration option <option> contains a file (<file>) that doesn't exist" },
      {
        by: ['java-4'],
        text: "The OAuth configuration option <option> contains a file (<file>) that doesn't have read permission",
        unseen: true,
      },
      { by: ['java-4'], text: 'The OAuth configuration option <option> references a directory (<file>), not a file' },
      { by: ['java-4'], text: 'Error reading the file contents of OAuth resource <file> for caching', unseen: true },
    ],
    cause:
      'The path is wrong in the container or for the user that the client runs as, or the volume is not mounted there.',
    fixes: [
      {
        say: 'Look at the file as the client sees it.',
        paste: ({ file = '<file>' }) => `kubectl exec <pod> -c <container> -- ls -l ${file}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'assertion-template',
    title: 'The template of the assertion is no JSON of the form that it has to be',
    texts: [{ by: ['java-4'], text: 'An error occurred parsing the OAuth assertion template file from <file>' }],
    cause: 'It is a JSON object with header and payload, each an object, and either may be left out.',
    fixes: [
      { say: 'Write it as here.', paste: '{"header":{"kid":"<key id>"},"payload":{"aud":"https://issuer.example"}}' },
    ],
    codes: ['ERR_KEY_TEMPLATE'],
    seen: seenInJava,
  },
  {
    id: 'login-module-not-allowed',
    title: 'The JVM does not allow this login module',
    texts: [
      {
        by: ['java-4', 'broker'],
        text: "<module> is not allowed. The system property 'org.apache.kafka.disallowed.login.modules' is deprecated. Use the org.apache.kafka.allowed.login.modules to allow this module.",
      },
      {
        by: [...java, 'broker'],
        text: "is not allowed. Update System property 'org.apache.kafka.allowed.login.modules' to allow <module>",
        unseen: true,
      },
      {
        by: [...java, 'broker'],
        text: "is not allowed. Update System property 'org.apache.kafka.disallowed.login.modules' to allow <module>",
      },
    ],
    cause:
      'A list of allowed (or disallowed) login modules is set for this JVM; JndiLoginModule and LdapLoginModule are disallowed by default.',
    fixes: [
      {
        say: 'Add the module to the list.',
        paste: `-Dorg.apache.kafka.allowed.login.modules=${classNames.loginModule}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'assertion-algorithm',
    title: 'The algorithm of the assertion is none that Kafka signs with',
    texts: [
      { by: ['java-4'], text: 'Invalid value <algorithm> for configuration sasl.oauthbearer.assertion.algorithm' },
    ],
    cause:
      'Java clients sign with RS256 and ES256 only, and send the name as it is written: rs256 passes here and is refused by the provider.',
    fixes: [{ say: 'Use one of the two, in capitals.', paste: 'sasl.oauthbearer.assertion.algorithm=RS256' }],
    seen: seenInJava,
  },
]
