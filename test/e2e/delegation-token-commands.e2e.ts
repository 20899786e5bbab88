import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { expectComplete } from './expectations.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import {
  delegationToken,
  kafkaCommand,
  keepFromLogs,
  passwordLogin,
  startTokenFileClient,
} from './kafka-cluster-clients.ts'

const users = { keeper: 'keepers-password', auditor: 'auditors-password', stranger: 'strangers-password' }
const owners = ['spark', 'flink', 'connect', 'streams', 'audited', 'short', 'gone', 'revoked']
const minute = 60_000

let cluster: KafkaCluster
let folder: string
const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

beforeAll(async () => {
  const { tools, folder: root } = inject('e2e')
  folder = join(root, 'delegation-token-commands')
  mkdirSync(folder)
  for (const [user, password] of Object.entries(users)) file(`${user}.properties`, passwordLogin(user, password))
  cluster = await startCluster({
    classpath: tools.broker,
    folder: join(folder, 'cluster'),
    secretKey: 'the-same-everywhere',
    maxLifetimeMs: 120 * minute,
    expiryTimeMs: 60 * minute,
    // Not within this suite: expired tokens stay.
    expiryCheckIntervalMs: 60 * minute,
    listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] } },
    users,
    acls: [
      ...owners.map((name) => ({ user: name, may: 'ALL', on: 'TOPIC', named: `of-${name}` }) as const),
      ...owners.map((name) => ({ user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: `User:${name}` }) as const),
      { user: 'auditor', may: 'DESCRIBE_TOKENS', on: 'USER', named: 'User:audited' },
    ],
  })
})
afterAll(() => cluster.stop())

const bootstrap = () => cluster.bootstrap['SASL'] ?? ''
const as = (user: keyof typeof users) => [
  ...['--bootstrap-server', bootstrap()],
  ...['--command-config', join(folder, `${user}.properties`)],
]

interface Described {
  readonly tokenId: string
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  readonly expiresAt: string
  readonly maxLifetimeAt: string
  readonly isExpired: boolean
}

interface Created extends Described {
  readonly tokenHmac: string
}

async function command(...args: readonly string[]) {
  const ran = await delegationToken(inject('e2e'), args)
  if (ran.code !== 0) throw new Error(`delegation-token ${args[0] ?? ''} ended with ${ran.code}: ${ran.stderr}`)
  return ran.stdout
}

async function created(owner: string, ...options: readonly string[]) {
  const made = await command(
    'create',
    ...as('keeper'),
    '--owner-principal',
    `User:${owner}`,
    '--output',
    'json',
    ...options,
  )
  const token = JSON.parse(made) as Created
  keepFromLogs(inject('e2e'), [token.tokenHmac])
  return token
}

async function described(user: keyof typeof users, ...options: readonly string[]) {
  const { tokens } = JSON.parse(await command('describe', ...as(user), '--output', 'json', ...options)) as {
    tokens: readonly Described[]
  }
  return tokens
}

const one = async ({ tokenId }: Created) => (await described('keeper', '--token-id', tokenId))[0] as Described
const minutesFromNow = (iso = '') => Math.round((Date.parse(iso) - Date.now()) / minute)
/** A broker hears of a change from the controller, after who made it has the answer. */
const soon = { timeout: 5_000, interval: 100 }

describe.concurrent('a delegation token for somebody else', () => {
  it('has his rights, and is renewed by who made it, but not to a shorter time', async ({ expect }) => {
    const token = await created('spark', '--max-life-time-period', '30m')
    expect(token).toMatchObject({ owner: 'User:spark', renewers: ['User:keeper'] })
    expect(await one(token)).toMatchObject({ owner: 'User:spark', requester: 'User:keeper', renewers: ['User:keeper'] })
    const shown = ['describe', ...as('keeper'), '--token-id', token.tokenId, '--show-hmac', '--output', 'properties']
    await using client = startTokenFileClient(inject('e2e'), {
      file: file('spark.properties', await command(...shown)),
      bootstrap: bootstrap(),
      topic: 'of-spark',
      mode: 'hold',
      records: 30,
    })
    expectComplete(await client.exchange())

    const renew = ['renew', ...as('keeper'), '--token-id', token.tokenId, '--renew-time-period']
    const expiry = async () => minutesFromNow((await one(token)).expiresAt)
    const shorter = await delegationToken(inject('e2e'), [...renew, `${5 * minute}`])
    expect(shorter).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow-shorter') as string })
    expect(await expiry()).toBe(30)
    await command(...renew, `${5 * minute}`, '--allow-shorter')
    await expect.poll(expiry, soon).toBe(5)
    expect(await command(...renew, '20m')).toMatch(/^Completed renew operation\. New expiry date : \d{4}-/)
    await expect.poll(expiry, soon).toBe(20)
    // Never beyond its maximum.
    await command(...renew, '7d')
    await expect.poll(async () => (await one(token)).expiresAt, soon).toBe(token.maxLifetimeAt)
  })

  it('is seen by who made it and by whom the ACL DescribeTokens names, and by nobody else', async ({ expect }) => {
    const { tokenId } = await created('audited')
    const listed = { tokenId, owner: 'User:audited', isExpired: false }
    expect(await described('keeper')).toContainEqual(expect.objectContaining(listed))
    expect(await described('keeper', '--owner-principal', 'User:audited')).toEqual([expect.objectContaining(listed)])
    expect(await described('auditor')).toEqual([expect.objectContaining(listed)])
    expect(await described('auditor', '--owner-principal', 'User:spark')).toEqual([])
    const stranger = await delegationToken(inject('e2e'), ['describe', ...as('stranger')])
    expect(stranger).toMatchObject({ code: 0, stdout: expect.stringContaining('Total number of tokens : 0') as string })
    expect(stranger.stderr).toContain('--allow-principal User:stranger --operation DescribeTokens')
    const table = await command('describe', ...as('auditor'))
    expect(table).toMatch(/TOKENID +OWNER +REQUESTER/)
    expect(table).not.toContain('HMAC')
  })

  it('is known to the tools of Kafka, and theirs to us', async ({ expect }) => {
    const tool = (...args: readonly string[]) =>
      kafkaCommand(inject('e2e'), 'DelegationTokenCommand', [...args, ...as('keeper')])
    const ours = await created('flink')
    // Without an owner the tool of Kafka lists nothing.
    expect((await tool('--describe', '--owner-principal', 'User:flink')).stdout).toContain(ours.tokenId)
    await tool('--renew', '--hmac', ours.tokenHmac, '--renew-time-period', `${40 * minute}`)
    await expect.poll(async () => minutesFromNow((await one(ours)).expiresAt), soon).toBe(40)

    const life = ['--max-life-time-period', `${90 * minute}`]
    const whose = ['--owner-principal', 'User:connect', '--renewer-principal', 'User:keeper']
    const made = await tool('--create', ...life, ...whose)
    const [, tokenId = '', hmac = ''] = /^(\S{22})\s+(\S{88})\s/m.exec(made.stdout) ?? []
    keepFromLogs(inject('e2e'), [hmac])
    const [theirs] = await described('keeper', '--owner-principal', 'User:connect')
    expect(theirs).toMatchObject({ tokenId, renewers: ['User:keeper'] })
    expect(minutesFromNow(theirs?.maxLifetimeAt)).toBe(90)
    const renew = ['renew', ...as('keeper'), '--hmac-file', '-', '--renew-time-period', '50m', '--allow-shorter']
    expect(await delegationToken(inject('e2e'), renew, { input: `${hmac}\n` })).toMatchObject({ code: 0 })
    const theirExpiry = async () => minutesFromNow((await described('keeper', '--token-id', tokenId))[0]?.expiresAt)
    await expect.poll(theirExpiry, soon).toBe(50)
    await command('expire', ...as('keeper'), '--hmac-file', file('theirs.hmac', hmac))
    const left = async () => (await tool('--describe', '--owner-principal', 'User:connect')).stdout
    await expect.poll(left, soon).toContain('tokens : 0')
  })

  it('is spelt as for the script of Kafka, HMAC included, with a warning', async ({ expect }) => {
    const made = await command(
      ...['--create', '--max-life-time-period', '-1', '--owner-principal', 'User:streams', '--output', 'table'],
      ...as('keeper'),
    )
    const [, hmac = ''] = /^\S{22}\s+(\S{88})\s/m.exec(made) ?? []
    keepFromLogs(inject('e2e'), [hmac])
    const renew = ['--renew', '--hmac', hmac, '--renew-time-period', '-1', ...as('keeper')]
    const renewed = await delegationToken(inject('e2e'), renew)
    expect(renewed).toMatchObject({ code: 0, stderr: expect.stringContaining('--hmac-file') as string })
    expect(renewed.stdout + renewed.stderr).not.toContain(hmac)
    await command('--expire', '--hmac', hmac, '--expiry-time-period', '-1', ...as('keeper'))
    await expect.poll(() => described('keeper', '--owner-principal', 'User:streams'), soon).toEqual([])
  })
})

describe.concurrent('the end of a delegation token', () => {
  const checked = async (token: Created) => {
    const properties = passwordLogin(token.tokenId, token.tokenHmac).replace(';', ' tokenauth="true";')
    const config = file(`${token.tokenId}.properties`, properties)
    const check = ['check', '--bootstrap-server', bootstrap(), '--command-config', config, '--output', 'json']
    const ran = await delegationToken(inject('e2e'), check)
    return { code: ran.code, stderr: ran.stderr, report: JSON.parse(ran.stdout) as object }
  }

  it('is told by check, also while it is expired and not swept', async ({ expect }) => {
    const token = await created('short')
    const broker = bootstrap()
    const taken = { isTakenByAll: true, brokers: [{ broker, outcome: 'takes' }] }
    expect(await checked(token)).toMatchObject({ code: 0, report: taken })

    await command('expire', ...as('keeper'), '--token-id', token.tokenId, '--expiry-time-period', '0')
    const cut = { isTakenByAll: false, brokers: [{ broker, outcome: 'cuts', code: 'ERR_KAFKA_TOKEN_EXPIRED' }] }
    await expect.poll(() => checked(token), soon).toMatchObject({ code: 6, report: cut })
    expect(await one(token)).toMatchObject({ isExpired: true })
    expect(await command('describe', ...as('keeper'))).toMatch(new RegExp(`${token.tokenId}.* expired, not swept yet`))
  })

  it('is told by check when it was removed', async ({ expect }) => {
    const token = await created('gone')
    await command('expire', ...as('keeper'), '--token-id', token.tokenId)
    const refused = { isTakenByAll: false, brokers: [{ outcome: 'refuses', code: 'ERR_KAFKA_LOGIN' }] }
    await expect.poll(() => checked(token), soon).toMatchObject({ code: 6, report: refused })
    expect(await described('keeper', '--owner-principal', 'User:gone')).toEqual([])
  })

  it('by removal leaves those alive who are connected, until their session ends', async ({ expect }) => {
    const content = JSON.parse(
      await command(
        'create',
        ...as('keeper'),
        '--owner-principal',
        'User:revoked',
        '--output',
        'json',
        '--max-life-time-period',
        '30s',
      ),
    ) as Created & { readonly saslJaasConfig: string }
    keepFromLogs(inject('e2e'), [content.tokenHmac])
    const settings = [
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=${content.saslJaasConfig}`,
      'request.timeout.ms=2000\ndelivery.timeout.ms=3000',
    ]
    await using client = startTokenFileClient(inject('e2e'), {
      file: file('revoked.properties', settings.join('\n')),
      bootstrap: bootstrap(),
      topic: 'of-revoked',
      mode: 'hold',
    })
    await client.producing()
    await command('expire', ...as('keeper'), '--token-id', content.tokenId)
    const revokedAt = Date.now()
    await sleep(Date.parse(content.maxLifetimeAt) + 2_000 - revokedAt)
    client.stop()
    const { sent, acknowledged, errors } = await client.exchange()
    // A record every 40 ms: some seconds of them went through, although nobody could log in any more.
    expect(acknowledged).toBeGreaterThan(50)
    expect(acknowledged).toBeLessThan(sent)
    expect(errors.join('\n')).toContain('SaslAuthenticationException')
  })
})
