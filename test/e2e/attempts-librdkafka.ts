import type { Case } from './attempts.ts'
import type { AttemptWorld } from './attempts-world.ts'
import { librdkafka } from './client.ts'

type Settings = Readonly<Record<string, string | undefined>>

const tokenUrl = 'sasl.oauthbearer.token.endpoint.url'
const method = 'sasl.oauthbearer.method'
const protocol = 'security.protocol'
const extensions = 'sasl.oauthbearer.extensions'

/** How confluent-kafka for Python fails, and the settings that mend it. */
export function librdkafkaCases(world: AttemptWorld): readonly Case[] {
  const { oauth, tls, scram, nobody, caFile, good, failing, failingByTls, failingCaFile } = world
  const right: Settings = librdkafka({ bootstrap: oauth, tokenEndpoint: good })
  const one = (name: string, is: Case['is'], broken: Settings, mended: Settings = {}, more: object = {}): Case => ({
    name,
    is,
    broken: { settings: { ...right, ...broken }, ...more },
    mended: { settings: { ...right, ...mended } },
  })
  /** The endpoint is mended, as the settings were right. */
  const endpoint = (path: string, is: Case['is']) =>
    one(path, is, { [tokenUrl]: `${failing}/${path}` }, { [tokenUrl]: `${failing}/mended/${path}` })
  const at = (bootstrap: string, rest: Settings = {}) => ({ 'bootstrap.servers': bootstrap, ...rest })
  const byTls = { [protocol]: 'SASL_SSL', 'ssl.ca.location': caFile }
  const callback = {
    [method]: undefined,
    [tokenUrl]: undefined,
    'sasl.oauthbearer.client.id': undefined,
    'sasl.oauthbearer.client.secret': undefined,
  }

  return [
    one('no-client-id', 'librdkafka-client-id-missing', { 'sasl.oauthbearer.client.id': undefined }),
    one('no-client-secret', 'librdkafka-client-id-missing', { 'sasl.oauthbearer.client.secret': undefined }),
    one('no-token-url', 'librdkafka-token-url-missing', { [tokenUrl]: undefined }),
    one('no-assertion-key', 'librdkafka-assertion-key-missing', {
      'sasl.oauthbearer.grant.type': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    }),
    one('no-mechanism', 'librdkafka-no-mechanism', { 'sasl.mechanisms': undefined }),
    one('mechanism', 'librdkafka-unknown-mechanism', { 'sasl.mechanisms': 'OAUTH' }),
    one('method', 'librdkafka-method', { [method]: 'oidc ' }),
    one('jaas', 'librdkafka-java-settings', {
      'sasl.jaas.config': 'org.apache.kafka...OAuthBearerLoginModule required;',
    }),
    one('java-handler', 'librdkafka-unknown-property', { 'sasl.login.callback.handler.class': 'org.apache.kafka...' }),
    one(
      'pool',
      'librdkafka-unknown-property',
      { 'sasl.oauthbearer.identity_pool_id': 'pool-1' },
      { [extensions]: 'identityPoolId=pool-1' },
    ),
    one(
      'extension',
      'librdkafka-extension',
      { [extensions]: 'identity_pool_id=pool-1' },
      { [extensions]: 'identityPoolId=pool-1' },
    ),
    one('extension-auth', 'librdkafka-extension', { [extensions]: 'auth=x' }),
    one('unsecured', 'librdkafka-unsecured', { 'enable.sasl.oauthbearer.unsecure.jwt': 'true' }),
    one('no-protocol', 'librdkafka-protocol-without-sasl', { [protocol]: undefined }),
    one('no-method', 'librdkafka-silent', { [method]: undefined, 'message.timeout.ms': '3000' }),
    one('no-method-metadata', 'librdkafka-silent', { [method]: undefined }, {}, { metadata: true }),
    one('callback', 'librdkafka-callback-failed', callback, {}, { callback: 'raise' }),

    one('endpoint-nobody', 'librdkafka-endpoint-refused', { [tokenUrl]: `http://${nobody}` }),
    one('endpoint-host', 'librdkafka-endpoint-unknown-host', { [tokenUrl]: 'http://no-such-host.invalid/token' }),
    one('endpoint-url', 'librdkafka-endpoint-url', { [tokenUrl]: '//localhost' }),
    endpoint('hangs', 'librdkafka-endpoint-silent'),
    endpoint('closes-at-once', 'librdkafka-endpoint-closes'),
    one(
      'endpoint-plain',
      'librdkafka-endpoint-closes',
      { [tokenUrl]: `${failingByTls.replace('https', 'http')}/mended` },
      { [tokenUrl]: `${failingByTls}/mended`, 'https.ca.location': failingCaFile },
    ),
    one('endpoint-not-tls', 'librdkafka-endpoint-not-tls', {
      [tokenUrl]: good.replace('http:', 'https:'),
      'https.ca.location': failingCaFile,
    }),
    one(
      'endpoint-ca',
      'librdkafka-endpoint-unknown-ca',
      { [tokenUrl]: `${failingByTls}/mended`, 'https.ca.location': caFile },
      { [tokenUrl]: `${failingByTls}/mended`, 'https.ca.location': failingCaFile },
    ),
    one(
      'endpoint-no-ca-file',
      'librdkafka-endpoint-no-ca-file',
      { [tokenUrl]: `${failingByTls}/mended`, 'ssl.ca.location': failingCaFile },
      { [tokenUrl]: `${failingByTls}/mended`, 'https.ca.location': failingCaFile },
    ),
    endpoint('400', 'librdkafka-endpoint-refuses'),
    endpoint('401', 'err-caller-unknown'),
    endpoint('403', 'librdkafka-endpoint-other-answer'),
    endpoint('404', 'librdkafka-endpoint-other-answer'),
    endpoint('html', 'librdkafka-endpoint-other-answer'),

    endpoint('redirect', 'librdkafka-no-access-token'),
    endpoint('empty', 'librdkafka-no-access-token'),
    endpoint('no-access-token', 'librdkafka-no-access-token'),
    endpoint('opaque', 'librdkafka-token-opaque'),
    endpoint('four-parts', 'librdkafka-token-opaque'),
    endpoint('no-exp', 'librdkafka-token-no-exp'),
    endpoint('no-sub', 'librdkafka-token-no-sub'),
    endpoint('empty-sub', 'librdkafka-token-no-sub'),
    endpoint('expired', 'librdkafka-token-expired'),
    endpoint('exp-text', 'librdkafka-token-expired'),

    endpoint('foreign', 'invalid-token'),
    one('listener', 'librdkafka-mechanism-not-enabled', at(scram)),
    one('tls-at-plaintext', 'librdkafka-tls-at-plaintext', { [protocol]: 'SASL_SSL' }, at(tls, byTls)),
    one('plaintext-at-tls', 'librdkafka-plaintext-at-tls', at(tls), at(tls, byTls)),
    one('broker-ca', 'librdkafka-broker-unknown-ca', at(tls, { [protocol]: 'SASL_SSL' }), at(tls, byTls)),
    one(
      'broker-ca-file',
      'librdkafka-broker-unknown-ca',
      at(tls, { ...byTls, 'ssl.ca.location': '/nonexistent' }),
      at(tls, byTls),
    ),
    one('broker-nobody', 'librdkafka-broker-refused', at(nobody)),
  ]
}
