import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { parseJaas } from '../../src/platform/jaas.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import { commandedKafka } from './delegation-token-cluster.ts'

describe('delegation-token create', () => {
  it('prints settings of a client that uses the token', async () => {
    const { kafka, command } = await commandedKafka()
    const { code, out } = await command('create')
    expect(code).toBe(0)
    const settings = parseJavaProperties(out)
    const { options } = parseJaas(settings.get('sasl.jaas.config') ?? '')
    const tokenId = options.get('username') ?? ''
    expect([...settings.keys()]).toEqual(['security.protocol', 'sasl.mechanism', 'sasl.jaas.config'])
    expect([settings.get('security.protocol'), settings.get('sasl.mechanism')]).toEqual([
      'SASL_PLAINTEXT',
      'SCRAM-SHA-512',
    ])
    expect([...kafka.tokens.all.keys()]).toEqual([tokenId])
    expect(options.get('tokenauth')).toBe('true')
    expect(Buffer.from(options.get('password') ?? '', 'base64').length).toBe(64)
  })

  it('prints a table, JSON or variables, by either mechanism', async () => {
    const { command } = await commandedKafka()
    const table = (await command('create --output table --owner-principal User:spark')).out
    expect(table).toMatch(/^TOKENID +HMAC +OWNER +REQUESTER +RENEWERS +ISSUEDATE +EXPIRYDATE +MAXDATE +LEFT\n/)
    expect(table).toMatch(
      /\n[\w-]{22} {2}[\w+/]{86}== {2}User:spark {2}User:admin {2}User:admin {2}(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}){3}23h 59m\n$/,
    )
    const json: unknown = JSON.parse((await command('create --output json --mechanism SCRAM-SHA-256')).out)
    const text = expect.any(String) as string
    expect(json).toEqual({
      ...{ tokenId: text, tokenHmac: text, owner: 'User:admin', renewers: [] },
      ...{ issuedAt: text, expiresAt: text, maxLifetimeAt: text },
      ...{ securityProtocol: 'SASL_PLAINTEXT', saslMechanism: 'SCRAM-SHA-256', saslJaasConfig: text },
    })
    expect((await command('create --output env')).out).toMatch(
      /^KAFKA_TOKEN_ID=[\w-]{22}\nKAFKA_TOKEN_HMAC=[\w+/]{86}==\n$/,
    )
  })

  it('prints a table where a person watches', async () => {
    const { properties } = await commandedKafka()
    let out = ''
    const terminal = {
      ...{
        env: {},
        execArgv: [],
        isWatched: true,
        isErrorWatched: false,
        isFed: false,
        readInput: () => Promise.resolve(''),
        err: () => undefined,
      },
      out: (text: string) => void (out += text),
    }
    expect(await main(['delegation-token', 'create', '--command-config', properties('admin')], terminal)).toBe(0)
    expect(out).toMatch(/^TOKENID +HMAC +OWNER /)
  })

  it('adds who is logged in to the renewers of a token for another, and says so', async () => {
    const { kafka, command } = await commandedKafka()
    const { err } = await command(
      'create --owner-principal User:spark --renewer-principal User:bob --renewer-principal User:bob',
    )
    expect(err).toMatch(/^kafka-token-sidecar: added User:admin, who is logged in, to the renewers: [^\n]*\n$/)
    expect([...kafka.tokens.all.values()]).toMatchObject([
      { owner: 'User:spark', requester: 'User:admin', renewers: ['User:bob', 'User:admin'] },
    ])
  })

  it.each(['--owner-principal User:spark --renewer-principal User:admin', '--owner-principal User:admin'])(
    'adds nobody who may renew anyway: %s',
    async (line) => {
      const { command } = await commandedKafka()
      expect((await command(`create ${line}`)).err).not.toContain('added')
    },
  )

  it.each(['', '--owner-principal User:admin'])('warns that a token for oneself has all rights: %j', async (line) => {
    const { command } = await commandedKafka()
    const { code, err } = await command(`create ${line}`)
    expect(code).toBe(0)
    expect(err).toContain('whoever has this token has all rights of User:admin, who is logged in')
  })

  it('warns when brokers take the login for somebody who may not renew the token', async () => {
    const { command } = await commandedKafka()
    const { code, err } = await command('create --owner-principal User:spark --login-principal User:other')
    expect(code).toBe(0)
    expect(err).toContain('added User:other, who is logged in')
    expect(err).toMatch(
      /this login is User:admin to the brokers, who may neither renew nor expire [\w-]{22}: make another one with --renewer-principal User:admin\n/,
    )
  })

  it('says when the brokers allow less than was asked for', async () => {
    const { kafka, command } = await commandedKafka()
    const { err } = await command('create --max-life-time-period 30d')
    expect(err).toContain('the brokers allow 7d at most (delegation.token.max.lifetime.ms)')
    for (const period of ['-1', '3600000', '1h']) {
      expect((await command(`create --max-life-time-period ${period}`)).err).not.toContain('allow')
    }
    const lives = [...kafka.tokens.all.values()].map(
      ({ issuedAt, maxLifetimeAt }) => (maxLifetimeAt - issuedAt) / 3_600_000,
    )
    expect(lives).toEqual([168, 168, 1, 1])
  })

  it('waits until every broker knows the token, unless told not to', async () => {
    const { kafka, made } = await commandedKafka({ brokers: 3 })
    kafka.broker(3).lagMs = 150
    const early = await made('--no-wait')
    expect(kafka.broker(3).knownTokens.has(early.tokenId)).toBe(false)
    const { tokenId } = await made()
    for (const broker of kafka.brokers) expect(broker.knownTokens.has(tokenId)).toBe(true)
  })

  it('gives a token that is made although not every broker can be asked', async () => {
    const { kafka, command } = await commandedKafka({ brokers: 3 })
    await kafka.broker(2).stop()
    const { code, out, err } = await command('create')
    expect([code, out]).toEqual([0, expect.stringContaining('tokenauth="true"')])
    expect(err).toContain(`could not ask ${kafka.broker(2).address} for the new token`)
  })

  it('gives a token that is made and not known to a broker, and fails', async () => {
    const { kafka, command } = await commandedKafka({ brokers: 2 })
    kafka.broker(2).fail('DescribeDelegationToken', 7)
    const { code, out, err } = await command('create')
    expect([code, out]).toEqual([6, expect.stringContaining('tokenauth="true"')])
    expect(err).toContain('the token is made, and not known everywhere: ')
  })

  it('says that a token may be there when the answer was lost', async () => {
    const { kafka, command } = await commandedKafka()
    kafka.fail('CreateDelegationToken', 'cut', { isDone: true })
    const { code, out, err } = await command('create')
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain('the token may have been made all the same: delegation-token describe tells')
    expect(err).toContain('[ERR_KAFKA_UNREACHABLE]')
  })

  it('takes the flags of the script of Kafka', async () => {
    const { kafka, command, properties } = await commandedKafka()
    const login = `--bootstrap-server ${kafka.bootstrap.join(',')} --command-config ${properties('admin')}`
    const line = `${login} --create --max-life-time-period -1 --renewer-principal User:bob`
    const { code } = await command(line, {})
    expect(code).toBe(0)
    expect([...kafka.tokens.all.values()]).toMatchObject([{ owner: 'User:admin', renewers: ['User:bob'] }])
  })
})

describe('delegation-token create --out', () => {
  it.each([
    ['', /^# Delegation token .*\nsecurity\.protocol=SASL_PLAINTEXT\n/],
    ['--output json', /^\{\n {2}"tokenId": /],
    ['--output env', /^KAFKA_TOKEN_ID=/],
  ])('writes the token for its owner alone, in place of the one before: %j', async (line, shape) => {
    const { command, folder } = await commandedKafka()
    const file = join(folder, 'token')
    writeFileSync(file, 'former', { mode: 0o644 })
    const { code, out } = await command(`create --out ${file} ${line}`)
    expect(code).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(shape)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out).toMatch(/^TOKENID +OWNER +REQUESTER /)
    expect(out).not.toMatch(/[\w+/]{86}==/)
  })

  it('makes no token where the file could not be written', async () => {
    const { kafka, command, folder } = await commandedKafka()
    const { code, err } = await command(`create --out ${join(folder, 'none/token')}`)
    expect([code, err]).toEqual([
      4,
      expect.stringMatching(/cannot write .*none\/token \(ENOENT\).* \[ERR_OUTLET_FILE\]\n$/),
    ])
    expect(kafka.calls).toEqual([])
  })

  it('says how to get at a token that could not be written after all', async () => {
    const { command, folder } = await commandedKafka()
    const file = join(folder, 'a-folder')
    mkdirSync(file)
    const { code, out, err } = await command(`create --out ${file}`)
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(/ ([\w-]{22}) is there all the same: describe --token-id \1 --show-hmac --out FILE writes it\n/)
  })
})

describe('a login for delegation-token', () => {
  it('is a token of a profile, with the options of the command token', async () => {
    const { kafka, command } = await commandedKafka()
    const place = `--bootstrap-server ${kafka.bootstrap.join(',')} --security-protocol SASL_PLAINTEXT`
    const { code, out } = await command(`create --output json ${place} --source self-issued --subject orders`, {})
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ owner: 'User:orders', securityProtocol: 'SASL_PLAINTEXT' })
    expect(kafka.logins).toMatchObject([{ mechanism: 'OAUTHBEARER', principal: 'User:orders' }, {}])
  })

  it.each([
    ['a wrong password', { users: { admin: 'another' } }, 5, 'ERR_KAFKA_LOGIN'],
    ['a mechanism that is not there', { listeners: { A: { mechanisms: ['PLAIN'] } } }, 5, 'ERR_KAFKA_MECHANISM'],
    ['delegation tokens that are switched off', { secretKey: null }, 5, 'ERR_KAFKA_TOKEN_DISABLED'],
    ['no right to make tokens for others', { superUsers: [] }, 5, 'ERR_KAFKA_TOKEN_AUTHORIZATION'],
  ])('fails in words with %s', async (_what, options, expected, words) => {
    const { command } = await commandedKafka(options)
    const { code, out, err } = await command('create --owner-principal User:spark')
    expect([code, out]).toEqual([expected, ''])
    expect(err).toContain(`[${words}]`)
  })

  it('fails in words where nobody listens', async () => {
    const { kafka, command } = await commandedKafka()
    await kafka.broker(1).stop()
    const { code, err } = await command('create')
    expect([code, err]).toEqual([5, expect.stringContaining('[ERR_KAFKA_UNREACHABLE]')])
  })

  it('by properties that cannot be read, or lack brokers, is refused', async () => {
    const { command, folder } = await commandedKafka()
    const file = join(folder, 'x.properties')
    expect(await command(`create --command-config ${file}`, {})).toMatchObject({ code: 4 })
    writeFileSync(file, 'security.protocol=PLAINTEXT\n')
    const { code, err } = await command(`create --command-config ${file}`, {})
    expect([code, err]).toEqual([2, expect.stringContaining('bootstrap')])
  })
})
