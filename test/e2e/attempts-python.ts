import type { Case } from './attempts.ts'
import { type AttemptWorld, password } from './attempts-world.ts'

type Settings = Readonly<Record<string, string | number | undefined>>
interface More {
  readonly endpoint?: string | undefined
  /** Empty: those of the system. */
  readonly ca?: string
  readonly provider?: 'of another class'
}

/** How kafka-python 3 and 2 and aiokafka fail, and what mends it. */
export function pythonCases(world: AttemptWorld): readonly Case[] {
  const { oauth, tls, scram, nobody, caFile, good, failing } = world
  return ['kafka-python', 'kafka-python-2', 'aiokafka'].flatMap((library) => {
    const right: Settings = {
      bootstrap_servers: oauth,
      security_protocol: 'SASL_PLAINTEXT',
      sasl_mechanism: 'OAUTHBEARER',
    }
    /** How long it tries to get hold of a broker: long enough for a busy machine. */
    const patience = (ms: number): Settings => {
      if (library === 'kafka-python') return { bootstrap_timeout_ms: ms }
      return library === 'kafka-python-2' ? { api_version_auto_timeout_ms: ms } : {}
    }
    const attempt = (settings: Settings, more: More) => ({
      library: library.replace('-2', ''),
      endpoint: good,
      ...more,
      settings: { ...right, ...settings },
    })
    const one = (name: string, is: Case['is'], broken: [Settings, More?], mended: [Settings?, More?] = []): Case => ({
      name: `${library} ${name}`,
      is,
      broken: attempt({ ...patience(10_000), ...broken[0] }, broken[1] ?? {}),
      mended: attempt({ ...patience(60_000), ...mended[0] }, mended[1] ?? {}),
    })
    const endpoint = (path: string, is: Case['is']) =>
      one(path, is, [{}, { endpoint: `${failing}/${path}` }], [{}, { endpoint: `${failing}/mended/${path}` }])
    const byTls: [Settings, More] = [{ bootstrap_servers: tls, security_protocol: 'SASL_SSL' }, { ca: caFile }]
    const byPassword = { bootstrap_servers: scram, sasl_mechanism: 'PLAIN', sasl_plain_username: 'alice' }
    const isAsync = library === 'aiokafka'
    return [
      one('no-provider', 'python-no-provider', [{}, { endpoint: undefined }]),
      one('provider', 'python-no-provider', [{}, { endpoint: undefined, provider: 'of another class' }]),
      one('setting', 'python-unknown-setting', [{ sasl_oauthbearer_token_endpoint_url: good }]),
      endpoint('401', 'python-endpoint-status'),
      endpoint('no-access-token', 'python-no-access-token'),
      one('endpoint-nobody', 'python-endpoint-refused', [{}, { endpoint: `http://${nobody}` }]),
      // kafka-python often sees the end of the connection before the reason.
      endpoint('foreign', isAsync ? 'python-token-refused' : ['invalid-token', 'python-disconnected']),
      one('listener', ['python-mechanism-not-enabled', 'python-disconnected'], [{ bootstrap_servers: scram }]),
      one('plaintext-at-tls', 'python-disconnected', [{ bootstrap_servers: tls }], byTls),
      one('broker-ca', 'python-broker-unknown-ca', [byTls[0], { ca: '' }], byTls),
      one('broker-nobody', 'python-no-brokers', [{ bootstrap_servers: nobody }]),
      ...(isAsync
        ? [
            one('mechanism', 'python-unknown-mechanism', [{ sasl_mechanism: 'OAUTH' }]),
            one('no-mechanism', 'python-unknown-mechanism', [{ sasl_mechanism: undefined }]),
            one('ssl-context', 'python-ssl-context', [byTls[0]], byTls),
            one('no-login', 'python-disconnected', [{ security_protocol: undefined }]),
          ]
        : [
            one(
              'tls-at-plaintext',
              'python-tls-at-plaintext',
              [{ security_protocol: 'SASL_SSL' }, { ca: caFile }],
              byTls,
            ),
            one(
              'password',
              ['plain-credentials', 'python-disconnected'],
              [{ ...byPassword, sasl_plain_password: 'wrong' }],
              [{ ...byPassword, sasl_plain_password: password }],
            ),
          ]),
    ]
  })
}
