import { java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What Java prints about TLS with brokers and token endpoints. */
export const javaTlsTroubles: readonly Trouble[] = [
  {
    id: 'certificate-unknown-ca',
    title: 'Java does not trust the certificate',
    texts: [
      { by: [...java, 'broker'], text: 'PKIX path building failed' },
      { by: [...java, 'broker'], text: 'unable to find valid certification path to requested target' },
    ],
    cause:
      'The certificate of the other side is of a CA that is not in the truststore: at a broker that of ssl.truststore.location (without one, that of the JVM), at a token endpoint or JWKS that of the ssl options in sasl.jaas.config.',
    fixes: [
      {
        say: 'Towards brokers: name the CA.',
        paste: 'ssl.truststore.type=PEM\nssl.truststore.location=/etc/kafka/ca.pem',
      },
      {
        say: 'Towards the token endpoint: among the options of sasl.jaas.config, as it does not read the lines above.',
        paste:
          'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ssl.truststore.type="PEM" ssl.truststore.location="/etc/kafka/ca.pem";',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'certificate-other-name',
    title: 'The certificate is for another name',
    texts: [
      { by: java, text: 'No subject alternative names matching IP address <host> found' },
      { by: java, text: 'No subject alternative DNS name matching <host> found.' },
      { by: java, text: 'No name matching <host> found', unseen: true },
      { by: java, text: 'No subject alternative names present', unseen: true },
    ],
    cause:
      'The name or address by which the client connects is not among the names of the certificate. Brokers are asked by what advertised.listeners says, not only by bootstrap.servers.',
    fixes: [
      {
        say: 'See the names of the certificate, and connect by one of them.',
        paste: 'openssl s_client -connect <host:port> </dev/null | openssl x509 -noout -ext subjectAltName',
      },
      { say: 'Or issue a certificate that has all names in advertised.listeners.' },
    ],
    seen: seenInJava,
  },
  {
    id: 'client-certificate-refused',
    title: 'The broker wants a certificate of the client, or does not accept it',
    texts: [
      { by: java, text: 'Received fatal alert: bad_certificate' },
      { by: java, text: 'Received fatal alert: certificate_required', unseen: true },
      { by: java, text: 'Received fatal alert: certificate_unknown', unseen: true },
      { by: ['broker'], text: 'Empty client certificate chain', unseen: true },
    ],
    cause:
      'The listener has ssl.client.auth=required, and the client shows no certificate or one of a CA that the broker does not know. certificate_unknown at a broker also means the contrary: a client that does not trust the broker.',
    fixes: [
      {
        say: 'Give the client its key and certificate, both in one PEM file.',
        paste: 'ssl.keystore.type=PEM\nssl.keystore.location=/etc/kafka/client.pem',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'certificate-expired',
    title: 'A certificate has expired, or is not valid yet',
    texts: [
      { by: [...java, 'broker'], text: 'CertificateExpiredException: NotAfter: <time>' },
      { by: [...java, 'broker'], text: 'CertificateNotYetValidException: NotBefore: <time>', unseen: true },
      { by: [...java, 'broker'], text: 'PKIX path validation failed' },
    ],
    cause: 'The certificate of the other side, or one between it and its CA, is out of date by the clock of this host.',
    fixes: [
      {
        say: 'See its dates, and the clock.',
        paste: 'openssl s_client -connect <host:port> </dev/null | openssl x509 -noout -dates; date -u',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'tls-versions',
    title: 'Both sides speak TLS, but no version or cipher in common',
    texts: [
      { by: [...java, 'broker'], text: 'Received fatal alert: protocol_version' },
      { by: [...java, 'broker'], text: 'Received fatal alert: handshake_failure', unseen: true },
      {
        by: [...java, 'broker'],
        text: 'No appropriate protocol (protocol is disabled or cipher suites are inappropriate)',
      },
    ],
    cause:
      'ssl.enabled.protocols or ssl.cipher.suites of one side leave out what the other has; old JVMs lack TLS 1.3. handshake_failure is also how TLS 1.2 tells a missing client certificate.',
    fixes: [{ say: 'Allow both versions on both sides.', paste: 'ssl.enabled.protocols=TLSv1.3,TLSv1.2' }],
    seen: seenInJava,
  },
  {
    id: 'store-password-of-pem',
    title: 'Stores of type PEM have no password',
    texts: [
      { by: [...java, 'broker'], text: 'SSL trust store password cannot be specified for PEM format' },
      {
        by: [...java, 'broker'],
        text: 'SSL key store password cannot be specified with PEM format, only key password may be specified',
      },
      { by: [...java, 'broker'], text: 'SSL trust store is not specified, but trust store password is specified' },
    ],
    cause:
      'ssl.truststore.password and ssl.keystore.password are for JKS and PKCS12. The key in a PEM file may be encrypted, for which there is ssl.key.password.',
    fixes: [
      { say: 'Take the password away.', paste: 'ssl.truststore.type=PEM\nssl.truststore.location=/etc/kafka/ca.pem' },
    ],
    seen: seenInJava,
  },
  {
    id: 'store-unreadable',
    title: 'A truststore or keystore cannot be read',
    texts: [
      { by: [...java, 'broker'], text: 'Failed to load SSL keystore <file> of type <type>' },
      { by: [...java, 'broker'], text: 'Failed to load PEM SSL keystore <file>' },
      { by: [...java, 'broker'], text: 'keystore password was incorrect', unseen: true },
      { by: [...java, 'broker'], text: 'Invalid keystore format' },
    ],
    cause: 'The file is not there, is of another type than said (default is JKS), or the password is another.',
    fixes: [
      {
        say: 'Name the type, for truststore and keystore alike: PEM, PKCS12 or JKS.',
        paste: 'ssl.truststore.type=PEM\nssl.truststore.location=/etc/kafka/ca.pem',
      },
      {
        say: 'See whether file and password fit.',
        paste: ({ file = '<file>' }) => `ls -l ${file}; keytool -list -keystore ${file}`,
      },
    ],
    codes: ['ERR_KEY_STORE'],
    seen: seenInJava,
  },
]
