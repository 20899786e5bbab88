import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { expectComplete } from './expectations.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { delegationToken, keepFromLogs, passwordLogin, startTokenFileClient } from './kafka-cluster-clients.ts'
import { keyStore, storePassword, trustStore } from './kafka-cluster-stores.ts'

const users = { sam: 'sams-password', sally: 'sallys-password', paul: 'pauls-password', tom: 'toms-password' }
const certificates = { mia: 'CN=mia', kim: 'CN=kim' }

const topicOf = (owner: string) => `of-${owner.replace('CN=', '')}`

let cluster: KafkaCluster
let folder: string
let trusted: string
const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

beforeAll(async () => {
  const { tools, folder: root, issuer, sidecar } = inject('e2e')
  folder = join(root, 'delegation-token')
  mkdirSync(folder)
  const oauth = { jwksUrl: `${sidecar}/jwks`, issuer: issuer.issuer, audience: issuer.audience }
  const mechanisms = ['OAUTHBEARER', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'] as const
  const owners = ['alice', ...Object.keys(users), ...Object.values(certificates)]
  cluster = await startCluster({
    classpath: tools.broker,
    folder: join(folder, 'cluster'),
    secretKey: 'the-same-everywhere',
    listeners: {
      SASL: { protocol: 'SASL_PLAINTEXT', mechanisms, oauth },
      TLS: { protocol: 'SASL_SSL', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] },
      MTLS: { protocol: 'SSL' },
    },
    users,
    acls: owners.map((user) => ({ user, may: 'ALL', on: 'TOPIC', named: topicOf(user) })),
  })
  mkdirSync(join(folder, 'jvm'))
  trusted = await trustStore(join(folder, 'jvm'), 'PKCS12', cluster.tls.caFile)
})
afterAll(() => cluster.stop())

interface Login {
  readonly by: string
  readonly owner: string
  /** Options of the command, and the listener where the token is used. */
  readonly options: () => readonly string[] | Promise<readonly string[]>
  readonly usedAt?: 'TLS'
  readonly mechanism?: 'SCRAM-SHA-256'
}

const tls = () => ({ client: cluster.tls.client, caFile: cluster.tls.caFile })
const at = (listener: string) => ['--bootstrap-server', cluster.bootstrap[listener] ?? '']
const properties = (name: string, content: string) => ['--command-config', file(`${name}.properties`, content)]

const logins: readonly Login[] = [
  {
    by: "a profile's access token",
    owner: 'alice',
    options: () => {
      const profiles = { alice: { source: 'self-issued', ...inject('e2e').issuer, subject: 'alice' } }
      const config = file('sidecar.yaml', JSON.stringify({ profiles }))
      return [...at('SASL'), '--security-protocol', 'SASL_PLAINTEXT', '--config', config, '--profile', 'alice']
    },
  },
  {
    by: 'SCRAM-SHA-512',
    owner: 'sam',
    options: () => [...at('SASL'), ...properties('sam', passwordLogin('sam', users.sam))],
  },
  {
    by: 'SCRAM-SHA-256, with another mechanism for the token',
    owner: 'sally',
    mechanism: 'SCRAM-SHA-256',
    options: () => {
      const login = passwordLogin('sally', users.sally, 'SCRAM-SHA-256')
      return [...at('SASL'), ...properties('sally', login), '--mechanism', 'SCRAM-SHA-256']
    },
  },
  {
    by: 'PLAIN, on the many lines that people write',
    owner: 'paul',
    options: () => {
      const login = passwordLogin('paul', users.paul, 'PLAIN').replaceAll(
        / (?=required|username|password)/g,
        ' \\\n    ',
      )
      return [...at('SASL'), ...properties('paul', `! of the team\n${login}`)]
    },
  },
  {
    by: 'SCRAM over TLS, trusting what is in a JKS store',
    owner: 'tom',
    usedAt: 'TLS',
    options: async () => {
      const store = await trustStore(folder, 'JKS', tls().caFile)
      const trust = `ssl.truststore.type=JKS\nssl.truststore.location=${store}\nssl.truststore.password=${storePassword}\n`
      const login = passwordLogin('tom', users.tom).replace('SASL_PLAINTEXT', 'SASL_SSL')
      return [...at('TLS'), ...properties('tom', login + trust)]
    },
  },
  {
    by: 'a client certificate in PEM files',
    owner: certificates.mia,
    usedAt: 'TLS',
    options: () => {
      const { bothFile } = tls().client('mia')
      const key = `ssl.keystore.type=PEM\nssl.keystore.location=${bothFile}\n`
      const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${tls().caFile}\n`
      return [...at('MTLS'), ...properties('mia', `security.protocol=SSL\n${key}${trust}`)]
    },
  },
  {
    by: 'a client certificate in PKCS12 stores of keytool',
    owner: certificates.kim,
    usedAt: 'TLS',
    options: async () => {
      const key = await keyStore(folder, tls().client('kim'))
      const trust = await trustStore(folder, 'PKCS12', tls().caFile)
      const lines = [
        'security.protocol=SSL',
        `ssl.keystore.location=${key}\nssl.keystore.password=${storePassword}\nssl.key.password=${storePassword}`,
        // Without a type it is PKCS12, of which keytool says so too.
        `ssl.truststore.location=${trust}\nssl.truststore.password=${storePassword}`,
      ]
      return [...at('MTLS'), ...properties('kim', lines.join('\n'))]
    },
  },
]

describe.concurrent('a delegation token, made by a login with', () => {
  it.for(logins)('$by, is what a Java client needs', async ({ owner, options, usedAt, mechanism }, { expect }) => {
    const e2e = inject('e2e')
    const out = join(folder, `${topicOf(owner)}.token.properties`)
    const ran = await delegationToken(e2e, ['create', ...(await options()), '--output', 'properties', '--out', out])
    expect(ran).toMatchObject({ code: 0 })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const content = readFileSync(out, 'utf8')
    const [, id = '', hmac = ''] = /username="(\S+)" password="(\S+)"/.exec(content) ?? []
    keepFromLogs(e2e, [hmac])
    expect(ran.stdout + ran.stderr).not.toContain(hmac)
    expect(content).toContain(`sasl.mechanism=${mechanism ?? 'SCRAM-SHA-512'}\n`)
    expect(content).toContain(`security.protocol=${usedAt ? 'SASL_SSL' : 'SASL_PLAINTEXT'}\n`)

    await using client = startTokenFileClient(e2e, {
      file: out,
      bootstrap: cluster.bootstrap[usedAt ?? 'SASL'] ?? '',
      topic: topicOf(owner),
      mode: 'hold',
      records: 30,
      // Whom the JVM trusts is what remains to be said; the file itself is as it was printed.
      jvm: ['', 'Password'].map((what) => `-Djavax.net.ssl.trustStore${what}=${what ? storePassword : trusted}`),
    })
    const exchange = await client.exchange()
    expectComplete(exchange)
    expect(exchange.tokens).toEqual([id])
  })
})
