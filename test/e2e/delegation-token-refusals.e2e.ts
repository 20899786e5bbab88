import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePorts } from './child-process.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { delegationToken, keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'

const users = { keeper: 'keepers-password', stranger: 'strangers-password' }
type User = keyof typeof users

let cluster: KafkaCluster
let keyless: KafkaCluster
let folder: string
const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

beforeAll(async () => {
  const { tools, folder: root } = inject('e2e')
  folder = join(root, 'delegation-token-refusals')
  mkdirSync(folder)
  const scram = { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } as const
  const options = { classpath: tools.broker, users }
  const withKey = startCluster({
    ...options,
    folder: join(folder, 'cluster'),
    secretKey: 'the-same-everywhere',
    listeners: {
      SCRAM: scram,
      PLAIN: { protocol: 'SASL_PLAINTEXT', mechanisms: ['PLAIN'] },
      TLS: { protocol: 'SASL_SSL', mechanisms: ['SCRAM-SHA-512'] },
      MTLS: { protocol: 'SSL' },
    },
    acls: [{ user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:spark' }],
  })
  const without = startCluster({ ...options, folder: join(folder, 'keyless'), listeners: { SCRAM: scram } })
  ;[cluster, keyless] = await Promise.all([withKey, without])
})
afterAll(async () => {
  await Promise.all([cluster.stop(), keyless.stop()])
})

const properties = (content: string) => [
  '--command-config',
  file(`${randomBytes(6).toString('hex')}.properties`, content),
]
const at = (listener: string) => ['--bootstrap-server', cluster.bootstrap[listener] ?? '']
const as = (user: User, listener = 'SCRAM') => [...at(listener), ...properties(passwordLogin(user, users[user]))]

async function created(...options: readonly string[]) {
  const ran = await delegationToken(inject('e2e'), ['create', ...as('keeper'), '--output', 'json', ...options])
  const token = JSON.parse(ran.stdout) as { tokenId: string; tokenHmac: string; saslJaasConfig: string }
  keepFromLogs(inject('e2e'), [token.tokenHmac])
  return token
}

interface Refusal {
  readonly what: string
  readonly run: () => readonly string[] | Promise<readonly string[]>
  readonly exit: number
  /** Code and what an operator has to read. */
  readonly says: readonly string[]
}

const byFile = (hmac: string) => ['--hmac-file', file(`${randomBytes(6).toString('hex')}.hmac`, hmac)]

const refusals: readonly Refusal[] = [
  {
    what: 'a wrong password (58)',
    run: () => ['create', ...at('SCRAM'), ...properties(passwordLogin('keeper', 'wrong'))],
    exit: 5,
    says: ['ERR_KAFKA_LOGIN', '58'],
  },
  {
    what: 'brokers without a secret key (61)',
    run: () => {
      const login = properties(passwordLogin('keeper', users.keeper))
      return ['create', '--bootstrap-server', keyless.bootstrap['SCRAM'] ?? '', ...login]
    },
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_DISABLED', '61', 'delegation.token.secret.key', 'delegation.token.master.key'],
  },
  {
    what: 'an HMAC that no token has (62)',
    run: () => ['renew', ...as('keeper'), ...byFile(randomBytes(64).toString('base64'))],
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_NOT_FOUND', '62'],
  },
  {
    what: 'a renewal by who is neither owner nor renewer (63)',
    run: async () => ['renew', ...as('stranger'), ...byFile((await created()).tokenHmac)],
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_OWNER', '63', '--renewer-principal'],
  },
  {
    what: 'a listener without login (64)',
    run: () => ['create', '--bootstrap-server', cluster.internal, ...properties('security.protocol=PLAINTEXT')],
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_NOT_ALLOWED', '64'],
  },
  {
    what: 'a login by a delegation token (64)',
    run: async () => {
      const { saslJaasConfig } = await created()
      const lines = [
        'security.protocol=SASL_PLAINTEXT',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=${saslJaasConfig}`,
      ]
      return ['describe', ...at('SCRAM'), ...properties(lines.join('\n'))]
    },
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_NOT_ALLOWED', '64', 'delegation token'],
  },
  {
    what: 'a token for whom the ACL CreateTokens does not name (65)',
    run: () => ['create', ...as('stranger'), '--owner-principal', 'User:spark'],
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_AUTHORIZATION', '65', '--operation CreateTokens --user-principal'],
  },
  {
    what: 'the renewal of what has expired (66)',
    run: async () => {
      const { tokenHmac } = await created()
      const expire = ['expire', ...as('keeper'), ...byFile(tokenHmac), '--expiry-time-period', '0']
      await delegationToken(inject('e2e'), expire)
      await sleep(500)
      return ['renew', ...as('keeper'), ...byFile(tokenHmac)]
    },
    exit: 5,
    says: ['ERR_KAFKA_TOKEN_EXPIRED', '66'],
  },
  {
    what: 'a group for a renewer (67)',
    run: () => ['create', ...as('keeper'), '--renewer-principal', 'Group:jobs'],
    exit: 2,
    says: ['--renewer-principal', 'User:'],
  },
  {
    what: 'a group for an owner, whom brokers would let in as a user',
    run: () => ['create', ...as('keeper'), '--owner-principal', 'Group:jobs'],
    exit: 2,
    says: ['--owner-principal', 'User:'],
  },
  {
    what: 'a listener without SCRAM (33)',
    run: () => ['create', ...as('keeper', 'PLAIN')],
    exit: 5,
    says: ['ERR_KAFKA_MECHANISM', '33', 'PLAIN'],
  },
  {
    what: 'an HMAC that is none',
    run: () => ['renew', ...as('keeper'), ...byFile('bm90IGFuIEhNQUM=')],
    exit: 2,
    says: ['ERR_KAFKA_TOKEN_HMAC', '88'],
  },
  {
    what: 'a period that is none',
    run: () => ['create', ...as('keeper'), '--max-life-time-period', 'tomorrow'],
    exit: 2,
    says: ['--max-life-time-period', 'tomorrow'],
  },
  {
    what: 'a server that is not there',
    run: async () => {
      const [port] = await freePorts(1)
      const login = properties(passwordLogin('keeper', users.keeper))
      return ['create', '--bootstrap-server', `127.0.0.1:${port ?? 0}`, ...login]
    },
    exit: 5,
    says: ['ERR_KAFKA_UNREACHABLE', '127.0.0.1:'],
  },
  {
    what: 'TLS at a listener without',
    run: () => {
      const login = passwordLogin('keeper', users.keeper).replace('SASL_PLAINTEXT', 'SASL_SSL')
      return ['create', ...at('SCRAM'), ...properties(login)]
    },
    exit: 5,
    says: ['security.protocol'],
  },
  {
    what: 'no TLS at a listener with',
    run: () => ['create', ...as('keeper', 'TLS')],
    exit: 5,
    says: ['security.protocol'],
  },
  {
    what: 'a certificate of an unknown authority',
    run: () => {
      const login = passwordLogin('keeper', users.keeper).replace('SASL_PLAINTEXT', 'SASL_SSL')
      return ['create', ...at('TLS'), ...properties(login)]
    },
    exit: 5,
    says: ['ERR_KAFKA_TLS', 'ssl.truststore.location'],
  },
  {
    what: 'no certificate where one is demanded',
    run: () => {
      const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${cluster.tls.caFile}`
      return ['create', ...at('MTLS'), ...properties(`security.protocol=SSL\n${trust}`)]
    },
    exit: 5,
    says: ['ERR_KAFKA_TLS', 'certificate'],
  },
  {
    what: 'Kerberos',
    run: () => {
      const jaas = 'com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab="/k" principal="k@R";'
      const login = `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=GSSAPI\nsasl.jaas.config=${jaas}`
      return ['create', ...at('SCRAM'), ...properties(login)]
    },
    exit: 2,
    says: ['GSSAPI'],
  },
]

describe('delegation-token says in words what is wrong with', () => {
  it.each(refusals)('$what', async ({ run, exit, says }) => {
    const ran = await delegationToken(inject('e2e'), await run())
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: exit, stdout: '' })
    for (const text of says) expect(ran.stderr).toContain(text)
  })

  it('a listener without SCRAM, by check', async () => {
    const { tokenId } = await created()
    const scram = ['--scram-bootstrap-server', cluster.bootstrap['PLAIN'] ?? '']
    const check = ['check', ...as('keeper'), '--token-id', tokenId, ...scram, '--output', 'json']
    const ran = await delegationToken(inject('e2e'), check)
    expect(ran.code).toBe(6)
    const broker = { outcome: 'refuses', code: 'ERR_KAFKA_MECHANISM', why: expect.stringContaining('SCRAM') as string }
    expect(JSON.parse(ran.stdout)).toMatchObject({ brokers: [broker] })
  })
})
