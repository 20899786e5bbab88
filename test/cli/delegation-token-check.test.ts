import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { hmacOf } from '../fakes/kafka/token-store.ts'
import { commandedKafka } from './delegation-token-cluster.ts'

interface Told {
  readonly isTakenByAll: boolean
  readonly brokers: readonly {
    readonly broker: string
    readonly outcome: string
    readonly why?: string
    readonly code?: string
  }[]
}

async function withToken(brokers = 3) {
  const world = await commandedKafka({ brokers })
  const { tokenId, tokenHmac } = await world.made('--owner-principal User:spark')
  const hmacFile = join(world.folder, 'hmac')
  writeFileSync(hmacFile, tokenHmac)
  const known = `--token-id ${tokenId} --hmac-file ${hmacFile}`
  const told = async (line: string): Promise<Told & { readonly code: number }> => {
    const { code, out } = await world.command(`check --output json ${line}`)
    return { code, ...(JSON.parse(out) as Told) }
  }
  return { ...world, tokenId, tokenHmac, hmacFile, known, told }
}

describe('delegation-token check', () => {
  it('tries the token at every broker', async () => {
    const { kafka, command, known } = await withToken()
    const { code, out, err } = await command(`check ${known}`)
    expect([code, err]).toEqual([0, ''])
    const [head, ...rows] = out.trimEnd().split('\n')
    expect(head).toMatch(/^BROKER +RESULT +LEFT +WHY$/)
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual(
      kafka.bootstrap.toSorted().map((broker) => [broker, 'takes', '23h 59m', '-']),
    )
    const byToken = kafka.logins.filter(({ isByToken }) => isByToken)
    expect(new Set(byToken.map(({ broker }) => broker))).toEqual(new Set([1, 2, 3]))
  })

  it('finds all brokers from one', async () => {
    const { kafka, known, told } = await withToken()
    const { code, brokers } = await told(`${known} --scram-bootstrap-server ${kafka.broker(2).address}`)
    expect([code, brokers.map(({ broker }) => broker)]).toEqual([0, kafka.bootstrap.toSorted()])
  })

  it('knows the token by its id, its HMAC, both, or the settings of a client', async () => {
    const { kafka, command, folder, tokenId, tokenHmac, hmacFile } = await withToken()
    const servers = kafka.bootstrap.join(',')
    const file = join(folder, 'token.properties')
    await command(`describe --token-id ${tokenId} --show-hmac --out ${file} --mechanism SCRAM-SHA-256`)
    const plaintext = '--security-protocol SASL_PLAINTEXT'
    for (const [line, options] of [
      [`--token-id ${tokenId}`, undefined],
      [`--hmac-file ${hmacFile}`, undefined],
      ['--hmac-file -', { user: 'admin', input: tokenHmac }],
      [`--token-id ${tokenId} --hmac-file ${hmacFile} --bootstrap-server ${servers} ${plaintext}`, {}],
      [`--token-id ${tokenId} --hmac-file ${hmacFile} --scram-bootstrap-server ${servers} ${plaintext}`, {}],
      [`--command-config ${file} --bootstrap-server ${servers}`, {}],
    ] as const) {
      expect(await command(`check ${line}`, options)).toMatchObject({ code: 0, err: '' })
    }
    expect(kafka.logins.at(-1)).toMatchObject({ mechanism: 'SCRAM-SHA-256', isByToken: true, principal: 'User:spark' })
  })

  it('says which broker has another secret key', async () => {
    const { kafka, command, known, told, tokenId } = await withToken()
    kafka.broker(2).secretKey = 'another'
    const { code, isTakenByAll, brokers } = await told(known)
    expect([code, isTakenByAll]).toEqual([6, false])
    expect(brokers.filter(({ outcome }) => outcome !== 'takes')).toEqual([
      {
        broker: kafka.broker(2).address,
        outcome: 'refuses',
        code: 'ERR_KAFKA_LOGIN',
        why: 'its delegation.token.secret.key differs from that of the brokers that take the token, or it has not heard of the token yet',
      },
    ])
    const { err } = await command(`check ${known}`)
    expect(err).toBe(`kafka-token-sidecar: the token ${tokenId} is not taken by 1 of 3 brokers\n`)
  })

  it('says which broker has another secret key, also when that is the one that the HMAC comes from', async () => {
    const { kafka, hmacFile, known, told, tokenId } = await withToken()
    kafka.broker(2).secretKey = 'another'
    writeFileSync(hmacFile, hmacOf(tokenId, 'another').toString('base64'))
    const { code, brokers } = await told(known)
    expect(code).toBe(6)
    expect(brokers.filter(({ outcome }) => outcome === 'takes')).toMatchObject([{ broker: kafka.broker(2).address }])
    const whys = brokers.flatMap(({ why }) => why ?? [])
    expect(whys).toHaveLength(2)
    for (const why of whys) expect(why).toContain(`that of ${kafka.broker(2).address} alone`)
  })

  it('says which broker cannot be reached', async () => {
    const { kafka, known, told } = await withToken()
    await kafka.broker(3).stop()
    const { code, brokers } = await told(known)
    expect(code).toBe(6)
    expect(brokers.filter(({ outcome }) => outcome !== 'takes')).toMatchObject([
      { broker: kafka.broker(3).address, outcome: 'unreachable', code: 'ERR_KAFKA_UNREACHABLE' },
    ])
  })

  it.each([
    ['expired and is not swept', 'expire --expiry-time-period 0', 'cuts', 'expired and not swept yet'],
    ['was removed', 'expire', 'refuses', 'it knows no token with this id and HMAC'],
  ])('says that the token %s', async (_what, action, outcome, words) => {
    const { command, hmacFile, known, told } = await withToken()
    await command(`${action} --hmac-file ${hmacFile}`)
    const { code, brokers } = await told(known)
    expect(code).toBe(6)
    expect(brokers.length).toBe(3)
    for (const broker of brokers)
      expect(broker).toMatchObject({ outcome, why: expect.stringContaining(words) as string })
  })

  it('says that the listener has no SCRAM', async () => {
    const { kafka, known, told } = await withToken(1)
    const { mechanisms } = kafka.broker(1).listener('CLIENT')
    mechanisms.delete('SCRAM-SHA-256')
    const { code, brokers } = await told(`${known} --mechanism SCRAM-SHA-256`)
    expect([code, brokers]).toMatchObject([6, [{ outcome: 'refuses', code: 'ERR_KAFKA_MECHANISM' }]])
    expect(brokers[0]?.why).toContain('sasl.enabled.mechanisms')
  })

  it('says that no token of this id is to be seen', async () => {
    const { command } = await withToken(1)
    const { code, out, err } = await command('check --token-id unknown')
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain('[ERR_KAFKA_TOKEN_NOT_FOUND]')
  })

  it('wants a token from the properties, too', async () => {
    const { command } = await withToken(1)
    const { code, err } = await command('check')
    expect([code, err]).toEqual([2, expect.stringContaining('--token-id: must say which token is tried')])
  })

  it('tries it with TLS, by default', async () => {
    const authority = certificateAuthority()
    const { key, cert } = authority.issue('127.0.0.1')
    const listeners = { SECURE: { mechanisms: ['SCRAM-SHA-512'], tls: { key, cert } } }
    const { kafka, folder, command } = await commandedKafka({ brokers: 2, listeners })
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, authority.cert)
    const { value } = kafka.tokens.create({
      owner: 'User:spark',
      requester: 'User:admin',
      renewers: [],
      maxLifetimeMs: -1,
    }) as {
      value: { tokenId: string }
    }
    const input = hmacOf(value.tokenId, kafka.tokens.secretKey ?? '').toString('base64')
    const line = `check --token-id ${value.tokenId} --hmac-file - --bootstrap-server ${kafka.bootstrap.join(',')}`
    expect(await command(`${line} --broker-ca-file ${caFile}`, { input })).toMatchObject({ code: 0, err: '' })
    const { code, out } = await command(line, { input })
    expect([code, out]).toEqual([6, expect.stringContaining('not trusted')])
  })
})
