import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandedKafka } from './delegation-token-cluster.ts'

const hourMs = 3_600_000

function stored(tokenId: string, owner: string, expiresAt: number, issuedAt = Date.now() - 2 * hourMs) {
  return {
    tokenId,
    owner,
    requester: 'User:admin',
    renewers: [],
    issuedAt,
    expiresAt,
    maxLifetimeAt: issuedAt + 168 * hourMs,
  }
}

describe('delegation-token describe', () => {
  it('lists all tokens that the login sees, sorted, without HMACs', async () => {
    const { command, made } = await commandedKafka()
    const first = await made('--owner-principal User:spark')
    const second = await made('--owner-principal User:bob --renewer-principal User:spark')
    const third = await made()
    const ids = [third, second, first].map(({ tokenId }) => tokenId)
    const { code, out, err } = await command('describe')
    expect([code, err]).toEqual([0, ''])
    const [count, head, ...rows] = out.trimEnd().split('\n')
    expect([count, head]).toEqual([
      'Total number of tokens : 3',
      expect.stringMatching(/^TOKENID +OWNER +REQUESTER +RENEWERS +ISSUEDATE +EXPIRYDATE +MAXDATE +LEFT$/),
    ])
    expect(rows.map((row) => row.split(/ +/).slice(0, 4))).toEqual([
      [ids[0], 'User:admin', 'User:admin', '-'],
      [ids[1], 'User:bob', 'User:admin', 'User:spark,User:admin'],
      [ids[2], 'User:spark', 'User:admin', 'User:admin'],
    ])
    expect(out).not.toMatch(/[\w+/]{86}==/)
  })

  it.each([
    ['--owner-principal User:bob', ['bob']],
    ['--owner-principal User:bob --owner-principal User:spark', ['bob', 'spark']],
    ['--owner-principal User:nobody', []],
    ['--token-id spark-00000000000000000', ['spark']],
  ])('lists only what is asked for: %s', async (line, expected) => {
    const { kafka, command } = await commandedKafka()
    for (const name of ['spark', 'bob', 'admin']) {
      kafka.tokens.put({
        ...stored(name.padEnd(23, '-00000000000000000'), `User:${name}`, Date.now() + hourMs),
        requester: `User:${name}`,
      })
    }
    const { code, out } = await command(`describe --output json ${line}`)
    const { tokens } = JSON.parse(out) as { tokens: { owner: string }[] }
    expect([code, tokens.map(({ owner }) => owner)]).toEqual([0, expected.map((name) => `User:${name}`)])
  })

  it('shows the HMACs when it is asked to', async () => {
    const { command, made } = await commandedKafka()
    const { tokenId, tokenHmac } = await made()
    expect((await command('describe --show-hmac')).out).toContain(`\n${tokenId}  ${tokenHmac}  User:admin  `)
    const { tokens } = JSON.parse((await command('describe --show-hmac --output json')).out) as { tokens: object[] }
    expect(tokens).toMatchObject([
      { tokenId, tokenHmac, saslMechanism: 'SCRAM-SHA-512', securityProtocol: 'SASL_PLAINTEXT' },
    ])
  })

  it('tells in JSON what it tells in a table', async () => {
    const { command, made } = await commandedKafka()
    const { tokenId } = await made('--owner-principal User:spark')
    const text = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string
    expect(JSON.parse((await command('describe --output json')).out)).toEqual({
      tokens: [
        {
          ...{ tokenId, owner: 'User:spark', requester: 'User:admin', renewers: ['User:admin'] },
          ...{ issuedAt: text, expiresAt: text, maxLifetimeAt: text },
          ...{ remainingSeconds: expect.closeTo(86_399, -1) as number, isExpired: false },
        },
      ],
    })
  })

  it('marks what has expired and is not swept', async () => {
    const { kafka, command } = await commandedKafka()
    kafka.tokens.put(stored('lapsed-0000000000000000', 'User:spark', Date.now() - hourMs))
    expect((await command('describe')).out).toMatch(/ {2}expired, not swept yet\n$/)
    const { out } = await command('describe --output json')
    expect(JSON.parse(out)).toMatchObject({ tokens: [{ remainingSeconds: 0, isExpired: true }] })
  })

  it('does not let names speak to the terminal', async () => {
    const { kafka, command } = await commandedKafka()
    kafka.tokens.put(stored('named-00000000000000000', 'User:a\u001b[2J\nb', Date.now() + hourMs))
    const { out } = await command('describe')
    expect(out).toContain('User:a?[2J?b')
    expect(out.trimEnd().split('\n').length).toBe(3)
  })

  it('says which ACL shows the tokens of others, where there are none', async () => {
    const { kafka, command, made } = await commandedKafka()
    await made('--owner-principal User:spark')
    const { code, out, err } = await command('describe', { user: 'bob' })
    expect([code, out]).toEqual([0, 'Total number of tokens : 0\n'])
    expect(err).toContain('--allow-principal User:bob --operation DescribeTokens --user-principal User:<owner>')
    kafka.acls.add('User:bob DescribeTokens User:spark')
    expect((await command('describe', { user: 'bob' })).out).toContain('User:spark')
    kafka.acls.clear()
    expect(JSON.parse((await command('describe --output json', { user: 'bob' })).out)).toEqual({ tokens: [] })
  })

  it.each([
    ['properties', /^# Delegation token [^]*tokenauth="true";\n$/],
    ['env', /^KAFKA_TOKEN_ID=[\w-]+\nKAFKA_TOKEN_HMAC=[\w+/]{86}==\n$/],
  ])('prints one token as %s, and refuses several', async (output, shape) => {
    const { command, made } = await commandedKafka()
    const { tokenId } = await made()
    expect((await command(`describe --show-hmac --output ${output}`)).out).toMatch(shape)
    await made()
    expect((await command(`describe --show-hmac --output ${output} --token-id ${tokenId}`)).out).toMatch(shape)
    const { code, out, err } = await command(`describe --show-hmac --output ${output}`)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(
      `--output (given: ${output}): is for one token, and this login sees 2; choose with --token-id or --owner-principal`,
    )
  })

  it('writes one token to a file', async () => {
    const { command, made, folder } = await commandedKafka()
    const { tokenId, tokenHmac } = await made()
    const file = join(folder, 'token.json')
    const { code, out } = await command(`describe --show-hmac --output json --token-id ${tokenId} --out ${file}`)
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ tokenId, tokenHmac })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out).not.toContain(tokenHmac)
  })

  it('says that there is no token of this id', async () => {
    const { command } = await commandedKafka()
    const { code, out, err } = await command('describe --token-id none')
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain('this login sees no token with the id none')
    expect(err).toContain('[ERR_KAFKA_TOKEN_NOT_FOUND]')
  })

  it('is not for who logs in with a delegation token', async () => {
    const { kafka, command, folder } = await commandedKafka()
    const file = join(folder, 'token.properties')
    await command(`create --out ${file}`)
    const line = `--bootstrap-server ${kafka.bootstrap.join(',')} --command-config ${file}`
    for (const action of ['describe', 'create', 'renew --token-id a', 'expire --token-id a']) {
      const { code, err } = await command(`${action} ${line}`, {})
      expect([code, err]).toEqual([5, expect.stringContaining('[ERR_KAFKA_TOKEN_NOT_ALLOWED]')])
    }
  })
})
