import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { inspectTls } from '../../src/platform/tls-inspection.ts'
import { freePorts } from './child-process.ts'
import { delegationToken, keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'
import { type DoctorWorld, doctorWorld, type Examined, pasted, topic } from './doctor-world.ts'
import { startSidecar } from './sidecar.ts'

let world: DoctorWorld
beforeAll(async () => {
  world = await doctorWorld('doctor', { classpath: inject('e2e').tools.broker })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

type Changes = Readonly<Record<string, string | undefined>>

const endpoint = 'sasl.oauthbearer.token.endpoint.url'
const at = (listener: string) => ({ 'bootstrap.servers': world.cluster.bootstrap[listener] ?? '' })
const of = (profile: string) => ({ [endpoint]: `${world.sidecar.origin}/token/${profile}` })
const trusting = (caFile: string) => ({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': caFile })
const tls = { 'security.protocol': 'SASL_SSL' }
const noLogin = {
  'sasl.mechanism': undefined,
  'sasl.login.callback.handler.class': undefined,
  'sasl.jaas.config': undefined,
  [endpoint]: undefined,
}

async function examine(changes: Changes, more: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  return world.doctor(['--command-config', world.fileOf(world.client(changes)), ...more], env)
}

/** Where the walk ended, and what it said there. */
function endOf(report: Examined) {
  const step = report.steps.find(({ status }) => status === 'broken')
  return { code: report.code, step: step?.step, found: step?.found ?? '' }
}

function pastes(report: Examined): readonly string[] {
  const broken = report.steps.find(({ status }) => status === 'broken')
  return (broken?.remedies ?? []).flatMap(({ paste }) => paste ?? [])
}

/** The first lines to paste in which this stands. */
function pasteWith(report: Examined, text: string): string {
  const found = pastes(report).find((paste) => paste.includes(text))
  if (found === undefined) throw new Error(`nothing to paste has ${text}: ${JSON.stringify(pastes(report))}`)
  return found
}

describe('on the healthy way, the doctor', () => {
  it('comes to the end in less than 2 s', async () => {
    const startedAt = performance.now()
    const report = await examine({}, ['--topic', topic])
    const tookMs = performance.now() - startedAt
    expect(report.steps.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(report.code).toBe(0)
    console.log(`doctor: ${Math.round(tookMs)} ms with the start of the process, ${report.tookMs} ms without`)
    expect(tookMs).toBeLessThan(2_000)
  })

  it.each([
    ['TLS', () => ({ ...at('TLS'), ...tls, ...trusting(world.cluster.tls.caFile) })],
    [
      'a client certificate',
      () => {
        const { bothFile } = world.cluster.tls.client('machine')
        const own = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': bothFile }
        return { ...noLogin, ...at('MTLS'), 'security.protocol': 'SSL', ...trusting(world.cluster.tls.caFile), ...own }
      },
    ],
    ['SCRAM', () => ({ ...noLogin, ...at('SCRAM'), ...scramLogin(world.users['orders'] ?? '') })],
  ])('comes to the end with %s', async (_what, changes) => {
    expect(endOf(await examine(changes()))).toEqual({ code: 0, step: undefined, found: '' })
  })
})

function scramLogin(password: string) {
  return pasted(passwordLogin('orders', password))
}

interface Fault {
  readonly what: string
  readonly exit: number
  readonly step: string
  /** The properties of the client, with the fault in them. */
  readonly fault: () => Changes | Promise<Changes>
  readonly flags?: readonly string[]
  readonly env?: () => Readonly<Record<string, string>>
  readonly says: string
  /** Does what the report says; resolves to the properties that then work. */
  readonly mend: (report: Examined, faulty: Changes) => Changes | Promise<Changes>
  readonly envAfter?: (report: Examined) => Readonly<Record<string, string>>
}

const secured = '.secured.'

const faults: readonly Fault[] = [
  {
    what: 'a wrong path of the endpoint',
    exit: 12,
    step: 'token',
    fault: () => ({ [endpoint]: `${world.sidecar.origin}/tokens` }),
    says: 'nothing is served at /tokens',
    mend: (report) => pasted(pasteWith(report, endpoint)),
  },
  {
    what: 'a wrong client secret',
    exit: 12,
    step: 'token',
    fault: () => ({ [endpoint]: `${world.guarded.origin}/token`, 'sasl.jaas.config': clientLogin('wrong') }),
    says: 'secret',
    mend: (report, faulty) => {
      expect(JSON.stringify(report)).toContain('ERR_CALLER_UNKNOWN')
      return { ...faulty, 'sasl.jaas.config': clientLogin(world.secret) }
    },
  },
  {
    what: 'the handler of Kafka 3 in a client of Kafka 4',
    exit: 14,
    step: 'client-settings',
    flags: ['--client-version', '4'],
    fault: () => {
      const name = 'sasl.login.callback.handler.class'
      return { [name]: world.client()[name]?.replace('.OAuthBearerLogin', `${secured}OAuthBearerLogin`) }
    },
    says: 'there is no package oauthbearer.secured any more',
    mend: (report) => pasted(pasteWith(report, 'sasl.login.callback.handler.class')),
  },
  {
    what: 'a JVM that may not call the endpoint',
    exit: 14,
    step: 'client-settings',
    flags: ['--client-version', '4'],
    env: () => ({ KAFKA_OPTS: '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=http://localhost:1/token' }),
    fault: () => ({}),
    says: 'is not in the list of allowed URLs',
    mend: (_report, faulty) => faulty,
    envAfter: (report) => {
      const [value = ''] = /-D[\w.]+allowed\.urls=[^\s"]+/.exec(pasteWith(report, 'allowed.urls')) ?? []
      return { KAFKA_OPTS: value }
    },
  },
  {
    what: 'a bootstrap server of a name that nobody has',
    exit: 15,
    step: 'dns',
    fault: () => ({ 'bootstrap.servers': at('OAUTH')['bootstrap.servers'].replace('127.0.0.1', 'kafka.invalid') }),
    says: 'kafka.invalid has no address',
    mend: (report) => {
      expect(pastes(report)).toContain('getent hosts kafka.invalid')
      return {}
    },
  },
  {
    what: 'a port where nobody listens',
    exit: 16,
    step: 'tcp',
    fault: async () => ({ 'bootstrap.servers': `127.0.0.1:${(await freePorts(1))[0] ?? 0}` }),
    says: 'refuses the connection',
    mend: (report) => {
      expect(JSON.stringify(report.steps)).toContain('advertised.listeners')
      return {}
    },
  },
  {
    what: 'TLS towards a listener without',
    exit: 17,
    step: 'tls',
    fault: () => ({ ...tls, ...trusting(world.cluster.tls.caFile) }),
    says: 'has no TLS, and security.protocol is SASL_SSL',
    mend: (report) => pasted(pasteWith(report, 'security.protocol')),
  },
  {
    what: 'no TLS towards a listener with',
    exit: 17,
    step: 'tls',
    fault: () => at('TLS'),
    says: 'speaks TLS, and security.protocol is SASL_PLAINTEXT',
    mend: (report, faulty) => ({
      ...faulty,
      ...pasted(pasteWith(report, 'security.protocol')),
      ...pasted(pasteWith(report, 'ssl.truststore'), { '/path/to/ca.pem': world.cluster.tls.caFile }),
    }),
  },
  {
    what: 'a private CA that the client does not know',
    exit: 17,
    step: 'tls',
    fault: () => ({ ...at('TLS'), ...tls }),
    says: 'Fake CA of a test run, an authority that is not trusted here',
    mend: (report, faulty) => {
      const filled = { '/path/to/ca.pem': world.cluster.tls.caFile }
      return { ...faulty, ...pasted(pasteWith(report, 'ssl.truststore'), filled) }
    },
  },
  {
    what: 'a name that the certificate does not have',
    exit: 17,
    step: 'tls',
    fault: () => ({ ...at('NAMED'), ...tls, ...trusting(join(world.folder, 'named-ca.pem')) }),
    says: 'shows a certificate for localhost, and not for 127.0.0.1',
    mend: (report, faulty) => ({ ...faulty, ...pasted(pasteWith(report, 'bootstrap.servers')) }),
  },
  {
    what: 'an expired certificate',
    exit: 17,
    step: 'tls',
    fault: () => ({
      'bootstrap.servers': at('EXPIRED')['bootstrap.servers'].replace('127.0.0.1', 'localhost'),
      ...tls,
      ...trusting(world.expired.caFile),
    }),
    says: 'expired 2 days ago',
    mend: async (report, faulty) => {
      const command = filledIn(pasteWith(report, 'kafka-configs.sh'), {
        '<server>': world.cluster.internal,
        '<id>': '1',
        '<listener>': 'expired',
        '<file>': world.expired.renewed,
      })
      await kafkaScript('kafka.admin.ConfigCommand', command)
      // Each network thread of the broker takes it up by itself, a moment after the command has ended.
      const [host = '', port = ''] = (faulty['bootstrap.servers'] ?? '').split(':')
      const shown = async () => {
        const { signal } = new AbortController()
        const look = () => inspectTls({ host, port: Number(port), tls: {}, signal })
        const looks = [await look(), await look(), await look(), await look(), await look(), await look()]
        return Math.min(...looks.map(({ chain }) => chain[0]?.validTo ?? 0))
      }
      await expect.poll(shown, { timeout: 30_000 }).toBeGreaterThan(Date.now())
      return faulty
    },
  },
  {
    what: 'no client certificate where one is demanded',
    exit: 17,
    step: 'tls',
    fault: () => ({ ...noLogin, ...at('MTLS'), 'security.protocol': 'SSL', ...trusting(world.cluster.tls.caFile) }),
    says: '',
    mend: (report, faulty) => {
      expect(JSON.stringify(report.steps)).toContain('ssl.keystore.location')
      const { bothFile } = world.cluster.tls.client('another-machine')
      return { ...faulty, 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': bothFile }
    },
  },
  {
    what: 'a listener without OAUTHBEARER',
    exit: 18,
    step: 'sasl',
    fault: () => at('SCRAM'),
    says: 'OAUTHBEARER not enabled (33, UNSUPPORTED_SASL_MECHANISM): it has SCRAM-SHA-512',
    mend: (report) => {
      const lines = pasteWith(report, 'sasl.enabled.mechanisms')
      expect(lines).toContain('listener.name.<listener>.sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER')
      return at('OAUTH')
    },
  },
  {
    what: 'a wrong password',
    exit: 18,
    step: 'sasl',
    fault: () => ({ ...noLogin, ...at('SCRAM'), ...scramLogin('wrong') }),
    says: 'SCRAM-SHA-512',
    mend: (_report, faulty) => ({ ...faulty, ...scramLogin(world.users['orders'] ?? '') }),
  },
  {
    what: 'an advertised name that nobody has',
    exit: 15,
    step: 'brokers',
    fault: () => at('LOST'),
    says: 'advertised as kafka.invalid',
    mend: (report) => {
      expect(pasteWith(report, 'advertised.listeners')).toContain('<host that clients reach>')
      return {}
    },
  },
  {
    what: 'a topic that the principal may not use',
    exit: 20,
    step: 'topic',
    flags: ['--topic', topic],
    fault: () => of('stranger'),
    says: `User:mallory may not see the topic ${topic}`,
    mend: async (report, faulty) => {
      for (const paste of pastes(report)) {
        const filled = { '<server>': world.cluster.internal, ' --command-config <admin.properties>': '' }
        await kafkaScript('org.apache.kafka.tools.AclCommand', filledIn(paste, filled))
      }
      return faulty
    },
  },
]

const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const clientLogin = (secret: string) => `${module} required clientId="orders" clientSecret="${secret}";`

function filledIn(text: string, filled: Readonly<Record<string, string>>): string {
  return Object.entries(filled).reduce((whole, [name, value]) => whole.replaceAll(name, value), text)
}

/** A line of the shell that begins with a script of Kafka, by the class that the script starts. */
async function kafkaScript(main: string, line: string) {
  const { tools } = inject('e2e')
  const classpath = main.startsWith('kafka.') ? tools.broker : tools.kafkaTools
  const java = `java -XX:TieredStopAtLevel=1 -cp '${classpath}' ${main}`
  await promisify(execFile)('sh', ['-c', line.replace(/^kafka-[a-z]+\.sh/, java)], { timeout: 60_000 })
}

describe('the doctor names what is broken, and what it says mends it:', () => {
  it.each(faults)('$what', async ({ exit, step, fault, flags = [], env, says, mend, envAfter }) => {
    const faulty = await fault()
    const report = await examine(faulty, flags, env?.())
    expect(endOf(report)).toEqual({ code: exit, step, found: expect.stringContaining(says) as string })
    const mended = await mend(report, faulty)
    const after = await examine(mended, flags, envAfter?.(report) ?? env?.())
    expect(endOf(after)).toEqual({ code: 0, step: undefined, found: '' })
  })

  it('a sidecar that does not run', async () => {
    const [port = 0] = await freePorts(1)
    const changes = { [endpoint]: `http://localhost:${port}/token` }
    const report = await examine(changes)
    expect(endOf(report)).toMatchObject({ code: 12, step: 'token' })
    const [, given] = / serve --port (\d+)$/.exec(pasteWith(report, ' serve ')) ?? []
    const { tools, folder } = inject('e2e')
    const profiles = {
      default: {
        source: 'self-issued',
        subject: 'alice',
        issuer: world.issuer,
        keyFile: join(world.folder, 'issuer.pem'),
      },
    }
    const log = join(folder, 'sidecar-doctor-late')
    await using late = await startSidecar({ cli: tools.cli, log, port: Number(given), configuration: { profiles } })
    expect(endOf(await examine(changes)).code).toBe(0)
    await late.stop()
  })

  it('a delegation token that has expired', async () => {
    const e2e = inject('e2e')
    const admin = world.fileOf({
      ...world.client({ ...noLogin, ...at('SCRAM'), ...scramLogin(world.users['orders'] ?? '') }),
    })
    const made = async () => {
      const ran = await delegationToken(e2e, ['create', '--command-config', admin, '--output', 'json'])
      const token = JSON.parse(ran.stdout) as { tokenHmac: string; saslJaasConfig: string }
      keepFromLogs(e2e, [token.tokenHmac])
      return token
    }
    const login = ({ saslJaasConfig }: { saslJaasConfig: string }) => ({
      ...noLogin,
      ...at('SCRAM'),
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': saslJaasConfig,
    })
    const token = await made()
    expect(endOf(await examine(login(token))).code).toBe(0)
    const hmacFile = join(world.folder, `${randomBytes(6).toString('hex')}.hmac`)
    await promisify(execFile)('sh', [
      '-c',
      `printf %s "$0" > '${hmacFile}' && chmod 600 '${hmacFile}'`,
      token.tokenHmac,
    ])
    await delegationToken(e2e, [
      'expire',
      '--command-config',
      admin,
      '--hmac-file',
      hmacFile,
      '--expiry-time-period',
      '0',
    ])
    const report = await examine(login(token))
    expect(endOf(report)).toMatchObject({
      code: 19,
      step: 'session',
      found: expect.stringContaining('session of 0') as string,
    })
    expect(pasteWith(report, 'delegation-token create')).toContain('kafka-token-sidecar')
    expect(endOf(await examine(login(await made()))).code).toBe(0)
  })
})

interface Refusal {
  readonly listener: string
  readonly cause: string
  /** The remedy that is applied, and what stands for its placeholders. */
  readonly paste: string
  readonly filled: Readonly<Record<string, string>>
  /** What the broker has logged. */
  readonly logged: string
}

describe('{"status":"invalid_token"} is explained, and the lines for the broker mend it:', () => {
  const broker = () => join(world.folder, 'cluster', 'node-1', 'server.properties')
  const reports = new Map<string, Examined>()
  const refusals: readonly Refusal[] = [
    {
      listener: 'AUDIENCE',
      cause: 'broker-audience',
      paste: 'expected.audience',
      filled: {},
      logged:
        "Audience (aud) claim [kafka] doesn't contain an acceptable identifier. Expected billing as an aud value.",
    },
    {
      listener: 'ISSUER',
      cause: 'broker-issuer',
      paste: 'expected.issuer',
      filled: {},
      logged:
        "Issuer (iss) claim value (https://issuer.example) doesn't match expected value of https://another.example",
    },
    {
      listener: 'UNEXPECTED',
      cause: 'broker-audience-unexpected',
      paste: 'expected.audience',
      filled: {},
      logged: 'present in the JWT but no expected audience value(s) were provided to the JWT Consumer.',
    },
    {
      listener: 'UNSECURED',
      cause: 'broker-unsecured',
      paste: 'server.callback.handler.class',
      filled: { '<issuer>': 'https://issuer.example', '<audience>': 'kafka' },
      logged: 'Failed authentication with',
    },
    {
      listener: 'KEYS',
      cause: 'broker-kid',
      paste: 'jwks.endpoint.refresh.ms',
      filled: {},
      logged: 'Unable to find a suitable verification key for JWS w/ header',
    },
  ]

  it.each(refusals)('$cause', async ({ listener, cause, paste, logged }) => {
    const unknown = await examine(at(listener))
    expect(endOf(unknown)).toMatchObject({
      code: 18,
      step: 'sasl',
      found: expect.stringContaining('invalid_token') as string,
    })
    const step = (report: Examined) => report.steps.find(({ step: id }) => id === 'sasl')
    expect(step(unknown)?.troubles).toContain(cause)
    const known = await examine(at(listener), ['--broker-config', broker()])
    expect(step(known)?.troubles).toEqual([cause])
    expect(step(known)?.details?.join(' ')).toContain('certain: ')
    expect(pasteWith(known, paste)).toContain('listener.name.<listener>.')
    expect(world.cluster.nodes[0]?.output()).toContain(logged)
    const loggers = known.brokerLog?.loggers.flatMap(({ lookFor }) => lookFor) ?? []
    expect(loggers.some((text) => world.cluster.nodes[0]?.output().includes(text))).toBe(true)
    reports.set(listener, known)
  })

  it('all of them are mended', async () => {
    const jwksUrl = `${world.sidecar.origin}/jwks`
    for (const { listener, paste, filled } of refusals) {
      const names = { ...filled, '<listener>': listener.toLowerCase(), '<jwks url>': jwksUrl }
      world.settle(pasted(pasteWith(reports.get(listener) as Examined, paste), names))
    }
    // The key is told to be compared with the set, and that is of another issuer.
    world.settle({ 'listener.name.keys.oauthbearer.sasl.oauthbearer.jwks.endpoint.url': jwksUrl })
    const [node] = world.cluster.nodes
    await node?.stop()
    await node?.start()
    for (const { listener } of refusals) {
      expect({ listener, ...endOf(await examine(at(listener))) }).toEqual({
        listener,
        code: 0,
        step: undefined,
        found: '',
      })
    }
  })
})
