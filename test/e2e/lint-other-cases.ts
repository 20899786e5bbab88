import type { Target } from './lint-cases.ts'
import type { listenerLines } from './lint-broker.ts'

type Lines = ReturnType<typeof listenerLines> & { readonly mechanisms: string }

/** Brokers that end as they start, with this one thing wrong. */
export const brokerStarts: readonly {
  readonly rule: string
  readonly change: (lines: Lines) => readonly string[]
  readonly printed?: string
}[] = [
  { rule: 'broker-jaas-missing', change: (lines) => Object.values({ ...lines, jaas: '' }) },
  {
    rule: 'broker-jaas-options',
    change: (lines) =>
      Object.values({ ...lines, jaas: lines.jaas.replace('required;', 'required clientId="broker";') }),
  },
  {
    rule: 'broker-prefix-case',
    change: (lines) => Object.values({ ...lines, jaas: lines.jaas.replace('oauthbearer.', 'OAUTHBEARER.') }),
  },
  {
    rule: 'broker-validator-wrong',
    change: (lines) =>
      Object.values({ ...lines, handler: lines.handler.replace('ValidatorCallback', 'LoginCallback') }),
    printed: 'The OAuth configuration option sasl.oauthbearer.token.endpoint.url value is required',
  },
  {
    rule: 'allowed-urls-mismatch',
    change: (lines) => Object.values({ ...lines, jwks: `${lines.jwks}/` }),
    printed: 'The URL cannot be accessed due to restrictions.',
  },
]

type Settings = Readonly<Record<string, string>>

export interface LibrdkafkaCase {
  readonly name: string
  readonly rule: string
  readonly wrong: Settings
  readonly right: Settings
  readonly printed?: string
}

/** Each rule broken at the settings that work, and mended again. */
export function librdkafkaCases({ bootstrap, endpoint, secureEndpoint, caFile }: Target): readonly LibrdkafkaCase[] {
  const good = {
    'bootstrap.servers': bootstrap,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanisms': 'OAUTHBEARER',
    'sasl.oauthbearer.method': 'oidc',
    'sasl.oauthbearer.token.endpoint.url': endpoint,
    'sasl.oauthbearer.client.id': 'unused',
    'sasl.oauthbearer.client.secret': 'unused',
  }
  const without = (name: keyof typeof good): Settings =>
    Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const broken = (rule: string, wrong: Settings, right: Settings = good, printed?: string): LibrdkafkaCase => ({
    name: printed === undefined ? rule : `${rule} (${printed.slice(0, 20)})`,
    rule,
    wrong,
    right,
    ...(printed !== undefined && { printed }),
  })
  return [
    broken('librdkafka-method-missing', without('sasl.oauthbearer.method')),
    broken('librdkafka-token-endpoint-url-missing', without('sasl.oauthbearer.token.endpoint.url')),
    broken('librdkafka-client-id-missing', without('sasl.oauthbearer.client.id')),
    broken('librdkafka-client-secret-missing', without('sasl.oauthbearer.client.secret')),
    broken('setting-of-java', { ...good, 'sasl.jaas.config': 'x' }),
    broken('unknown-setting', { ...good, 'sasl.oauthbearer.scopes': 'kafka' }),
    broken(
      'mechanism-misspelled',
      { ...good, 'sasl.mechanisms': 'OAuthBearer' },
      good,
      'Unsupported SASL mechanism: OAuthBearer',
    ),
    broken(
      'extension-name',
      { ...good, 'sasl.oauthbearer.extensions': 'identity_pool_id=pool-1' },
      { ...good, 'sasl.oauthbearer.extensions': 'identityPoolId=pool-1' },
      'SASL/OAUTHBEARER extension keys must only consist of A-Z or a-z characters',
    ),
    broken(
      'librdkafka-jwt-bearer-key',
      { ...good, 'sasl.oauthbearer.grant.type': 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      { ...good, 'sasl.oauthbearer.grant.type': 'client_credentials' },
    ),
    broken(
      'librdkafka-endpoint-authority',
      { ...good, 'sasl.oauthbearer.token.endpoint.url': secureEndpoint, 'ssl.ca.location': caFile },
      {
        ...good,
        'sasl.oauthbearer.token.endpoint.url': secureEndpoint,
        'ssl.ca.location': caFile,
        'https.ca.location': caFile,
      },
      // Which authorities there are is the system's; so is what is said of them.
      'Failed to acquire SASL OAUTHBEARER token: ',
    ),
    broken('security-protocol-missing', { ...good, 'security.protocol': 'PLAINTEXT' }),
    broken(
      'delegation-token-librdkafka',
      {
        'bootstrap.servers': bootstrap,
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanisms': 'SCRAM-SHA-512',
        'sasl.username': 'A'.repeat(22),
        'sasl.password': `${'A'.repeat(86)}==`,
      },
      good,
      // The listener of this run has no SCRAM; what one with it says is seen at Java.
      'SASL',
    ),
  ]
}
