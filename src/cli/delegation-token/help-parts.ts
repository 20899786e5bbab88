export const access = `Where the brokers are and how we log in:

  --bootstrap-server HOST:PORT[,HOST:PORT...]
      Brokers to begin with. Default: bootstrap.servers of the file of --command-config.
  --command-config FILE
      Properties of a Java client: security.protocol, sasl.mechanism (OAUTHBEARER, SCRAM-SHA-256, SCRAM-SHA-512, PLAIN),
      sasl.jaas.config, ssl.* with PEM, PKCS12 and JKS stores. Delegation tokens are not made with delegation tokens.
  --profile NAME
      Log in by a token of this profile instead, by OAUTHBEARER. The profiles are those of the configuration, with the
      options that the command token has: --config FILE, --source NAME ...
  --login-principal User:NAME
      Who the brokers take this login for, where they map names. Default: as in the token, the user name or certificate.

With --profile, or with a client certificate alone:

  --security-protocol NAME
      SASL_SSL or SASL_PLAINTEXT; with a client certificate alone SSL. Default: with TLS.
  --broker-ca-file FILE, --broker-cert-file FILE, --broker-key-file FILE
      CA certificates of the brokers, a client certificate and its private key, in PEM form.
`

export const whichToken = `  --token-id ID
      The token, whose HMAC is then looked up among those that this login sees.
  --hmac-file FILE
      File with the HMAC of the token, in base64; - reads standard input.
  --hmac HMAC
      The HMAC itself, which the list of processes and the history of the shell then show.
`

export const periods = `Periods are milliseconds, as Kafka has them, or have a unit: 30s, 5m, 1h, 7d.`

export const tokenForms = `      table      for people, in the columns of kafka-delegation-tokens.sh
      properties settings of a Java client: security.protocol, sasl.mechanism, sasl.jaas.config with tokenauth="true"
      json       tokenId, tokenHmac, owner, renewers, issuedAt, expiresAt, maxLifetimeAt (ISO 8601), securityProtocol,
                 saslMechanism, saslJaasConfig
      env        KAFKA_TOKEN_ID=... and KAFKA_TOKEN_HMAC=...`

export const mechanism = `  --mechanism NAME
      SCRAM-SHA-256 or SCRAM-SHA-512, by which the token is used. Default: SCRAM-SHA-512.`
