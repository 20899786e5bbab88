import type { ErrorRow } from './error.ts'

const formExample =
  'Send POST with Content-Type: application/x-www-form-urlencoded and the body grant_type=client_credentials.'

/** Every failure that a client or an operator can meet. `docs/errors/` is made from this table. */
export const errorTable = {
  ERR_REQUEST_METHOD: {
    oauth: 'invalid_request',
    status: 405,
    means: 'The path exists but not for this HTTP method; the Allow header names the right one.',
    hint: formExample,
  },
  ERR_REQUEST_PATH: {
    oauth: 'invalid_request',
    status: 404,
    means: 'Nothing is served at this path.',
    hint: 'Set sasl.oauthbearer.token.endpoint.url to the address of the sidecar followed by /token, or by /token/<profile>.',
  },
  ERR_REQUEST_PROFILE: {
    oauth: 'invalid_request',
    status: 404,
    means: 'The path names a profile that the configuration does not have.',
    hint: 'Correct the last part of sasl.oauthbearer.token.endpoint.url, or add the profile to the configuration of the sidecar.',
  },
  ERR_REQUEST_CONTENT_TYPE: {
    oauth: 'invalid_request',
    status: 415,
    means: 'The body is not a form; RFC 6749 section 4.4.2 asks for one.',
    hint: formExample,
  },
  ERR_REQUEST_BODY: {
    oauth: 'invalid_request',
    means: 'The body is not valid UTF-8 or has a broken percent-encoding.',
    hint: 'Encode the form parameters as application/x-www-form-urlencoded, in UTF-8.',
  },
  ERR_REQUEST_BODY_CONSUMED: {
    oauth: 'server_error',
    means: 'The handler is mounted behind something that read the body and kept it to itself.',
    hint: 'Mount the handler of the sidecar before other body readers, or behind express.urlencoded().',
  },
  ERR_REQUEST_NO_ISSUER: {
    oauth: 'invalid_request',
    status: 404,
    means: 'Keys or metadata are asked of a profile that does not issue its tokens itself.',
    hint: 'Ask the identity provider of this profile for its keys, or set its source to self-issued.',
  },
  ERR_REQUEST_NO_CLIENT_KEYS: {
    oauth: 'invalid_request',
    status: 404,
    means: 'Public keys of assertions are asked of a profile that does not publish any.',
    hint: 'Set assertion.publishKeys: true for this profile.',
  },
  ERR_REQUEST_TOO_LARGE: {
    oauth: 'invalid_request',
    status: 413,
    means: 'The body is larger than a token request ever is.',
    hint: 'Send only the parameters of a token request; the limit is 64 KB.',
  },
  ERR_REQUEST_HEADERS_TOO_LARGE: {
    oauth: 'invalid_request',
    status: 431,
    means: 'The request headers are larger than the limit of 16 KB.',
    hint: 'Send fewer or shorter headers.',
  },
  ERR_REQUEST_MALFORMED: {
    oauth: 'invalid_request',
    means: 'What arrived is not HTTP/1.1. Often it is TLS sent to a plain port.',
    hint: 'Use http:// in sasl.oauthbearer.token.endpoint.url: this port does not speak TLS.',
  },
  ERR_REQUEST_TLS: {
    oauth: 'invalid_request',
    means:
      'A TLS handshake with a client failed, most often because it does not know the CA of the certificate of the sidecar. Only the log tells.',
    hint: 'Let the client trust that CA: ssl.truststore.location and ssl.truststore.type in sasl.jaas.config for Java, https.ca.location for librdkafka. The file in listen.tls.certFile has to hold the certificates between it and the CA too.',
  },
  ERR_REQUEST_TIMEOUT: {
    oauth: 'invalid_request',
    status: 408,
    means: 'The request did not arrive completely within the time limit.',
    hint: 'Send the whole request at once.',
  },
  ERR_REQUEST_GRANT_MISSING: {
    oauth: 'invalid_request',
    means: 'The form has no grant_type.',
    hint: 'Add grant_type=client_credentials to the body.',
  },
  ERR_REQUEST_GRANT_UNSUPPORTED: {
    oauth: 'unsupported_grant_type',
    means: 'The grant_type is not one that Kafka clients use.',
    hint: 'Use grant_type=client_credentials, which is what every Kafka client sends.',
  },
  ERR_REQUEST_PARAMETER_REPEATED: {
    oauth: 'invalid_request',
    means: 'A parameter other than resource and audience stands more than once (RFC 6749 section 3.2).',
    hint: 'Send it once.',
  },
  ERR_REQUEST_PARAMETER_MISSING: {
    oauth: 'invalid_request',
    means: 'The grant or the client authentication lacks a parameter that its RFC requires.',
    hint: 'Add the parameter.',
  },
  ERR_REQUEST_AUTHENTICATION_TWICE: {
    oauth: 'invalid_request',
    means: 'The client authenticates in more than one way at once (RFC 6749 section 2.3).',
    hint: 'Send either the Authorization header or client_secret or client_assertion, not several of them.',
  },
  ERR_REQUEST_FORMAT: {
    oauth: 'invalid_request',
    means: 'The query asks for a delegation token in a form that there is none in.',
    hint: 'Use ?format=json, ?format=properties or ?format=env.',
  },
  ERR_REQUEST_CREDENTIALS_IN_URL: {
    oauth: 'invalid_request',
    means: 'A secret stands in the query of the URL, where proxies and logs keep it (RFC 6749 section 2.3.1).',
    hint: 'Move it to the body and replace the secret.',
  },
  ERR_REQUEST_CROSS_SITE: {
    oauth: 'invalid_request',
    status: 403,
    means: 'The request comes from a web page (Origin or Sec-Fetch-Site). No web page may read a token.',
    hint: 'Ask from a Kafka client, not from a browser.',
  },
  ERR_REQUEST_FORWARDED: {
    oauth: 'invalid_request',
    status: 403,
    means:
      'The request carries X-Forwarded-For, so something forwards requests of others to a sidecar meant for this host.',
    hint: 'Point the client at the sidecar itself, or name the proxy in listen.trustedProxies.',
  },
  ERR_REQUEST_HOST: {
    oauth: 'invalid_request',
    status: 403,
    means: 'The Host header is not a name of this sidecar; that is how DNS rebinding looks.',
    hint: 'Use localhost in sasl.oauthbearer.token.endpoint.url, or list the name with --allowed-hosts (listen.allowedHosts), for the admin page with --admin-allowed-hosts.',
  },
  ERR_REQUEST_SCOPE: {
    oauth: 'invalid_scope',
    means:
      'The client asks for a scope that the profile does not allow, and the profile refuses others (allow.others).',
    hint: 'Ask for an allowed scope or for none.',
  },
  ERR_REQUEST_AUDIENCE: {
    oauth: 'invalid_target',
    means:
      'The client asks for an audience that the profile does not allow, and the profile refuses others (RFC 8693 section 2.2.2).',
    hint: 'Ask for an allowed audience or for none.',
  },
  ERR_REQUEST_OVERLOAD: {
    oauth: 'temporarily_unavailable',
    means: 'More requests wait for an answer than the sidecar holds at the same time.',
    hint: 'Ask again: Kafka clients do so by themselves. If this lasts, run more replicas or raise limits.waitingRequests.',
  },
  ERR_REQUEST_ADMIN_SECRET: {
    oauth: 'invalid_client',
    means:
      'The admin page, or what changes something there, is asked for without the admin secret, or with another one.',
    hint: 'Send the header Authorization: Bearer and what is in admin.secretFile.',
  },
  ERR_REQUEST_ADMIN_PLAINTEXT: {
    oauth: 'invalid_request',
    status: 403,
    means:
      'The admin page is asked for from another host over plain HTTP, where everybody on the way could read the admin secret. Health and metrics answer there.',
    hint: 'Come by way of this host, as with kubectl port-forward or ssh -L; or allow it with --allow-plaintext-network (listen.allowPlaintextNetwork).',
  },
  ERR_REQUEST_QUIT: {
    oauth: 'invalid_request',
    status: 404,
    means: 'POST /quitquitquit came to a sidecar that does not take it.',
    hint: 'Start the sidecar with --admin-allow-quit (admin.allowQuit), or end it with SIGTERM.',
  },
  ERR_CALLER_MISSING: {
    oauth: 'invalid_client',
    means: 'This sidecar has callers, and the request does not say which of them sends it.',
    hint: 'Set sasl.oauthbearer.client.credentials.client.id and .client.secret, sasl.oauthbearer.assertion.file, or a client certificate (ssl.keystore options in JAAS).',
  },
  ERR_CALLER_UNKNOWN: {
    oauth: 'invalid_client',
    means:
      'No caller has this client id, or its secret is another one. Which of both is in the audit stream of the sidecar, not in the answer.',
    hint: 'Compare client id and secret with callers in the configuration of the sidecar; a new hash is made by: kafka-token-sidecar secret hash.',
  },
  ERR_CALLER_ASSERTION: {
    oauth: 'invalid_client',
    means: 'The JWT that the client presents to prove who it is (RFC 7523) is not accepted.',
    hint: 'Compare its iss, aud and sub with callers in the configuration of the sidecar; kubectl create token --audience makes one to look at.',
  },
  ERR_CALLER_KEYS: {
    oauth: 'temporarily_unavailable',
    means: 'The public keys of an issuer of callers cannot be had at present, so nobody can be recognized by its JWTs.',
    hint: 'It is tried again by itself. If this lasts, look at the log of the sidecar, and check that it may reach the issuer.',
  },
  ERR_CALLER_CERTIFICATE: {
    oauth: 'invalid_client',
    means: 'The client certificate is not trusted, has expired, or names no caller.',
    hint: 'Use a certificate of the CA in listen.tls.clientCaFile, whose name stands in callers.<name>.certificate.',
  },
  ERR_CALLER_PROFILE: {
    oauth: 'unauthorized_client',
    status: 403,
    means: 'The caller is known, but may not use the profile that it asks for, or there is no such profile.',
    hint: 'Add the profile to the profiles of this caller in the configuration of the sidecar.',
  },
  ERR_CALLER_LIMIT: {
    oauth: 'invalid_request',
    status: 429,
    means: 'The caller asks more often than it may (requestsPerMinute), or guesses secrets.',
    hint: 'Ask again later; share one Kafka client per process, or raise requestsPerMinute of this caller.',
  },
  ERR_KUBERNETES_REVIEW: {
    oauth: 'temporarily_unavailable',
    means: 'The Kubernetes API server does not answer token reviews of the sidecar, or refuses them.',
    hint: 'Bind the service account of the sidecar to the ClusterRole system:auth-delegator, and check apiServer, tls.caFile and tokenFile of the issuer.',
  },
  ERR_GCP_NO_CREDENTIALS: {
    oauth: 'unauthorized_client',
    whileStarting: 'temporarily_unavailable',
    means: 'None of the places where Google Application Default Credentials can stand has any.',
    hint: 'Bind a service account to the pod or VM, set GOOGLE_APPLICATION_CREDENTIALS to a credentials file, or run gcloud auth application-default login.',
  },
  ERR_GCP_CREDENTIALS_FILE: {
    oauth: 'unauthorized_client',
    means: 'The credentials file cannot be read, or is not a Google credentials file.',
    hint: 'Correct the file named by GOOGLE_APPLICATION_CREDENTIALS, and let the user of the sidecar read it.',
  },
  ERR_GCP_METADATA_UNAVAILABLE: {
    oauth: 'temporarily_unavailable',
    means: 'The metadata server is there but does not answer, or answers with an error.',
    hint: 'It is tried again by itself. If this lasts, look at the gke-metadata-server pod of the node, or at the network policy for 169.254.169.254.',
  },
  ERR_GCP_UNAVAILABLE: {
    oauth: 'temporarily_unavailable',
    means: 'A Google endpoint does not answer, or answers with an error that passes by itself.',
    hint: 'It is tried again by itself. If this lasts, check that the sidecar may reach the host (egress rules, HTTPS_PROXY).',
  },
  ERR_GCP_ANSWER: {
    oauth: 'temporarily_unavailable',
    means: 'A Google endpoint answered with something that is not a token answer; often a proxy or captive portal did.',
    hint: 'It is tried again by itself. If this lasts, look for a proxy between the sidecar and Google.',
  },
  ERR_GCP_REFUSED: {
    oauth: 'unauthorized_client',
    refusal: true,
    means: 'Google refuses this identity: the key is deleted, the account disabled, or a permission is missing.',
    hint: 'Check the account and its keys in Google IAM; for impersonation grant roles/iam.serviceAccountTokenCreator.',
  },
  ERR_GCP_PRINCIPAL: {
    oauth: 'unauthorized_client',
    means: 'The principal is not one that Managed Kafka can use, or cannot be found out.',
    hint: 'Set --principal or GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL to the e-mail of the account.',
  },
  ERR_GCP_ID_TOKEN: {
    oauth: 'unauthorized_client',
    means: 'The Google credentials at hand cannot give an ID token for the configured audience.',
    hint: 'Use a service account: attached, by its key, or impersonated (gcloud auth application-default login --impersonate-service-account).',
  },
  ERR_AZURE_NO_CREDENTIALS: {
    oauth: 'unauthorized_client',
    whileStarting: 'temporarily_unavailable',
    means: 'Neither workload identity nor a managed identity of Azure was found here.',
    hint: 'Label the pod azure.workload.identity/use=true and annotate its service account, or assign a managed identity to this machine or app.',
  },
  ERR_AWS_NO_CREDENTIALS: {
    oauth: 'unauthorized_client',
    whileStarting: 'temporarily_unavailable',
    means: 'The AWS SDK found no credentials in any of the places where it looks.',
    hint: 'Give the pod, task or instance an IAM role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  },
  ERR_AWS_SDK_MISSING: {
    oauth: 'unauthorized_client',
    means: 'The source aws needs the AWS SDK, which is an optional dependency and is not installed.',
    hint: 'Install it where the sidecar is installed: npm install @aws-sdk/client-sts.',
  },
  ERR_PROVIDER_CLIENT: {
    oauth: 'invalid_client',
    refusal: true,
    means:
      'The identity provider does not accept the client: unknown, disabled, or proved by a key or secret that it does not know.',
    hint: 'Compare client id, key or secret with what is registered at the provider.',
  },
  ERR_PROVIDER_REFUSED: {
    oauth: 'invalid_grant',
    means: 'The identity provider refuses the request with an OAuth error of its own, which is passed on.',
    hint: 'Correct the profile, or the registration of the client at the provider.',
  },
  ERR_PROVIDER_UNAVAILABLE: {
    oauth: 'temporarily_unavailable',
    means: 'The identity provider does not answer, or answers with an error that passes by itself.',
    hint: 'It is tried again by itself. If this lasts, check that the sidecar may reach the host (egress rules, HTTPS_PROXY).',
  },
  ERR_PROVIDER_ANSWER: {
    oauth: 'temporarily_unavailable',
    means: 'What answered at the token endpoint did not answer as one; often a proxy, a login page or a wrong URL.',
    hint: 'Check tokenEndpoint (or issuer), and look for a proxy between the sidecar and the provider.',
  },
  ERR_PROVIDER_REDIRECT: {
    oauth: 'invalid_request',
    means: 'The provider answered with a redirect. Credentials are not sent on to another address.',
    hint: 'Set tokenEndpoint (or issuer) to the address that the redirect leads to, if it is the right one.',
  },
  ERR_PROVIDER_TLS: {
    oauth: 'temporarily_unavailable',
    means:
      'The TLS connection to the provider failed: its certificate is not trusted, has expired or is for another name.',
    hint: 'Name the CA of the provider with tls.caFile (--tls-ca-file) or NODE_EXTRA_CA_CERTS.',
  },
  ERR_PROVIDER_METADATA: {
    oauth: 'invalid_request',
    means:
      'The metadata of the provider is not that of the configured issuer, or has no token endpoint (RFC 8414 section 3.3).',
    hint: 'Set issuer to exactly what the provider calls itself, or use tokenEndpoint instead.',
  },
  ERR_PROVIDER_PLAINTEXT: {
    oauth: 'invalid_request',
    means: 'The provider would be asked over plain http, where everybody on the way reads credentials and tokens.',
    hint: 'Use https, or --allow-plaintext-provider (allowPlaintextProvider) if the way to it is safe.',
  },
  ERR_CONFIG_FILE: {
    oauth: 'server_error',
    means: 'The configuration changed in its file and is not valid; the former one counts on.',
    hint: 'Correct the file: it is read again by itself.',
  },
  ERR_KEY_FILE: {
    oauth: 'unauthorized_client',
    means: 'The file of a private key cannot be read, written or understood.',
    hint: 'Name a private key in PEM or JWK form that the user of the sidecar can read.',
  },
  ERR_KEY_FILE_MODE: {
    oauth: 'unauthorized_client',
    means: 'A file with a key or secret may be written by everybody, so anyone on this host can replace it.',
    hint: 'Take that right away: chmod o-w.',
  },
  ERR_KEY_TYPE: {
    oauth: 'unauthorized_client',
    means: 'The key does not fit the algorithm.',
    hint: 'RS256 needs an RSA key of at least 2048 bits, ES256 an EC key on P-256.',
  },
  ERR_KEY_PASSPHRASE: {
    oauth: 'unauthorized_client',
    means: 'The private key is encrypted, and its passphrase is missing or wrong.',
    hint: 'Put the passphrase in a file and name it with assertion.privateKeyPassphraseFile (--assertion-private-key-passphrase-file).',
  },
  ERR_KEY_TEMPLATE: {
    oauth: 'unauthorized_client',
    means: 'The assertion template is not JSON of the form { header: {}, payload: {} } (KIP-1258).',
    hint: 'Correct assertion.templateFile.',
  },
  ERR_KEY_CERTIFICATE: {
    oauth: 'unauthorized_client',
    means: 'The certificate cannot be used: it is none, has expired, or belongs to another key.',
    hint: 'Name the certificate of this very key, in PEM form.',
  },
  ERR_KEY_SECRET: {
    oauth: 'unauthorized_client',
    means: 'The client secret cannot be read, or is empty.',
    hint: 'Put the secret in a file and name it with clientSecretFile (--client-secret-file), or set KTS_CLIENT_SECRET.',
  },
  ERR_KEY_ASSERTION: {
    oauth: 'unauthorized_client',
    whileStarting: 'temporarily_unavailable',
    means: 'A ready-made assertion, subject token or token file is missing, empty, no JWT, or has expired.',
    hint: 'Check whatever keeps this file fresh, such as the projected volume or the SPIFFE helper.',
  },
  ERR_KEY_SIGNER: {
    oauth: 'unauthorized_client',
    means: 'The service that holds the private key refuses to sign.',
    hint: 'Allow the identity of the sidecar to sign with this key.',
  },
  ERR_KAFKA_UNREACHABLE: {
    oauth: 'temporarily_unavailable',
    means: 'A broker cannot be reached, or closes the connection.',
    hint: 'Check the bootstrap servers, and that this host reaches them (DNS, firewall, network policy).',
  },
  ERR_KAFKA_TIMEOUT: {
    oauth: 'temporarily_unavailable',
    means: 'A broker took the connection and stopped answering.',
    hint: 'Look at the log of the broker; if it is a listener with TLS, set security.protocol to SSL or SASL_SSL.',
  },
  ERR_KAFKA_TLS: {
    oauth: 'unauthorized_client',
    means: 'TLS with a broker failed: its certificate is not trusted, or it does not take ours.',
    hint: 'Name the CA of the brokers (ssl.truststore.location, or tls.caFile), and use the host name that the certificate of the broker has.',
  },
  ERR_KAFKA_PROTOCOL: {
    oauth: 'unauthorized_client',
    means: 'What answers does not speak the protocol of Kafka, or not on this listener in this way.',
    hint: 'Compare security.protocol with the listener of this port: TLS on one side only looks like this.',
  },
  ERR_KAFKA_LOGIN: {
    oauth: 'unauthorized_client',
    means: 'The broker refuses the login (58, SASL_AUTHENTICATION_FAILED).',
    hint: 'Correct user and password, or for OAUTHBEARER what the broker expects of a token (issuer, audience, keys): the log of the broker tells the reason.',
  },
  ERR_KAFKA_MECHANISM: {
    oauth: 'unauthorized_client',
    means: 'The listener has this SASL mechanism not enabled (33), or is not for SASL (34).',
    hint: 'Use a listener with this mechanism, or add it to listener.name.<listener>.sasl.enabled.mechanisms of the brokers.',
  },
  ERR_KAFKA_VERSION: {
    oauth: 'unauthorized_client',
    means: 'The broker is too old for this, or does not offer it (35).',
    hint: 'Delegation tokens need Kafka 2.0 or newer, in KRaft mode 3.6, and those for another owner 3.3.',
  },
  ERR_KAFKA_BUSY: {
    oauth: 'temporarily_unavailable',
    means:
      'The brokers cannot do it at the moment: they look for a leader, or did not answer each other in time (7, 41).',
    hint: 'Ask again. If it lasts, look at the log of the controller.',
  },
  ERR_KAFKA_REFUSED: {
    oauth: 'unauthorized_client',
    means: 'The broker refuses the request with an error that has no row of its own.',
    hint: 'Look up the error in the log of the broker.',
  },
  ERR_KAFKA_TOKEN_DISABLED: {
    oauth: 'unauthorized_client',
    means: 'Delegation tokens are switched off (61, DELEGATION_TOKEN_AUTH_DISABLED).',
    hint: 'Set delegation.token.secret.key (delegation.token.master.key before Kafka 3.0) to the same value on all brokers and controllers, and restart them.',
  },
  ERR_KAFKA_TOKEN_NOT_FOUND: {
    oauth: 'unauthorized_client',
    means: 'The cluster knows no such delegation token (62): it was never made there, or expired and was swept.',
    hint: 'Compare the HMAC, and the cluster; delegation-token describe lists the tokens that you may see.',
  },
  ERR_KAFKA_TOKEN_OWNER: {
    oauth: 'unauthorized_client',
    means: 'Only the owner and the renewers may renew and expire a token (63), not even its requester or a super user.',
    hint: 'Log in as the owner or as a renewer; whoever makes tokens for others has to be named with --renewer-principal when it is made.',
  },
  ERR_KAFKA_TOKEN_NOT_ALLOWED: {
    oauth: 'unauthorized_client',
    means: 'This connection may not handle delegation tokens (64): it has no login, or was itself made with a token.',
    hint: 'Log in by SASL (OAUTHBEARER, SCRAM, PLAIN) or with a client certificate, and not with a delegation token.',
  },
  ERR_KAFKA_TOKEN_AUTHORIZATION: {
    oauth: 'unauthorized_client',
    means: 'The login may not do this with the tokens of that owner (65).',
    hint: 'Allow it: kafka-acls.sh --bootstrap-server <server> --add --allow-principal <login> --operation CreateTokens --user-principal <owner>; to see the tokens of others it is DescribeTokens.',
  },
  ERR_KAFKA_TOKEN_EXPIRED: {
    oauth: 'unauthorized_client',
    means:
      'The token has expired (66). Until the controller sweeps it, brokers let it in and cut the connection at once.',
    hint: 'Make a new token; an expired one cannot be renewed.',
  },
  ERR_KAFKA_TOKEN_PRINCIPAL_TYPE: {
    oauth: 'unauthorized_client',
    means: 'Owners and renewers have to be of the type User (67).',
    hint: 'Write principals as User:name.',
  },
  ERR_KAFKA_TOKEN_HMAC: {
    oauth: 'unauthorized_client',
    means: 'The HMAC is none: it is base64 of 64 bytes.',
    hint: 'Copy it whole, with its = signs at the end: 88 characters, as delegation-token describe prints it.',
  },
  ERR_KAFKA_TOKEN_REFUSED: {
    oauth: 'unauthorized_client',
    means:
      'A broker refuses a token that others take: it has another delegation.token.secret.key, or has not heard of it.',
    hint: 'Give all brokers and controllers the same delegation.token.secret.key, and restart those that differ.',
  },
  ERR_KAFKA_TOKEN_PERIOD: {
    oauth: 'unauthorized_client',
    means: 'The brokers allow no such lifetime or period.',
    hint: 'Correct maxLifetime and renewPeriod: they have to be longer than a minute or so, and overlap shorter than maxLifetime.',
  },
  ERR_KAFKA_TOKEN_NONE: {
    oauth: 'temporarily_unavailable',
    means: 'There is no usable delegation token yet.',
    hint: 'Ask again: it is being made. The log of the sidecar tells what is in the way.',
  },
  ERR_KUBERNETES_SECRET: {
    oauth: 'unauthorized_client',
    means: 'The Kubernetes Secret cannot be read or written.',
    hint: 'Make the empty Secret, and a Role with get, patch and update on it alone for the service account of the sidecar.',
  },
  ERR_CALLER_DELEGATION_TOKEN: {
    oauth: 'unauthorized_client',
    status: 403,
    means: 'The caller may not read this delegation token, or there is none of this name.',
    hint: 'Add its name to callers.<client id>.delegationTokens.',
  },
  ERR_KEY_STORE: {
    oauth: 'unauthorized_client',
    means: 'A trust store or key store towards brokers cannot be read, or does not hold what it is for.',
    hint: 'Use PEM, PKCS12 or JKS, and the password that it was made with.',
  },
  ERR_OUTLET_FILE: {
    oauth: 'server_error',
    means: 'A file that the sidecar keeps fresh cannot be written.',
    hint: 'Let the user of the sidecar write its folder, and give the file a group that this user is in.',
  },
  ERR_TOKEN_PRINCIPAL_CHANGED: {
    oauth: 'unauthorized_client',
    means:
      'A renewal brought a token for another principal. Brokers cut a connection whose principal changes on re-authentication.',
    hint: 'If the new principal is intended, restart the sidecar together with its clients.',
  },
  ERR_TOKEN_NOT_JWT: {
    oauth: 'unauthorized_client',
    means: 'The token is opaque; Kafka clients only take tokens of three parts whose second part is JSON.',
    hint: 'Make the provider issue JWT access tokens. Else idTokenFallback gives its id_token, format: envelope an opaque token in the shape of a JWT for a broker that takes it so, and format: raw the bare token.',
  },
  ERR_TOKEN_CLAIMS: {
    oauth: 'unauthorized_client',
    means:
      'A claim is missing or of a type that Kafka clients refuse: exp and iat are numbers, sub a non-empty string, scope a string or a list of strings.',
    hint: 'Correct the token mapping of the provider.',
  },
  ERR_TOKEN_EXPIRED: {
    oauth: 'temporarily_unavailable',
    means: 'The source handed out a token that has expired, or does so within seconds.',
    hint: 'Compare the clocks of this host and of the provider.',
  },
  ERR_TOKEN_TOO_LARGE: {
    oauth: 'unauthorized_client',
    means: 'The token is larger than 500 KB; brokers close the connection on it (sasl.server.max.receive.size).',
    hint: 'Make the provider put fewer claims, such as groups, into the token.',
  },
  ERR_TOKEN_TIMEOUT: {
    oauth: 'temporarily_unavailable',
    means: 'The source gave no token within the time that a request is held.',
    hint: 'Ask again: the sidecar keeps trying.',
  },
  ERR_TOKEN_TOO_MANY: {
    oauth: 'temporarily_unavailable',
    means: 'More different scopes and audiences are asked of one profile than are kept.',
    hint: 'Let the clients ask for the same few scopes.',
  },
  ERR_TOKEN_CLOSED: {
    oauth: 'temporarily_unavailable',
    means: 'The sidecar is shutting down.',
    hint: 'Ask again once it runs.',
  },
  ERR_TOKEN_INTERNAL: {
    oauth: 'server_error',
    means: 'A defect of the sidecar.',
    hint: 'Look at the log of the sidecar, and please report it.',
  },
} as const satisfies Record<string, ErrorRow>
