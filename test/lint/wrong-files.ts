/** A file of `fixtures/wrong`, where such settings stand, and what is found in it. Notes are left out. */
export interface Wrong {
  readonly file: string
  /** Written anew after it; nothing is copied. */
  readonly after: string
  readonly kind: string
  /** As in `error jaas-syntax 3`. */
  readonly found: readonly string[]
}

export const wrongFiles: readonly Wrong[] = [
  {
    file: 'allowed-urls-property.properties',
    after: 'datahub-project/datahub#13791',
    kind: 'java-client',
    found: ['warning allowed-urls-as-property 6'],
  },
  {
    file: 'assertion.properties',
    after: 'the traps of KIP-1258, in one file',
    kind: 'java-client',
    found: [
      'error assertion-algorithm 6',
      'error assertion-file-as-url 7',
      'error assertion-issuer-in-template 8',
      'warning allowed-files-missing 7',
    ],
  },
  {
    file: 'clickhouse.xml',
    after: 'ClickHouse/ClickHouse#89921, without its method',
    kind: 'clickhouse',
    found: ['error librdkafka-method-missing 4'],
  },
  {
    file: 'config-map.yaml',
    after: 'confluentinc/librdkafka names in a Java client, as they come with copied files',
    kind: 'java-client',
    found: ['error mechanism-of-librdkafka 9'],
  },
  {
    file: 'confluent-kafka.py',
    after: 'confluentinc/confluent-kafka-python#1795',
    kind: 'librdkafka',
    found: [
      'error librdkafka-method-missing 5',
      'error extension-name 7',
      'error extension-name 7',
      'error setting-of-java 8',
    ],
  },
  {
    file: 'connect-worker.properties',
    after: 'users of Kafka Connect who set the login of the worker alone',
    kind: 'connect',
    found: ['error connect-clients-unsecured 6'],
  },
  {
    file: 'constants.kt',
    after: 'a Kotlin producer for Event Hubs',
    kind: 'code',
    found: ['error token-endpoint-without-scheme 3', 'warning login-handler-moved 4'],
  },
  {
    file: 'dapr.yaml',
    after: 'dapr/components-contrib#4375',
    kind: 'unknown',
    found: ['error dapr-endpoint-missing 8'],
  },
  {
    file: 'databricks.py',
    after: 'a notebook for Event Hubs',
    kind: 'spark',
    found: ['error unshaded-class-databricks 6', 'error unshaded-class-databricks 12'],
  },
  {
    file: 'debezium.json',
    after: 'a connector of Debezium with a login of its own',
    kind: 'connect',
    found: ['warning debezium-history-login 5', 'warning connect-connector-login 6'],
  },
  {
    file: 'delegation-token.java',
    after: 'tutorials about delegation tokens',
    kind: 'code',
    found: ['error delegation-token-hmac 2'],
  },
  {
    file: 'delegation-token.properties',
    after: 'tutorials about delegation tokens',
    kind: 'java-client',
    found: ['error delegation-token-without-tokenauth 3'],
  },
  {
    file: 'deployment.yaml',
    after: 'variables of a pod, with another name for the same host',
    kind: 'java-client',
    found: ['error allowed-urls-mismatch 15', 'error jaas-syntax 17'],
  },
  {
    file: 'dotnet-client.properties',
    after: 'a sample of .NET for Confluent Cloud',
    kind: 'librdkafka',
    found: ['error value-in-quotes 8', 'warning librdkafka-endpoint-authority 9'],
  },
  {
    file: 'dotnet.cs',
    after: 'a sample of .NET without id and secret',
    kind: 'librdkafka',
    found: ['error librdkafka-client-id-missing 6', 'error librdkafka-client-secret-missing 6'],
  },
  {
    file: 'filebeat.yaml',
    after: 'elastic/beats#51265',
    kind: 'java-client',
    found: ['error beats-oauthbearer 5'],
  },
  {
    file: 'flink.java',
    after: 'simenliuxing/flink-example, with OAUTHBEARER',
    kind: 'flink',
    found: ['error login-handler-missing 5', 'warning flink-old-connector 1'],
  },
  {
    file: 'flink.sql',
    after: 'the samples of Google for Flink SQL, and one prefix forgotten',
    kind: 'flink',
    found: [
      'error flink-option-without-prefix 7',
      'warning unshaded-class-flink-sql 10',
      'warning unshaded-class-flink-sql 12',
    ],
  },
  {
    file: 'gateway-quotes.properties',
    after: 'the documentation of Conduktor Gateway',
    kind: 'java-client',
    found: ['error value-in-quotes 4', 'warning login-handler-moved 3'],
  },
  {
    file: 'gradle-wildcard.groovy',
    after: 'a sample of Confluent for OIDC',
    kind: 'code',
    found: ['error allowed-urls-wildcard 3'],
  },
  {
    file: 'jaas-lines.properties',
    after: 'lines that lost their backslashes',
    kind: 'java-client',
    found: ['error token-endpoint-missing 3', 'error jaas-syntax 5', 'warning unknown-setting 4'],
  },
  {
    file: 'kcat.sh',
    after: 'IBM/sarama, the comment about kcat in its tests, behind a proxy',
    kind: 'librdkafka',
    found: ['error proxy-for-loopback 1', 'error librdkafka-client-secret-missing 5'],
  },
  {
    file: 'keda.yaml',
    after: 'kedacore/keda#8070',
    kind: 'unknown',
    found: ['warning keda-loopback 10'],
  },
  {
    file: 'librdkafka-names.java',
    after: 'a producer of a Keycloak tutorial',
    kind: 'code',
    found: [
      'warning tokens-in-the-clear 3',
      'warning setting-of-librdkafka 6',
      'warning setting-of-librdkafka 7',
      'warning login-handler-moved 8',
    ],
  },
  {
    file: 'logstash.conf',
    after: 'googleapis/managedkafka#52',
    kind: 'code',
    found: ['error token-endpoint-without-scheme 6', 'error jaas-syntax 7'],
  },
  {
    file: 'managed-kafka-old-class.properties',
    after: 'the README of googleapis/managedkafka',
    kind: 'java-client',
    found: ['warning login-handler-moved 5'],
  },
  {
    file: 'okta-allowed-urls.sh',
    after: 'a script for Okta and Confluent Platform',
    kind: 'code',
    found: ['warning allowed-urls-as-property 8', 'warning token-endpoint-trust 9'],
  },
  {
    file: 'otel.yaml',
    after: 'open-telemetry/opentelemetry-collector-contrib#49302',
    kind: 'otel',
    found: ['error otel-token-source 7'],
  },
  {
    file: 'schema-registry-compose.yaml',
    after: 'confluentinc/schema-registry#4037',
    kind: 'connect',
    found: ['error allowed-urls-mismatch 8'],
  },
  {
    file: 'schema-registry.properties',
    after: 'confluentinc/schema-registry#4037',
    kind: 'connect',
    found: ['error schema-registry-prefix 4'],
  },
  {
    file: 'server-azure.properties',
    after: 'a walk-through for brokers at Entra ID, without its JWKS',
    kind: 'broker',
    found: ['error broker-own-login-missing 6', 'error broker-jwks-missing 8', 'warning broker-tokens-in-the-clear 4'],
  },
  {
    file: 'server-delegation.properties',
    after: 'tutorials about delegation tokens',
    kind: 'broker',
    found: ['warning broker-token-key-old-name 3', 'warning broker-everybody-allowed 5'],
  },
  {
    file: 'server-prefixes.properties',
    after: 'KIP-768 and the documentation of jwt.validator.class',
    kind: 'broker',
    found: [
      'error broker-prefix-case 5',
      'error broker-mechanism-not-enabled 6',
      'warning login-handler-moved 7',
      'warning broker-validator-class-prefix 9',
    ],
  },
  {
    file: 'server-tokens-in-jaas.properties',
    after: 'a course about Kafka and Keycloak',
    kind: 'broker',
    found: ['error broker-validator-missing 3', 'error broker-jaas-options 4', 'warning jaas-unknown-option 4'],
  },
  {
    file: 'spark-cluster.conf',
    after: 'blogs about Spark and delegation tokens',
    kind: 'spark',
    found: ['error spark-cluster-servers 1', 'error spark-target-pattern 2', 'warning spark-one-side 4'],
  },
  {
    file: 'spark-no-prefix.py',
    after: 'questions about Spark',
    kind: 'spark',
    found: ['error spark-option-without-prefix 5'],
  },
  {
    file: 'spark-token-suite.scala',
    after: 'KafkaTokenUtilSuite of apache/spark',
    kind: 'spark',
    found: ['error spark-cluster-servers 1'],
  },
  {
    file: 'spring.yaml',
    after: 'a guide for Spring and Confluent Cloud, with identity_pool_id of emqx/emqx-docs#3747',
    kind: 'java-client',
    found: ['error extension-name 18', 'warning login-handler-moved 12'],
  },
  {
    file: 'strimzi-client.properties',
    after: 'the names of Strimzi with the handler of Kafka',
    kind: 'java-client',
    found: ['error strimzi-options 5'],
  },
  {
    file: 'telegraf.toml',
    after: 'the README of Telegraf',
    kind: 'java-client',
    found: ['warning telegraf-static-token 4'],
  },
  {
    file: 'template.yaml',
    after: 'a Helm chart',
    kind: 'java-client',
    found: ['error mechanism-misspelled 5'],
  },
  {
    file: 'vector.yaml',
    after: 'vectordotdev/vector#25328, without its method',
    kind: 'librdkafka',
    found: ['error librdkafka-method-missing 7'],
  },
  {
    file: 'windows.properties',
    after: 'a client on Windows',
    kind: 'java-client',
    found: ['error security-protocol-unknown 1', 'error mechanism-misspelled 2', 'error unicode-escape 3'],
  },
]
