CREATE TABLE orders (v STRING) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = 'kafka.example:9092',
  'properties.group.id' = 'reports',
  'properties.security.protocol' = 'SASL_SSL',
  'properties.sasl.mechanism' = 'OAUTHBEARER',
  'properties.sasl.login.callback.handler.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
  'properties.sasl.oauthbearer.token.endpoint.url' = 'http://localhost:14293/token',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";',
  'properties.sasl.oauthbearer.jwt.validator.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer.ClientJwtValidator',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'raw'
);

CREATE TABLE reports WITH ('topic' = 'reports') LIKE orders;

INSERT INTO reports SELECT 'report of ' || v FROM orders;
