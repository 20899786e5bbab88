import type { ErrorRow } from './error.ts'

const formExample =
  'Send POST with Content-Type: application/x-www-form-urlencoded and the body grant_type=client_credentials.'

/** Every failure that a client or an operator can meet. `docs/errors.md` is made from this table. */
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
    hint: 'Use localhost in sasl.oauthbearer.token.endpoint.url, or list the name with --allowed-hosts (listen.allowedHosts).',
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
  ERR_KEY_FILE: {
    oauth: 'server_error',
    means: 'The file of the signing key cannot be read, written or understood.',
    hint: 'Name a private key in PEM form that the user of the sidecar can read.',
  },
  ERR_KEY_TYPE: {
    oauth: 'server_error',
    means: 'The key does not fit the algorithm.',
    hint: 'RS256 needs an RSA key of at least 2048 bits, ES256 an EC key on P-256.',
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
    hint: 'Make the provider issue JWT access tokens, or use format: raw if the client really wants the bare token.',
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
