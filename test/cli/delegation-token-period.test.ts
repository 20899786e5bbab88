import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandedKafka, type CommandedKafka } from './delegation-token-cluster.ts'

const hourMs = 3_600_000

/** Hours until the only token of the cluster expires, to the hour. */
function hoursLeft({ kafka }: CommandedKafka): number {
  const [token] = [...kafka.tokens.all.values()]
  return Math.round(((token?.expiresAt ?? 0) - Date.now()) / hourMs)
}

/** A token that is known by its HMAC in a file, and by its id. */
async function withToken(line = '') {
  const world = await commandedKafka()
  const { tokenId, tokenHmac } = await world.made(line)
  const hmacFile = join(world.folder, 'hmac')
  writeFileSync(hmacFile, `  ${tokenHmac}\r\n`)
  return { ...world, world, tokenId, tokenHmac, hmacFile }
}

describe('delegation-token renew', () => {
  it.each([
    ['2d', 48],
    ['172800000', 48],
    ['-1', 72],
    [undefined, 72],
  ])('moves the expiry by a period of %s', async (period, hours) => {
    const { world, command, tokenId, kafka } = await withToken()
    kafka.tokens.expiryTimeMs = 72 * hourMs
    const { code, out, err } = await command(
      `renew --token-id ${tokenId} ${period ? `--renew-time-period ${period}` : ''}`,
    )
    expect([code, err]).toEqual([0, ''])
    expect(hoursLeft(world)).toBe(hours)
    expect(out).toMatch(/^Completed renew operation\. New expiry date : \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/)
  })

  it('finds the token by its HMAC, from a file, standard input or the command line', async () => {
    const { command, tokenHmac, hmacFile } = await withToken()
    expect(await command(`renew --hmac-file ${hmacFile}`)).toMatchObject({ code: 0, err: '' })
    expect(await command('renew --hmac-file -', { user: 'admin', input: `${tokenHmac}\n` })).toMatchObject({
      code: 0,
      err: '',
    })
    const { code, err } = await command(`renew --hmac ${tokenHmac}`)
    expect([code, err]).toEqual([0, expect.stringMatching(/^kafka-token-sidecar: the list of processes [^\n]*\n$/)])
  })

  it('tells in JSON what was and what is', async () => {
    const { command, tokenId } = await withToken()
    const text = expect.stringMatching(/^\d{4}-.*Z$/) as string
    const { out } = await command(`renew --token-id ${tokenId} --output json`)
    expect(JSON.parse(out)).toEqual({ tokenId, expiresAt: text, formerExpiresAt: text, maxLifetimeAt: text })
  })

  it('says what ends the token sooner than was asked for', async () => {
    const { world, command, tokenId, kafka } = await withToken()
    const byConfiguration = await command(`renew --token-id ${tokenId} --renew-time-period 2d`)
    expect([byConfiguration.code, hoursLeft(world)]).toEqual([0, 24])
    expect(byConfiguration.err).toContain('the brokers renew for no longer (delegation.token.expiry.time.ms)')
    kafka.tokens.expiryTimeMs = 1_000 * hourMs
    const byLifetime = await command(`renew --token-id ${tokenId} --renew-time-period 30d`)
    expect([byLifetime.code, hoursLeft(world)]).toEqual([0, 168])
    expect(byLifetime.err).toContain('that is the end of its maximum lifetime')
  })

  it('shortens no life, unless it is meant', async () => {
    const { world, command, tokenId, hmacFile } = await withToken()
    for (const token of [`--token-id ${tokenId}`, `--hmac-file ${hmacFile}`]) {
      const { code, out, err } = await command(`renew ${token} --renew-time-period 1h`)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain(`--renew-time-period (given: 1h): would shorten the life of ${tokenId}, which expires at `)
      expect(hoursLeft(world)).toBe(24)
    }
    const { code, err } = await command(`renew --token-id ${tokenId} --renew-time-period 1h --allow-shorter`)
    expect([code, err]).toEqual([0, expect.stringContaining(' is earlier than the expiry before, ')])
    expect(hoursLeft(world)).toBe(1)
  })

  it.each(['', '--renew-time-period 4d'])('puts back what the brokers have shortened: %j', async (line) => {
    const { world, command, tokenId } = await withToken()
    await command(`expire --token-id ${tokenId} --expiry-time-period 3d`)
    const { code, err } = await command(`renew --token-id ${tokenId} ${line}`)
    expect([code, err]).toEqual([0, expect.stringContaining(', which was put back; --allow-shorter leaves it so')])
    expect(hoursLeft(world)).toBe(72)
    expect((await command(`renew --token-id ${tokenId} --allow-shorter ${line}`)).code).toBe(0)
    expect(hoursLeft(world)).toBe(24)
  })

  it.each([
    ['an unknown HMAC', `--hmac-file -`, 'ERR_KAFKA_TOKEN_NOT_FOUND'],
    ['an unknown id', '--token-id unknown', 'ERR_KAFKA_TOKEN_NOT_FOUND'],
  ])('refuses %s', async (_what, line, words) => {
    const { command } = await withToken()
    const input = Buffer.alloc(64, 3).toString('base64')
    const { code, out, err } = await command(`renew ${line}`, { user: 'admin', input })
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain(`[${words}]`)
  })

  it('tells that it may not, also who asked for the token', async () => {
    const { kafka, command, tokenId, tokenHmac } = await withToken(
      '--owner-principal User:spark --renewer-principal User:bob',
    )
    const token = kafka.tokens.all.get(tokenId)
    if (token) kafka.tokens.put({ ...token, renewers: ['User:bob'] })
    const { code, err } = await command(`renew --token-id ${tokenId}`)
    expect([code, err]).toEqual([5, expect.stringContaining('[ERR_KAFKA_TOKEN_OWNER]')])
    for (const user of ['bob', 'spark']) {
      expect((await command('renew --hmac-file -', { user, input: tokenHmac })).code).toBe(0)
    }
  })

  it('tells that the token has expired', async () => {
    const { command, tokenId } = await withToken()
    await command(`expire --token-id ${tokenId} --expiry-time-period 0`)
    const { code, err } = await command(`renew --token-id ${tokenId} --renew-time-period 1h`)
    expect([code, err]).toEqual([5, expect.stringContaining('[ERR_KAFKA_TOKEN_EXPIRED]')])
  })

  it('says when it is the secret key that differs', async () => {
    const { kafka, command, tokenId } = await withToken()
    kafka.broker(1).secretKey = 'another'
    for (const action of ['renew', 'expire']) {
      const { code, err } = await command(`${action} --token-id ${tokenId}`)
      expect([code, err]).toEqual([5, expect.stringContaining('Its delegation.token.secret.key differs')])
    }
  })
})

describe('delegation-token expire', () => {
  it.each(['', '--expiry-time-period -1'])('removes the token at once, and says what goes on: %j', async (line) => {
    const { kafka, command, hmacFile } = await withToken()
    const { code, out, err } = await command(`expire --hmac-file ${hmacFile} ${line}`)
    expect(code).toBe(0)
    expect(out).toMatch(/^Completed expire operation\. New expiry date : \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/)
    expect(kafka.tokens.all.size).toBe(0)
    expect(err).toMatch(
      /^kafka-token-sidecar: connections that were made with it stay open until .*connections\.max\.reauth\.ms[^\n]*\n$/,
    )
  })

  it('expires it at once and leaves it to be swept', async () => {
    const { kafka, command, tokenId } = await withToken()
    const { code, out, err } = await command(`expire --token-id ${tokenId} --expiry-time-period 0 --output json`)
    expect([code, JSON.parse(out)]).toEqual([0, { tokenId, expiresAt: expect.any(String) as string, isRemoved: false }])
    expect(err).toContain('until it is swept')
    expect(kafka.tokens.all.size).toBe(1)
    expect((await command(`expire --token-id ${tokenId}`)).code).toBe(0)
    expect(kafka.tokens.all.size).toBe(0)
  })

  it('moves the expiry, and says when that is later', async () => {
    const { world, command, tokenId } = await withToken()
    const sooner = await command(`expire --token-id ${tokenId} --expiry-time-period 2h`)
    expect([sooner.code, hoursLeft(world)]).toEqual([0, 2])
    expect(sooner.err).not.toContain('later')
    const later = await command(`expire --token-id ${tokenId} --expiry-time-period 3h`)
    expect([later.code, hoursLeft(world)]).toEqual([0, 3])
    expect(later.err).toContain('that is later than the expiry before')
  })

  it('tells that there is no such token any more', async () => {
    const { command, tokenId, hmacFile } = await withToken()
    await command(`expire --token-id ${tokenId}`)
    const { code, out, err } = await command(`expire --hmac-file ${hmacFile}`)
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain('[ERR_KAFKA_TOKEN_NOT_FOUND]')
  })
})
