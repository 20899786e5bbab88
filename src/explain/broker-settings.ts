import { classNames, propertyNames, systemProperties } from '../client-config/names.ts'
import { seenInJava } from './said.ts'
import type { Printer, Trouble } from './trouble.ts'

const broker: readonly Printer[] = ['broker']
const listener = 'listener.name.<listener>.oauthbearer'

/** What brokers print about their settings, and about clients that come to the wrong listener. */
export const brokerSettingTroubles: readonly Trouble[] = [
  {
    id: 'broker-unsecured',
    title: 'The listener has no validator, so it only takes unsigned tokens',
    texts: [],
    cause:
      'Without sasl.server.callback.handler.class the broker uses the validator for tests: it takes alg none with an empty signature, which no client of a token endpoint can show, and logs nothing when it refuses.',
    fixes: [
      {
        say: 'Name the validator and the keys, at the listener.',
        paste: `${listener}.${propertyNames.serverCallbackHandlerClass}=${classNames.validatorCallbackHandler}
${listener}.${propertyNames.jwksEndpointUrl}=<jwks url>
${listener}.${propertyNames.expectedIssuer}=<issuer>
${listener}.${propertyNames.expectedAudience}=<audience>`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'expired-credential-loop',
    title: 'A credential that has just ended is let in and cut, over and over',
    texts: [],
    cause:
      'Within the clock skew after its end (30 s) a token still logs in, with a session of no length: the next request is cut, and the client sees disconnects and timeouts, but no authentication error. So it goes with delegation tokens until the controller sweeps them.',
    fixes: [
      {
        say: 'Let the endpoint hand out tokens with more life left; the sidecar renews them ahead.',
        paste: 'npx kafka-token-sidecar token --decode',
      },
    ],
    codes: ['ERR_KAFKA_TOKEN_EXPIRED'],
    seen: seenInJava,
  },
  {
    id: 'broker-not-sasl',
    title: 'A client without SASL came to a listener with SASL',
    texts: [{ by: broker, text: 'Unexpected Kafka request of type <type> during SASL handshake.' }],
    cause:
      'security.protocol of the client is PLAINTEXT (the default) or SSL, and the listener wants a login. The client only sees that it is cut.',
    fixes: [{ say: 'Set it at the client.', paste: 'security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER' }],
    seen: seenInJava,
  },
  {
    id: 'broker-receive-size',
    title: 'A client sent a login that is larger than brokers take',
    texts: [{ by: broker, text: 'Failing SASL authentication due to invalid receive size' }],
    cause:
      'The token is larger than sasl.server.max.receive.size (512 KB), or what came is no Kafka at all, such as TLS or HTTP on this port.',
    fixes: [
      {
        say: 'Let the provider put fewer claims, such as groups, into the token. See how large it is:',
        paste: 'npx kafka-token-sidecar token | wc -c',
      },
      { say: 'Or allow more.', paste: 'sasl.server.max.receive.size=2097152' },
    ],
    codes: ['ERR_TOKEN_TOO_LARGE'],
    seen: seenInJava,
  },
  {
    id: 'broker-allowed-urls',
    title: 'Kafka 4 reads no JWK Set that a flag of the JVM does not name',
    texts: [
      {
        by: broker,
        text: `Invalid value <url> for configuration ${propertyNames.jwksEndpointUrl}: The URL cannot be accessed due to restrictions. Update the system property '${systemProperties.allowedUrls}' to allow the URL to be accessed.`,
      },
    ],
    cause: 'Since Kafka 4.0 the list of URLs that a broker may call is empty until its JVM is told.',
    fixes: [
      {
        say: 'Give the JVM of every broker the flag, with the URL exactly as it stands in the setting.',
        paste: ({ url = '<url>' }) => `export KAFKA_OPTS="-D${systemProperties.allowedUrls}=${url}"`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-jwks-unreachable',
    title: 'A broker does not start, as it cannot read the JWK Set',
    texts: [
      {
        by: broker,
        text: `${propertyNames.jwtValidatorClass} configuration encountered an error on configure(): java.net.ConnectException: Connection refused`,
      },
    ],
    cause: 'Brokers fetch the keys when they start and give up where they cannot; only later failures are borne.',
    fixes: [
      { say: 'Let the issuer run before the broker; see from there whether it answers.', paste: 'curl -s <jwks url>' },
      {
        say: 'Or give the keys as a file, which is read again when it changes.',
        paste: `${listener}.${propertyNames.jwksEndpointUrl}=file:///etc/kafka/jwks.json`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-jwks-refresh',
    title: 'A broker could not read the JWK Set again, and goes on with the keys that it has',
    texts: [{ by: broker, text: 'OAuth JWKS refresh of <url> encountered an error; not updating local JWKS cache' }],
    cause: 'Nothing breaks until the issuer signs with a key that the broker has not read.',
    fixes: [{ say: 'See from the broker whether the URL answers.', paste: ({ url = '<url>' }) => `curl -s ${url}` }],
    weight: 'symptom',
    seen: seenInJava,
  },
  {
    id: 'broker-jaas-unprefixed',
    title: 'sasl.jaas.config of a listener lacks the mechanism in its name, so it is passed over',
    texts: [{ by: broker, text: 'Server config <name> should be prefixed with SASL mechanism name, ignoring config' }],
    cause: 'On a broker a listener may have several mechanisms, and each has its own setting.',
    fixes: [
      {
        say: 'Write the mechanism, in small letters.',
        paste: `${listener}.${propertyNames.jaasConfig}=${classNames.loginModule} required;`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-jaas-missing',
    title: 'A listener of the broker has no login module',
    texts: [{ by: broker, text: "Could not find a 'KafkaServer' or '<name>' entry in the JAAS configuration." }],
    cause:
      'Each mechanism of each listener needs its sasl.jaas.config, also OAUTHBEARER, where it says no more than the name of the module.',
    fixes: [
      {
        say: 'Set it at the listener; the name of the listener in small letters.',
        paste: `${listener}.${propertyNames.jaasConfig}=${classNames.loginModule} required;`,
      },
    ],
    seen: seenInJava,
  },
]
