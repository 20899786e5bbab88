import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { delegationToken } from '../../src/cli/delegation-token/delegation-token.ts'
import { accessFlags, readGiven } from '../../src/cli/delegation-token/flags.ts'
import { dateText, durationText, table } from '../../src/cli/delegation-token/table.ts'
import { writtenOptions } from '../../src/config/option.ts'
import { run } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-delegation-token-'))
const properties = join(folder, 'client.properties')
writeFileSync(properties, 'bootstrap.servers=127.0.0.1:1\nsecurity.protocol=PLAINTEXT\n')

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const actions = ['create', 'describe', 'renew', 'expire', 'check', 'keep']
const hmac = Buffer.alloc(64, 7).toString('base64')
const login = `--command-config ${properties}`

describe('delegation-token', () => {
  it.each([
    ['', 'delegation-token: must be followed by create, describe, renew, expire, check or keep'],
    ['crate', 'delegation-token (given: crate): must be followed by create, describe'],
    ['crate', 'did you mean create?'],
    ['toString', 'delegation-token (given: toString): must be followed by'],
    ['create', '--command-config: must name the properties of a Java client to log in with'],
    ['create --bootstrap-servers k:9092', '--bootstrap-servers: no such option; did you mean --bootstrap-server?'],
    [`create ${login} --hmac-file x`, '--hmac-file: is not for this action'],
    [`create ${login} --no-wait=yes`, '--no-wait: takes no value'],
    [`create ${login} --out`, '--out: needs a value'],
    [`create ${login} --out=`, '--out: needs a value'],
    [`create ${login} --out --no-wait`, '--out: needs a value'],
    [`create ${login} --out a --out b`, '--out: is given twice'],
    [`create ${login} extra`, 'extra: is not expected here'],
    [`create ${login} --profile orders`, '--profile: stands beside --command-config: log in by one of them'],
    [`create ${login} --source self-issued`, '--source: stands beside --command-config: log in by one of them'],
    [`create ${login} --broker-ca-file ca.pem`, '--broker-ca-file: goes with --profile'],
    [`create ${login} --security-protocol SASL_SSL`, '--security-protocol: goes with --profile'],
    [`create ${login} --login-principal Group:g1`, '--login-principal (given: Group:g1): must be User:name'],
    [`create ${login} --bootstrap-server kafka`, '--bootstrap-server (given: kafka): must be host:port'],
    ['create --profile orders', '--bootstrap-server: must be host:port, or a list of them'],
    [
      'create --profile orders --bootstrap-server k:1 --security-protocol SASLSSL',
      '--security-protocol (given: SASLSSL): must be one of SASL_SSL, SSL, SASL_PLAINTEXT, PLAINTEXT; did you mean SASL_SSL?',
    ],
    [
      'create --profile orders --bootstrap-server k:1 --login-principal orders',
      '--login-principal (given: orders): must be User:<name>',
    ],
    [`create ${login} --owner-principal spark`, '--owner-principal (given: spark): must be User:name'],
    [`create ${login} --owner-principal User:`, '--owner-principal (given: User:): must be User:name'],
    [
      `create ${login} --owner-principal Group:g1`,
      'brokers take an owner of another type as well, and let in who has a token of Group:g1 as User:g1',
    ],
    [
      `create ${login} --owner-principal User:a --owner-principal User:b`,
      '--owner-principal (given: User:a, User:b): takes one principal here',
    ],
    [`create ${login} --renewer-principal Group:g1`, '--renewer-principal (given: Group:g1): must be User:name'],
    [`create ${login} --max-life-time-period 0`, '--max-life-time-period (given: 0): must be milliseconds from 1 on'],
    [`create ${login} --max-life-time-period -2`, '--max-life-time-period (given: -2): must be milliseconds'],
    [`create ${login} --max-life-time-period soon`, '--max-life-time-period (given: soon): must be milliseconds'],
    [`create ${login} --max-life-time-period 9223372036854775807`, 'must be milliseconds from 1 on'],
    [`create ${login} --output yaml`, '--output (given: yaml): must be one of table, properties, json, env'],
    [
      `create ${login} --mechanism SCRAM-SHA-521`,
      '--mechanism (given: SCRAM-SHA-521): must be one of SCRAM-SHA-256, SCRAM-SHA-512; did you mean',
    ],
    [`create ${login} --output table --out f`, '--output (given: table): is for people'],
    [`describe ${login} --output properties`, '--show-hmac: is needed for properties, which holds the HMAC of a token'],
    [`describe ${login} --out f`, '--show-hmac: is needed for --out, which holds the HMAC of a token'],
    [`describe ${login} --owner-principal spark`, '--owner-principal (given: spark): must be User:name'],
    [
      `renew ${login}`,
      '--hmac-file: must name a file with the HMAC of the token (- for standard input), or give --token-id instead',
    ],
    [`renew ${login} --token-id a --hmac-file f`, '--hmac-file: must name a file with the HMAC'],
    [`renew ${login} --hmac a --hmac-file f`, '--hmac: stands beside --hmac-file: give one of them'],
    [`renew ${login} --token-id a --output properties`, '--output (given: properties): must be one of table, json'],
    [
      `renew ${login} --token-id a --renew-time-period 0`,
      '--renew-time-period (given: 0): must be milliseconds from 1 on',
    ],
    [`expire ${login}`, '--hmac-file: must name a file'],
    [
      `expire ${login} --token-id a --expiry-time-period -5`,
      '--expiry-time-period (given: -5): must be milliseconds from 0 on',
    ],
    ['check --profile orders --bootstrap-server k:1', '--token-id: must say which token is tried'],
    [`check ${login} --scram-bootstrap-server kafka`, '--scram-bootstrap-server (given: kafka): must be host:port'],
  ])('refuses %j', async (line, message) => {
    const { code, out, err } = await run(`delegation-token ${line}`)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  it.each([
    ['', '--config: must name a configuration with delegationTokens; or describe one token'],
    ['--source self-issued', '--config: must name a configuration with delegationTokens'],
    [login, '--to-file: must name the file where the token is published, or --to-kubernetes-secret a Secret'],
    [
      '--to-file f --bootstrap-server k:1',
      '--command-config: must name the properties of a Java client to log in with',
    ],
    ['--to-file f --command-config /nowhere.properties', '--bootstrap-server: must be host:port'],
    [`--to-file f ${login} --profile orders`, '--profile: stands beside --command-config'],
    [
      `--to-kubernetes-secret spark ${login}`,
      '--to-kubernetes-secret (given: spark): must be <namespace>/<name> of a Secret',
    ],
    [`--to-kubernetes-secret a/b --output env ${login}`, '--output: goes with --to-file'],
    [`--to-file f --output yaml ${login}`, '--output (given: yaml): must be one of properties, json, env'],
    [`--to-file f --owner-principal Group:g1 ${login}`, '--owner-principal (given: Group:g1): must be User:name'],
    [
      `--to-file f --renew-time-period 4999 ${login}`,
      '--renew-time-period (given: 4999): must be milliseconds from 5000 on',
    ],
    [
      `--to-file f --max-life-time-period 367d ${login}`,
      '--max-life-time-period (given: 367d): must be milliseconds from 10000 on, a duration such as 30s, 1h or 7d (366d at most)',
    ],
    [
      '--to-file f --bootstrap-server k:1 --profile nobody',
      '--profile (given: nobody): is no profile; there is default',
    ],
  ])('keep refuses %j', async (line, message) => {
    const { code, out, err } = await run(`delegation-token keep ${line}`)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  it('tells all faults at once', async () => {
    const { err } = await run(
      'delegation-token create --owner-principal spark --max-life-time-period soon --output yaml',
    )
    expect(err.split('\n').slice(0, 5)).toEqual([
      'kafka-token-sidecar: 4 faults in the configuration',
      expect.stringContaining('--owner-principal (given: spark)'),
      expect.stringContaining('--max-life-time-period (given: soon)'),
      expect.stringContaining('--output (given: yaml)'),
      expect.stringContaining('--command-config'),
    ])
  })

  it('reads --profile options as the command token does', async () => {
    const { code, err } = await run(
      'delegation-token describe --profile nobody --source self-issued --bootstrap-server k:1',
    )
    expect(code).toBe(2)
    expect(err).toContain('--profile (given: nobody): is no profile; there is default')
  })

  it('is not open to onlookers', async () => {
    const { code, err } = await run(`delegation-token describe ${login}`, { execArgv: ['--inspect=127.0.0.1:0'] })
    expect(code).toBe(2)
    expect(err).toContain('--inspect: lets others read tokens and keys')
  })
})

describe('an HMAC on the command line', () => {
  const shapes = [
    ['short', 'c2Vj+mV0', 'has 8 characters'],
    ['of 63 bytes', Buffer.alloc(63, 7).toString('base64'), 'is not base64 of 64 bytes'],
    ['cut off', hmac.slice(0, -4), 'is not base64 of 64 bytes'],
    ['with a letter too much', `${hmac}A`, 'is not base64 of 64 bytes'],
    ['in the alphabet for URLs', Buffer.alloc(64, 0xfb).toString('base64url'), 'is written in the alphabet for URLs'],
    ['of two lines', `${hmac}\n${hmac}`, 'is not base64 of 64 bytes'],
  ] as const

  it.each(shapes)(
    'that is none is refused before anything is sent, and not repeated: %s',
    async (_name, text, words) => {
      const file = join(folder, 'hmac')
      writeFileSync(file, `${text}\n`)
      for (const action of ['renew', 'expire', 'check']) {
        const line = `delegation-token ${action} ${login}`.split(' ')
        const ways = [
          await run([...line, '--hmac', text]),
          await run([...line, '--hmac-file', file]),
          await run([...line, '--hmac-file', '-'], { input: text }),
        ]
        for (const { code, out, err } of ways) {
          expect([code, out]).toEqual([2, ''])
          expect(err).toContain('[ERR_KAFKA_TOKEN_HMAC]')
          expect(err).toContain(words)
          expect(err).not.toContain(text.slice(0, 12))
        }
      }
    },
  )

  it.each([
    `renew ${login} ${hmac}`,
    `renew ${login} --hmack ${hmac}`,
    `renew ${login} --hmac ${hmac} ${hmac}`,
    `renew ${login} --hmac-file ${hmac}`,
    `renew ${login} --token-id ${hmac}`,
    `renew --hmac ${hmac}`,
    `create ${login} --hmac ${hmac}`,
    `describe --profile orders ${hmac}`,
  ])('is not repeated: %j', async (line) => {
    const { code, out, err } = await run(`delegation-token ${line}`)
    expect(code).toBeGreaterThan(1)
    expect(out).toBe('')
    expect(err).not.toContain(hmac)
  })

  it('is warned of: others see it', async () => {
    const { err } = await run(`delegation-token renew ${login} --hmac short`)
    expect(err).toContain('the list of processes and the history of the shell show --hmac; give it by --hmac-file FILE')
    expect((await run(`delegation-token renew ${login} --hmac-file -`, { input: 'short' })).err).not.toContain(
      'history',
    )
  })

  it('is read from a file that can be read', async () => {
    const { code, err } = await run(`delegation-token renew ${login} --hmac-file ${folder}`)
    expect([code, err]).toEqual([4, `kafka-token-sidecar: --hmac-file (given: ${folder}): cannot be read (EISDIR)\n`])
  })
})

describe('the help of delegation-token', () => {
  it.each(['delegation-token --help', 'help delegation-token', 'delegation-token -h'])(
    'lists the actions: %s',
    async (line) => {
      const { code, out } = await run(line)
      expect(code).toBe(0)
      expect(out).toMatch(/^Usage: kafka-token-sidecar delegation-token create /)
      for (const action of actions) expect(out).toContain(`\n  ${action} `)
    },
  )

  it.each(actions)('tells the options of %s, and fits a terminal', async (action) => {
    const { code, out } = await run(`delegation-token ${action} --help`)
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: kafka-token-sidecar delegation-token ${action} `))
    expect((await run(`help delegation-token ${action}`)).out).toBe(out)
    for (const flag of accessFlags) expect(out).toMatch(new RegExp(`^  .*${flag} `, 'm'))
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  it('has no flag that is an option of the configuration, too', async () => {
    const helps = await Promise.all(actions.map(async (action) => delegationToken.help([action])))
    const own = helps.flatMap((help) => [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag))
    expect(own.length).toBeGreaterThan(20)
    const options = new Set(writtenOptions().map(({ flag }) => flag))
    expect(own.filter((flag) => flag !== undefined && options.has(flag))).toEqual([])
  })
})

describe('the flags of an action', () => {
  const names = ['--out', '--owner-principal', '--no-wait'] as const

  it.each([
    ['--out f', { out: 'f', owners: [], noWait: false, rest: [] }],
    ['--out=f --no-wait', { out: 'f', owners: [], noWait: true, rest: [] }],
    [
      '--owner-principal User:a --owner-principal=User:b',
      { out: undefined, owners: ['User:a', 'User:b'], noWait: false, rest: [] },
    ],
    ['--source self-issued --no-wait', { out: undefined, owners: [], noWait: true, rest: ['--source', 'self-issued'] }],
    ['--config=a.yaml --out f', { out: 'f', owners: [], noWait: false, rest: ['--config=a.yaml'] }],
    ['--reuse-port --out f', { out: 'f', owners: [], noWait: false, rest: ['--reuse-port'] }],
  ])('are told from options of the configuration: %s', (line, expected) => {
    const given = readGiven(line.split(' '), names)
    given.settle()
    const { rest } = given
    expect({
      out: given.text('--out'),
      owners: given.list('--owner-principal'),
      noWait: given.has('--no-wait'),
      rest,
    }).toEqual(expected)
  })
})

describe('a table', () => {
  it('has no empty cell, no wider column than it needs, and nothing that speaks to a terminal', () => {
    expect(
      table([
        ['A', 'LONG', 'C'],
        ['x', '', 'y'],
        ['\u001b[2Jlong', '1', '\u202e'],
      ]),
    ).toBe('A         LONG  C\nx         -     y\n?[2Jlong  1     ?\n')
  })

  it.each([
    [-5, '0s'],
    [999, '0s'],
    [42_000, '42s'],
    [60_000, '1m'],
    [61_500, '1m 1s'],
    [3_600_000, '1h'],
    [86_399_000, '23h 59m'],
    [7 * 86_400_000, '7d'],
    [7 * 86_400_000 - 1, '6d 23h'],
  ])('tells %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })

  it('tells times to the second', () => {
    expect(dateText(Date.UTC(2026, 10, 22, 6, 46, 3, 456))).toBe('2026-11-22T06:46:03Z')
  })
})
