/** What a broker has to know of tokens that are issued here. */
export interface IssuedTokens {
  readonly issuer: string
  readonly audience: string
}

/**
 * What a newcomer pastes to see a token and to point a Kafka client here.
 *
 * @param url as in `http://localhost:14293`
 */
export function quickStart(url: string, issued?: IssuedTokens): string {
  const endpoint = `${url}/token`
  return `
kafka-token-sidecar gives tokens at ${endpoint}

Get one:

  curl -d grant_type=client_credentials ${endpoint}

Point a Java client at it (SASL_SSL where the broker has TLS; Kafka 4 also needs
-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${endpoint} on its JVM):

  security.protocol=SASL_PLAINTEXT
  sasl.mechanism=OAUTHBEARER
  sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler
  sasl.oauthbearer.token.endpoint.url=${endpoint}
  sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";

Point a librdkafka client at it:

  security.protocol=SASL_PLAINTEXT
  sasl.mechanisms=OAUTHBEARER
  sasl.oauthbearer.method=oidc
  sasl.oauthbearer.token.endpoint.url=${endpoint}
  sasl.oauthbearer.client.id=unused
  sasl.oauthbearer.client.secret=unused
${issued ? brokerSettings(url, issued) : ''}
`
}

function brokerSettings(url: string, { issuer, audience }: IssuedTokens): string {
  return `
A broker that takes these tokens has a listener, named CLIENT here, beside those it has:

  listeners=...,CLIENT://:9094
  advertised.listeners=...,CLIENT://localhost:9094
  listener.security.protocol.map=...,CLIENT:SASL_PLAINTEXT
  # and on its JVM: -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${url}/jwks

  listener.name.client.sasl.enabled.mechanisms=OAUTHBEARER
  listener.name.client.oauthbearer.sasl.server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler
  listener.name.client.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
  listener.name.client.oauthbearer.sasl.oauthbearer.jwks.endpoint.url=${url}/jwks
  listener.name.client.oauthbearer.sasl.oauthbearer.expected.issuer=${issuer}
  listener.name.client.oauthbearer.sasl.oauthbearer.expected.audience=${audience}
`
}
