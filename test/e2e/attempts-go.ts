import type { Case } from './attempts.ts'
import { type AttemptWorld, password } from './attempts-world.ts'

/** A case of go/attempts, in its names. */
interface GoAttempt {
  readonly Bootstrap?: string
  readonly Mechanism?: string
  readonly Endpoint?: string
  readonly Username?: string
  readonly Password?: string
  readonly TLS?: boolean
  readonly CaFile?: string
}

/** How programs in Go fail, by library, and what mends it. */
export function goCases(world: AttemptWorld): readonly Case[] {
  const { oauth, tls, scram, nobody, caFile, good, failing, failingByTls } = world
  const byTls = { Bootstrap: tls, TLS: true, CaFile: caFile }
  const byPassword = { Bootstrap: scram, Mechanism: 'PLAIN', Username: 'alice', Password: password }
  const right = { Bootstrap: oauth, Mechanism: 'OAUTHBEARER', Endpoint: good }

  const clients = ['franz-go', 'sarama', 'kafka-go'].flatMap((Library) => {
    const one = (name: string, is: Case['is'], broken: GoAttempt, mended: GoAttempt = {}): Case => ({
      name: `${Library} ${name}`,
      is,
      broken: { Library, ...right, ...broken },
      mended: { Library, ...right, ...mended },
    })
    const endpoint = (path: string, is: Case['is']) =>
      one(path, is, { Endpoint: `${failing}/${path}` }, { Endpoint: `${failing}/mended/${path}` })
    const hangsUp = { 'franz-go': 'go-sasl-missing', sarama: 'go-broker-closes' }[Library]
    // Sarama tells it to its logger alone.
    const notEnabled = Library === 'sarama' ? 'go-sarama-out-of-brokers' : 'go-mechanism-not-enabled'
    // Which kafka-go ends with a mere EOF.
    const tlsAtPlaintext = { 'franz-go': 'go-tls-at-plaintext', sarama: 'go-broker-closes' }[Library]
    return [
      endpoint('expires-in-float', 'go-expires-in'),
      endpoint('html', 'go-answer-not-json'),
      endpoint('400', 'go-endpoint-refuses'),
      // The code of the sidecar says more than that of OAuth.
      endpoint('401', 'err-caller-unknown'),
      one('endpoint-nobody', 'go-endpoint-connection-refused', { Endpoint: `http://${nobody}` }),
      // kafka-go gives what the broker says, sarama what the broker says after that.
      endpoint('foreign', Library === 'kafka-go' ? 'invalid-token' : 'go-token-refused'),
      one('listener', notEnabled, { Bootstrap: scram }),
      one('mechanism', notEnabled, { ...byPassword, Bootstrap: oauth }, byPassword),
      one('password', 'plain-credentials', { ...byPassword, Password: 'wrong' }, byPassword),
      one('plaintext-at-tls', 'go-plaintext-at-tls', { Bootstrap: tls }, byTls),
      ...(tlsAtPlaintext === undefined
        ? []
        : [one('tls-at-plaintext', tlsAtPlaintext, { ...byTls, Bootstrap: oauth }, byTls)]),
      one('broker-ca', 'go-broker-unknown-ca', { ...byTls, CaFile: '' }, byTls),
      one('broker-nobody', 'go-broker-refused', { Bootstrap: nobody }),
      ...(hangsUp === undefined ? [] : [one('no-login', hangsUp, { Mechanism: '' })]),
      ...(Library === 'sarama' ? [one('no-provider', 'go-sarama-no-provider', { Endpoint: '' })] : []),
    ]
  })

  const token = (name: string, is: Case['is'], Endpoint: string): Case => ({
    name: `oauth2 ${name}`,
    is,
    broken: { Library: 'oauth2', Endpoint },
    mended: { Library: 'oauth2', Endpoint: good },
  })
  const errors = Object.keys({
    invalid_client: 0,
    invalid_grant: 0,
    invalid_request: 0,
    invalid_scope: 0,
    unauthorized_client: 0,
    unsupported_grant_type: 0,
    temporarily_unavailable: 0,
    server_error: 0,
  })
  return [
    ...clients,
    ...errors.map((code) => token(code, 'go-endpoint-refuses', `${failing}/error/${code}`)),
    token('403', 'go-endpoint-status', `${failing}/403`),
    token('404', 'go-endpoint-status', `${failing}/404`),
    token('empty', 'go-answer-not-json', `${failing}/empty`),
    token('no-access-token', 'go-answer-not-json', `${failing}/no-access-token`),
    token('expires-in-text', 'go-expires-in', `${failing}/expires-in-text`),
    token('closes-at-once', 'go-endpoint-closes', `${failing}/closes-at-once`),
    token('scheme', 'go-endpoint-scheme', good.replace('http://', '')),
    token('not-tls', 'go-endpoint-not-tls', good.replace('http:', 'https:')),
    token('unknown-ca', 'go-endpoint-unknown-ca', `${failingByTls}/mended`),
    token('unknown-host', 'go-endpoint-unknown-host', 'http://no-such-host.invalid/token'),
  ]
}
