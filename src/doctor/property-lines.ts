/** Byte for byte as clients and brokers take them. */
export const endpointProperty = 'sasl.oauthbearer.token.endpoint.url'

/** What a Java client of Kafka 4 needs beside the URL, in the environment of Kafka's own scripts. */
export function allowedUrls(url: string): string {
  return `export KAFKA_OPTS="-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${url}"`
}

/** Whom a Java client trusts, as PEM. */
export const trustLines = 'ssl.truststore.type=PEM\nssl.truststore.location=/path/to/ca.pem'
