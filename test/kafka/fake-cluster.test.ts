import {
  apiVersionsV0,
  apiVersionsV3,
  apiVersionsV4,
  createDelegationTokenV1,
  createDelegationTokenV2,
  createDelegationTokenV3,
  describeDelegationTokenV1,
  describeDelegationTokenV2,
  describeDelegationTokenV3,
  expireDelegationTokenV1,
  expireDelegationTokenV2,
  metadataV0,
  metadataV1,
  metadataV12,
  metadataV2,
  metadataV5,
  metadataV8,
  metadataV9,
  renewDelegationTokenV1,
  renewDelegationTokenV2,
  saslHandshakeV1,
  type Connection,
} from '@platformatic/kafka'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { eventually } from '../fakes/eventually.ts'
import { jwtFor } from '../fakes/kafka/bearer.ts'
import { startKafka, type FakeKafka, type FakeKafkaOptions } from '../fakes/kafka/cluster.ts'
import { kafkaError, libraryConnection, type LibraryLogin } from '../fakes/kafka/library-client.ts'
import { hmacOf } from '../fakes/kafka/token-store.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const users = { admin: 'admin-secret', carol: 'carol-secret', dave: 'dave-secret' }
const day = 86_400_000
const hour = 3_600_000

async function cluster(options: FakeKafkaOptions = {}): Promise<FakeKafka> {
  const kafka = await startKafka({ users, ...options })
  open.push(kafka)
  return kafka
}

async function connected(address: string | undefined, login?: LibraryLogin, tls?: object): Promise<Connection> {
  const connection = await libraryConnection(address ?? '', login, tls)
  open.push(connection)
  return connection
}

function as(username: keyof typeof users, mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' = 'PLAIN') {
  return { mechanism, username, password: users[username] }
}

function byToken(
  token: { tokenId: string; hmac: Buffer },
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512' = 'SCRAM-SHA-512',
) {
  return { mechanism, username: token.tokenId, password: token.hmac.toString('base64'), tokenAuth: true }
}

const user = (name: string) => ({ principalType: 'User', principalName: name })
const create = (
  connection: Connection,
  { owner = '', renewers = [], maxMs = -1 }: { owner?: string; renewers?: readonly string[]; maxMs?: number } = {},
) =>
  createDelegationTokenV3.api.async(
    connection,
    owner ? 'User' : null,
    owner || null,
    renewers.map((one) => user(one)),
    BigInt(maxMs),
  )
const renew = (connection: Connection, hmac: Buffer, ms: number) =>
  renewDelegationTokenV2.api.async(connection, hmac, BigInt(ms))
const expire = (connection: Connection, hmac: Buffer, ms: number) =>
  expireDelegationTokenV2.api.async(connection, hmac, BigInt(ms))
const describeAll = async (connection: Connection, owners: string[] | null = null) =>
  (await describeDelegationTokenV3.api.async(connection, owners && owners.map((one) => user(one)))).tokens

/** The error code of Kafka that something was refused with; 0: it was not. */
async function codeOf(asked: Promise<unknown>): Promise<number | undefined> {
  return asked.then(
    () => 0,
    (error: unknown) => kafkaError(error)?.code,
  )
}

describe('the protocol', () => {
  it('tells its versions in each version, and falls back for one that it does not have', async () => {
    const kafka = await cluster()
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    for (const api of [apiVersionsV0.api, apiVersionsV3.api, apiVersionsV4.api]) {
      const { apiKeys } = await api.async(connection, 'a-client', '1.0')
      expect(apiKeys.find(({ apiKey }) => apiKey === 38)).toMatchObject({ minVersion: 1, maxVersion: 3 })
    }
    expect(await codeOf(apiVersionsV3.api.async(connection, 'not valid', '1'))).toBe(42)
    kafka.broker(1).versions.set('ApiVersions', [0, 2])
    expect(await codeOf(apiVersionsV3.api.async(connection, 'a-client', '1'))).toBe(35)
    expect(kafka.malformed).toEqual([])
  })

  it('lists the brokers at the listener of the client, in each version of Metadata', async () => {
    const kafka = await cluster({
      brokers: 3,
      listeners: { CLIENT: { mechanisms: ['PLAIN'] }, TOKEN: { mechanisms: ['SCRAM-SHA-512'] } },
    })
    const connection = await connected(kafka.bootstrap[1], as('admin'))
    const versions = [metadataV0, metadataV1, metadataV2, metadataV5, metadataV8, metadataV9, metadataV12]
    for (const { api } of versions) {
      const { brokers } = await api.async(connection, [])
      expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(kafka.bootstrap)
    }
    const atToken = await connected(kafka.bootstrapOf('TOKEN')[0], as('admin', 'SCRAM-SHA-512'))
    kafka.broker(2).listener('TOKEN').advertised = { host: 'kafka-2.invalid', port: 9094 }
    kafka.broker(3).isListed = false
    const { brokers, controllerId } = await metadataV12.api.async(atToken, [])
    expect(brokers.map(({ nodeId, host }) => [nodeId, host])).toEqual([
      [1, '127.0.0.1'],
      [2, 'kafka-2.invalid'],
    ])
    expect(controllerId).toBe(1)
    await expect(metadataV12.api.async(atToken, ['orders'])).rejects.toSatisfy((e) => kafkaError(e)?.code === 3)
  })

  it('makes, shows, renews and expires a token in each version', async () => {
    const kafka = await cluster({ now: () => 1_000 })
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    const rows = [
      [createDelegationTokenV1, renewDelegationTokenV1, expireDelegationTokenV1, describeDelegationTokenV1],
      [createDelegationTokenV2, renewDelegationTokenV2, expireDelegationTokenV2, describeDelegationTokenV2],
    ] as const
    for (const [create, renew, expire, describe] of rows) {
      const made = await create.api.async(connection, null, null, [user('carol')], 5_000n)
      expect(made).toMatchObject({ principalName: 'admin', maxTimestampMs: 6_000n, expiryTimestampMs: 6_000n })
      expect(await renew.api.async(connection, made.hmac, 2_000n)).toMatchObject({ expiryTimestampMs: 3_000n })
      const { tokens } = await describe.api.async(connection, [user('admin')])
      expect(tokens).toMatchObject([{ tokenId: made.tokenId, hmac: made.hmac, renewers: [user('carol')] }])
      expect(await expire.api.async(connection, made.hmac, -1n)).toMatchObject({ expiryTimestampMs: 1_000n })
    }
    const made = await create(connection, { renewers: ['carol', 'dave'] })
    expect(made).toMatchObject({ tokenRequesterPrincipalName: 'admin', issueTimestampMs: 1_000n })
    expect(made.tokenId).toMatch(/^[\w-]{22}$/)
    expect(made.hmac).toEqual(hmacOf(made.tokenId, kafka.tokens.secretKey ?? ''))
    expect(await describeAll(connection)).toMatchObject([{ renewers: [user('carol'), user('dave')] }])
    expect(kafka.tokens.all.get(made.tokenId)).toMatchObject({
      owner: 'User:admin',
      renewers: ['User:carol', 'User:dave'],
    })
    expect(kafka.callsTo('CreateDelegationToken').map(({ version }) => version)).toEqual([1, 2, 3])
    expect(kafka.callsTo('CreateDelegationToken')[2]).toMatchObject({
      broker: 1,
      listener: 'CLIENT',
      clientId: 'library',
      principal: 'User:admin',
      request: { renewers: ['User:carol', 'User:dave'], maxLifetimeMs: -1 },
    })
    expect(kafka.malformed).toEqual([])
  })

  it('cuts and notes what is no request, comes too early, or is in a version that the broker does not have', async () => {
    const kafka = await cluster()
    const rows: [string, RegExp][] = [
      [Buffer.from('GET / HTTP/1.1').toString('hex'), /a request of 1195725856 bytes/],
      ['0000000a' + '7fff' + '0000' + '00000001' + 'ffff', /unknown api key 32767/],
      ['0000000c' + '0012' + '0000' + '00000001' + 'ffff' + 'abcd', /ApiVersions v0: 2 bytes too many/],
      ['0000000e' + '0011' + '0001' + '00000001' + 'ffff' + '00ff' + '6162', /Out of bounds/],
      ['0000000e' + '0003' + '0001' + '00000001' + 'ffff' + '00000000', /Metadata during SASL handshake/],
    ]
    for (const [bytes, reason] of rows) {
      const socket = connect(Number(kafka.bootstrap[0]?.split(':')[1]), '127.0.0.1').on('error', () => undefined)
      socket.write(Buffer.from(bytes, 'hex'))
      await new Promise((done) => socket.on('close', done))
      expect(kafka.malformed.at(-1)).toMatch(reason)
    }
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    kafka.broker(1).versions.set('CreateDelegationToken', [0, 2])
    await expect(create(connection)).rejects.toThrow(/closed/i)
    expect(kafka.malformed.at(-1)).toContain('CreateDelegationToken v3 is not enabled')
  })
})

describe('logging in', () => {
  it('takes PLAIN, SCRAM and OAUTHBEARER', async () => {
    const kafka = await cluster({ now: () => 0 })
    await connected(kafka.bootstrap[0], as('admin'))
    await connected(kafka.bootstrap[0], as('carol', 'SCRAM-SHA-256'))
    await connected(kafka.bootstrap[0], as('dave', 'SCRAM-SHA-512'))
    await connected(kafka.bootstrap[0], { mechanism: 'OAUTHBEARER', token: jwtFor('orders', hour) })
    expect(kafka.logins).toMatchObject([
      { mechanism: 'PLAIN', principal: 'User:admin', sessionLifetimeMs: 0 },
      { mechanism: 'SCRAM-SHA-256', principal: 'User:carol' },
      { mechanism: 'SCRAM-SHA-512', principal: 'User:dave', isByToken: false },
      { mechanism: 'OAUTHBEARER', principal: 'User:orders', sessionLifetimeMs: hour, isAccepted: true },
    ])
    expect([kafka.connections, kafka.peakConnections]).toEqual([4, 4])
    expect(kafka.malformed).toEqual([])
  })

  it('lets a callback decide on access tokens, with their extensions', async () => {
    const kafka = await cluster({
      bearer: (token, extensions) =>
        token === 'opaque' ? { principal: `User:${extensions.get('logicalCluster')}`, expiresAt: Infinity } : undefined,
    })
    const extensions = { logicalCluster: 'lkc-1' }
    await connected(kafka.bootstrap[0], { mechanism: 'OAUTHBEARER', token: 'opaque', extensions })
    expect(kafka.logins[0]?.principal).toBe('User:lkc-1')
    const refused = libraryConnection(kafka.bootstrap[0] ?? '', { mechanism: 'OAUTHBEARER', token: 'other' })
    await expect(refused).rejects.toMatchObject({ cause: { cause: { message: '{"status":"invalid_token"}' } } })
  })

  it.each([
    [{ ...as('admin'), password: 'wrong' }, 'Authentication failed: Invalid username or password'],
    [{ ...as('admin'), username: 'nobody' }, 'Authentication failed: Invalid username or password'],
    ...[{ password: 'wrong' }, { username: 'nobody' }, { tokenAuth: true }].map((wrong): [LibraryLogin, string] => [
      { ...as('admin', 'SCRAM-SHA-512'), ...wrong },
      'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    ]),
  ])('refuses %o with the words of Kafka', async (login, message) => {
    const kafka = await cluster()
    const refused = await libraryConnection(kafka.bootstrap[0] ?? '', login).catch((error: unknown) => error)
    expect(kafkaError(refused)).toEqual({ code: 58, message })
    expect(kafka.logins).toMatchObject([{ isAccepted: false }])
    await eventually(() => kafka.connections).toBe(0)
  })

  it('has the mechanisms of each listener and broker', async () => {
    const kafka = await cluster({
      brokers: 2,
      listeners: { CLIENT: { mechanisms: ['PLAIN', 'SCRAM-SHA-256'] }, TOKEN: { mechanisms: ['SCRAM-SHA-512'] } },
    })
    kafka.broker(2).listener('CLIENT').mechanisms.delete('SCRAM-SHA-256')
    const scram = as('admin', 'SCRAM-SHA-256')
    expect(await codeOf(connected(kafka.bootstrap[0], scram))).toBe(0)
    expect(await codeOf(connected(kafka.bootstrap[1], scram))).toBe(33)
    expect(await codeOf(connected(kafka.bootstrapOf('TOKEN')[0], scram))).toBe(33)
  })

  it('cuts a session at the first request after its end, unless the client logs in again', async () => {
    let now = 0
    const kafka = await cluster({ now: () => now })
    const connections = [1, 2].map(() =>
      connected(kafka.bootstrap[0], { mechanism: 'OAUTHBEARER', token: jwtFor('orders', hour) }),
    )
    const [lazy, eager] = await Promise.all(connections)
    if (!lazy || !eager) throw new Error('there is no connection')
    now = hour
    eager.reauthenticate()
    await new Promise((done) => eager.once('sasl:authentication:extended', done))
    expect(kafka.logins.at(-1)).toMatchObject({ principal: 'User:orders', sessionLifetimeMs: 0 })
    await expect(describeAll(lazy)).rejects.toThrow(/closed/i)
    await expect(describeAll(eager)).rejects.toThrow(/closed/i)
  })

  it('ends every session after connections.max.reauth.ms', async () => {
    let now = 0
    const kafka = await cluster({ now: () => now })
    kafka.maxReauthMs = 5_000
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    expect(kafka.logins[0]?.sessionLifetimeMs).toBe(5_000)
    now = 4_999
    expect(await describeAll(connection)).toEqual([])
    now = 5_000
    connection.reauthenticate()
    await new Promise((done) => connection.once('sasl:authentication:extended', done))
    expect(await describeAll(connection)).toEqual([])
    now = 10_000
    await expect(describeAll(connection)).rejects.toThrow(/closed/i)
  })

  it('takes TLS, and the certificate of a client for its principal', async () => {
    const authority = certificateAuthority()
    const server = { ...authority.issue('127.0.0.1'), ca: authority.cert }
    const kafka = await cluster({
      listeners: {
        SASL: { mechanisms: ['PLAIN'], tls: server },
        MUTUAL: { mechanisms: [], tls: { ...server, requestCert: true } },
        ONEWAY: { mechanisms: [], tls: server },
        PLAINTEXT: { mechanisms: [] },
      },
    })
    const trusting = { ca: authority.cert }
    const at = (listener: string) => kafka.bootstrapOf(listener)[0]
    expect(await codeOf(create(await connected(at('SASL'), as('admin'), trusting)))).toBe(0)
    const mutual = await connected(at('MUTUAL'), undefined, { ...trusting, ...authority.issue('billing') })
    expect(await create(mutual)).toMatchObject({ principalName: 'CN=billing' })
    expect(await codeOf(create(await connected(at('ONEWAY'), undefined, trusting)))).toBe(64)
    expect(await codeOf(describeAll(await connected(at('PLAINTEXT'))))).toBe(64)
  })
})

describe('the rules of delegation tokens', () => {
  it('refuses as Kafka does', async () => {
    let now = 0
    const kafka = await cluster({ now: () => now, superUsers: ['User:admin'] })
    const admin = await connected(kafka.bootstrap[0], as('admin'))
    const carol = await connected(kafka.bootstrap[0], as('carol'))
    const dave = await connected(kafka.bootstrap[0], as('dave'))
    const token = await create(admin, { owner: 'spark', renewers: ['carol'] })
    expect(token).toMatchObject({ principalName: 'spark', tokenRequesterPrincipalName: 'admin' })
    const { hmac } = token
    const holder = await connected(kafka.bootstrap[0], byToken(token))

    expect(await codeOf(create(carol, { owner: 'spark' }))).toBe(65)
    kafka.acls.add('User:carol CreateTokens User:spark')
    expect(await codeOf(create(carol, { owner: 'spark' }))).toBe(0)
    const group = [{ principalType: 'Group', principalName: 'g1' }]
    expect(await codeOf(createDelegationTokenV3.api.async(admin, null, null, group, -1n))).toBe(67)
    for (const asked of [create(holder), renew(holder, hmac, 1), expire(holder, hmac, 1), describeAll(holder)]) {
      expect(await codeOf(asked)).toBe(64)
    }
    for (const asking of [renew, expire]) {
      expect(await codeOf(asking(admin, hmac, hour))).toBe(63)
      expect(await codeOf(asking(dave, hmac, hour))).toBe(63)
      expect(await codeOf(asking(carol, hmac, hour))).toBe(0)
      expect(await codeOf(asking(carol, Buffer.alloc(64), hour))).toBe(62)
    }
    now = hour + 1
    expect(await codeOf(renew(dave, hmac, 1))).toBe(66)
    expect(await codeOf(expire(dave, hmac, 1))).toBe(63)
    expect(await codeOf(expire(carol, hmac, 1))).toBe(66)
    expect(await codeOf(expire(carol, hmac, -1))).toBe(0)
    expect(await codeOf(renew(carol, hmac, 1))).toBe(62)
    kafka.useSecretKey(null)
    for (const asked of [create(carol), renew(carol, hmac, 1), expire(carol, hmac, 1), describeAll(carol)]) {
      expect(await codeOf(asked)).toBe(61)
    }
  })

  it('caps lifetimes silently, and lets renewals shorten', async () => {
    const kafka = await cluster({ now: () => 0 })
    const admin = await connected(kafka.bootstrap[0], as('admin'))
    const times = async (maxMs: number) => {
      const { expiryTimestampMs, maxTimestampMs } = await create(admin, { maxMs })
      return [Number(expiryTimestampMs), Number(maxTimestampMs)]
    }
    expect(await times(-1)).toEqual([day, 7 * day])
    expect(await times(0)).toEqual([day, 7 * day])
    expect(await times(8 * day)).toEqual([day, 7 * day])
    expect(await times(hour)).toEqual([hour, hour])
    const { hmac } = await create(admin)
    const expiry = async (asked: Promise<{ expiryTimestampMs: bigint }>) => Number((await asked).expiryTimestampMs)
    expect(await expiry(renew(admin, hmac, hour))).toBe(hour)
    expect(await expiry(renew(admin, hmac, 0))).toBe(day)
    expect(await expiry(renew(admin, hmac, 3 * day))).toBe(day)
    expect(await expiry(expire(admin, hmac, 3 * day))).toBe(3 * day)
    expect(await expiry(expire(admin, hmac, 9 * day))).toBe(7 * day)
    expect(await expiry(expire(admin, hmac, 0))).toBe(0)
  })

  it('shows a token to its owner, renewers and requester, and by ACL', async () => {
    const kafka = await cluster({ superUsers: ['User:admin'] })
    const admin = await connected(kafka.bootstrap[0], as('admin'))
    const carol = await connected(kafka.bootstrap[0], as('carol'))
    const dave = await connected(kafka.bootstrap[0], as('dave'))
    const own = await create(dave)
    const made = await create(admin, { owner: 'spark', renewers: ['carol'] })
    kafka.superUsers.clear()
    const seen = async (connection: Connection, owners?: string[]) =>
      (await describeAll(connection, owners ?? null)).map(({ tokenId }) => tokenId)
    expect(await seen(admin)).toEqual([made.tokenId])
    expect(await seen(carol)).toEqual([made.tokenId])
    expect(await seen(dave)).toEqual([own.tokenId])
    expect(await seen(dave, [])).toEqual([])
    expect(await seen(dave, ['spark'])).toEqual([])
    kafka.acls.add(`User:dave Describe ${made.tokenId}`)
    expect(await seen(dave, ['spark'])).toEqual([made.tokenId])
    expect(await seen(dave, ['carol'])).toEqual([made.tokenId])
    kafka.acls.clear()
    kafka.acls.add('User:carol DescribeTokens User:dave')
    expect(await seen(carol)).toEqual([own.tokenId, made.tokenId])
  })

  it('logs in by a token, for as long as it lives, and uselessly until the sweep', async () => {
    let now = 0
    const kafka = await cluster({ now: () => now, sweepEveryMs: day })
    const admin = await connected(kafka.bootstrap[0], as('admin'))
    const token = await create(admin, { maxMs: hour })
    await connected(kafka.bootstrap[0], byToken(token, 'SCRAM-SHA-256'))
    await connected(kafka.bootstrap[0], byToken(token, 'SCRAM-SHA-512'))
    expect(kafka.logins.slice(1)).toMatchObject([
      { principal: 'User:admin', isByToken: true, sessionLifetimeMs: hour, mechanism: 'SCRAM-SHA-256' },
      { principal: 'User:admin', isByToken: true, sessionLifetimeMs: hour },
    ])
    now = hour + 1
    const useless = await connected(kafka.bootstrap[0], byToken(token))
    expect(kafka.logins.at(-1)).toMatchObject({ isAccepted: true, sessionLifetimeMs: 0 })
    await expect(metadataV12.api.async(useless, [])).rejects.toThrow(/closed/i)
    expect(await describeAll(admin)).toHaveLength(1)
    now = day
    expect(await codeOf(connected(kafka.bootstrap[0], byToken(token)))).toBe(58)
    expect(await describeAll(admin)).toEqual([])
  })

  it('takes the owner of another type for a user', async () => {
    const kafka = await cluster({ superUsers: ['User:admin'] })
    const admin = await connected(kafka.bootstrap[0], as('admin'))
    const token = await createDelegationTokenV3.api.async(admin, 'Group', 'g1', [], -1n)
    expect(token.principalType).toBe('Group')
    await connected(kafka.bootstrap[0], byToken(token))
    expect(kafka.logins.at(-1)?.principal).toBe('User:g1')
  })

  it('lets each broker learn of a token in its own time', async () => {
    let now = 0
    const kafka = await cluster({ brokers: 2, now: () => now })
    kafka.broker(2).lagMs = 100
    const [first, second] = await Promise.all(kafka.bootstrap.map((address) => connected(address, as('admin'))))
    if (!first || !second) throw new Error('there is no connection')
    const token = await create(second)
    expect(await describeAll(first)).toHaveLength(1)
    expect(await describeAll(second)).toHaveLength(0)
    expect(await codeOf(connected(kafka.bootstrap[1], byToken(token)))).toBe(58)
    now = 100
    expect(await describeAll(second)).toHaveLength(1)
    expect(await codeOf(connected(kafka.bootstrap[1], byToken(token)))).toBe(0)
    kafka.broker(2).lagMs = Infinity
    await expire(first, token.hmac, -1)
    expect(await describeAll(second)).toHaveLength(1)
    kafka.broker(2).lagMs = 0
    expect(await describeAll(second)).toHaveLength(0)
  })

  it('makes HMACs with the key of each broker', async () => {
    const kafka = await cluster({ brokers: 2, secretKey: 'old' })
    const before = await connected(kafka.bootstrap[0], as('admin'))
    const token = await create(before)
    await kafka.broker(2).restart({ secretKey: 'new' })
    const second = await connected(kafka.bootstrap[1], as('admin'))
    const [told] = await describeAll(second)
    expect(told?.hmac).toEqual(hmacOf(token.tokenId, 'new'))
    expect(await codeOf(connected(kafka.bootstrap[0], byToken(token)))).toBe(0)
    expect(await codeOf(connected(kafka.bootstrap[1], byToken(token)))).toBe(58)
    expect(await codeOf(connected(kafka.bootstrap[1], byToken({ ...token, hmac: hmacOf(token.tokenId, 'new') })))).toBe(
      0,
    )
    expect(await codeOf(renew(second, hmacOf(token.tokenId, 'new'), -1))).toBe(62)
    expect(await codeOf(renew(second, token.hmac, -1))).toBe(0)
    kafka.useSecretKey('new')
    expect(await codeOf(renew(second, token.hmac, -1))).toBe(62)
  })
})

describe('faults', () => {
  it('refuses connections while a broker is stopped, and cuts those there were', async () => {
    const kafka = await cluster({ brokers: 2 })
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    await kafka.broker(1).stop()
    await expect(describeAll(connection)).rejects.toThrow(/closed/i)
    await expect(connected(kafka.bootstrap[0], as('admin'))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await connected(kafka.bootstrap[1], as('admin'))
    await kafka.broker(1).start()
    const again = await connected(kafka.bootstrap[0], as('admin'))
    expect(kafka.broker(1).connections).toBe(1)
    kafka.broker(1).cut()
    await new Promise((done) => again.once('close', done))
    await eventually(() => kafka.broker(1).connections).toBe(0)
  })

  it('cuts before or after a request is done', async () => {
    const kafka = await cluster()
    kafka.fail('CreateDelegationToken', 'cut', { times: 1, isDone: true })
    kafka.fail('CreateDelegationToken', 'cut', { times: 1 })
    for (const tokens of [0, 1]) {
      await expect(create(await connected(kafka.bootstrap[0], as('admin')))).rejects.toThrow(/closed/i)
      expect(kafka.tokens.all.size).toBe(tokens)
    }
    expect(await codeOf(create(await connected(kafka.bootstrap[0], as('admin'))))).toBe(0)
    expect(kafka.callsTo('CreateDelegationToken', 1)).toHaveLength(3)
  })

  it('answers with an error so often', async () => {
    const kafka = await cluster({ brokers: 2 })
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    kafka.broker(1).fail('CreateDelegationToken', 41, { times: 2 })
    expect(await codeOf(create(connection))).toBe(41)
    expect(await codeOf(create(await connected(kafka.bootstrap[1], as('admin'))))).toBe(0)
    expect(await codeOf(create(connection))).toBe(41)
    kafka.fail('CreateDelegationToken', 7, { isDone: true })
    expect(await codeOf(create(connection))).toBe(7)
    expect(kafka.tokens.all.size).toBe(2)
    kafka.heal()
    expect(await codeOf(create(connection))).toBe(0)
    const asking = { RenewDelegationToken: renew, ExpireDelegationToken: expire } as const
    for (const [api, ask] of Object.entries(asking)) {
      kafka.fail(api as keyof typeof asking, 7, { times: 1 })
      expect(await codeOf(ask(connection, Buffer.alloc(64), 1))).toBe(7)
    }
    kafka.fail('DescribeDelegationToken', 31, { times: 1 })
    expect(await codeOf(describeAll(connection))).toBe(31)
    kafka.fail('SaslHandshake', 33, { times: 1 })
    expect(await codeOf(connected(kafka.bootstrap[0], as('admin')))).toBe(33)
    kafka.fail('SaslAuthenticate', 58, { times: 1 })
    expect(await codeOf(connected(kafka.bootstrap[0], as('admin')))).toBe(58)
  })

  it('says nothing any more on a connection', async () => {
    const kafka = await cluster()
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    kafka.broker(1).fail('DescribeDelegationToken', 'silence', { times: 1 })
    const answers: string[] = []
    const asked = [describeAll(connection), describeAll(connection)].map((one) =>
      one.then(() => answers.push('an answer')).catch(() => undefined),
    )
    await eventually(() => kafka.callsTo('DescribeDelegationToken').length).toBe(1)
    expect(await codeOf(create(await connected(kafka.bootstrap[0], as('admin'))))).toBe(0)
    kafka.broker(1).fail('any', 'silence')
    void libraryConnection(kafka.bootstrap[0] ?? '', as('admin')).catch(() => undefined)
    await eventually(() => kafka.callsTo('ApiVersions').length).toBe(3)
    kafka.broker(1).cut()
    await Promise.all(asked)
    expect(answers).toEqual([])
  })

  it('answers late by the timers that it is given, and a broker without the APIs does not tell them', async () => {
    const timers: (() => void)[] = []
    const kafka = await cluster({ setTimer: (callback) => timers.push(callback) })
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    kafka.broker(1).delayMs = 1_000
    const asked = describeAll(connection)
    await eventually(() => timers.length).toBe(1)
    timers[0]?.()
    expect(await asked).toEqual([])
    kafka.broker(1).delayMs = 0
    kafka.broker(1).versions.delete('CreateDelegationToken')
    const { apiKeys } = await apiVersionsV3.api.async(connection, 'a-client', '1.0')
    expect(apiKeys.map(({ apiKey }) => apiKey)).not.toContain(38)
  })

  it('takes nothing but the login once that has begun', async () => {
    const kafka = await cluster()
    const connection = await connected(kafka.bootstrap[0], as('admin'))
    await saslHandshakeV1.api.async(connection, 'SCRAM-SHA-512')
    expect(await codeOf(describeAll(connection))).toBe(34)
  })
})
