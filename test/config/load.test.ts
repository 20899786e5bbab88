import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { loadConfig, parseConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { faultsOf, load, type Given } from './loading.ts'

describe('loadConfig', () => {
  it('needs nothing: loopback, port 14293, Google credentials', async () => {
    for (const given of [{}, { file: '' }, { file: '# nothing\n' }, { file: 'profiles: { default: {} }' }]) {
      expect(await load(given)).toMatchObject({
        listen: { host: 'localhost', port: 14_293, allowedHosts: [], allowAnonymousNetwork: false, holdTimeout: 5_000 },
        log: { level: 'info' },
        profiles: { default: { source: 'gcp' } },
      })
    }
  })

  it('takes a flag before a variable, a variable before the file, the file before the default', async () => {
    const env = { KTS_PORT: '2' }
    const file = 'listen: { port: 3 }'
    expect((await load({ argv: '--port 1', env, file })).listen.port).toBe(1)
    expect((await load({ env, file })).listen.port).toBe(2)
    expect((await load({ file })).listen.port).toBe(3)
    expect((await load({})).listen.port).toBe(14_293)
  })

  it('mixes the three: each option comes from its own place', async () => {
    const config = await load({
      argv: '--subject=flag',
      env: { KTS_AUDIENCE: 'variable' },
      file: 'profiles: { default: { source: self-issued, lifetime: 10m, subject: file, audience: file } }',
    })
    expect(config.profiles['default']).toMatchObject({ subject: 'flag', audience: 'variable', lifetime: 600_000 })
  })

  it.each<[Given, unknown]>([
    [{ argv: '--port 1' }, { listen: { port: 1 } }],
    [{ argv: '--port=0' }, { listen: { port: 0 } }],
    [{ argv: '--port 1 --port 2' }, { listen: { port: 2 } }],
    [{ argv: '--allow-anonymous-network --allow-plaintext-network --host 0.0.0.0' }, { listen: { host: '0.0.0.0' } }],
    [{ argv: '--allow-anonymous-network=false' }, { listen: { allowAnonymousNetwork: false } }],
    [
      { env: { KTS_ALLOW_ANONYMOUS_NETWORK: 'true', KTS_ALLOW_PLAINTEXT_NETWORK: 'true', KTS_HOST: '::' } },
      { listen: { host: '::' } },
    ],
    [{ argv: '--allowed-hosts a.svc,b.svc' }, { listen: { allowedHosts: ['a.svc', 'b.svc'] } }],
    [{ env: { KTS_ALLOWED_HOSTS: ' a.svc , ,b.svc ' } }, { listen: { allowedHosts: ['a.svc', 'b.svc'] } }],
    [{ argv: '--hold-timeout 0' }, { listen: { holdTimeout: 0 } }],
    [{ argv: '--hold-timeout 250ms' }, { listen: { holdTimeout: 250 } }],
    [{ argv: '--source self-issued --lifetime 90' }, { profiles: { default: { lifetime: 90_000 } } }],
    [{ argv: '--source self-issued --subject=a=b' }, { profiles: { default: { subject: 'a=b' } } }],
    [{ file: 'listen: { host: 127.0.0.2 }' }, { listen: { host: '127.0.0.2' } }],
    [{ env: { PATH: '/bin', HOME: '/', KTS_LOG_LEVEL: 'debug' } }, { log: { level: 'debug' } }],
    [
      { file: 'profiles: { default: { source: self-issued, claims: { groups: [a] }, audience: [x, y] } }' },
      { profiles: { default: { claims: { groups: ['a'] }, audience: ['x', 'y'] } } },
    ],
    [
      { file: 'profiles: { orders: { source: self-issued }, fraud: {} }' },
      { profiles: { orders: { source: 'self-issued' }, fraud: { source: 'gcp' } } },
    ],
  ])('reads %j', async (given, expected) => {
    expect(await load(given)).toMatchObject(expected as object)
  })

  it('reads the file that KTS_CONFIG names, unless a flag names another', async () => {
    const readFile = (path: string): Promise<string> => Promise.resolve(`listen: { port: ${path} }`)
    expect((await loadConfig({ argv: [], env: { KTS_CONFIG: '1' }, readFile })).listen.port).toBe(1)
    expect((await loadConfig({ argv: ['--config', '2'], env: { KTS_CONFIG: '1' }, readFile })).listen.port).toBe(2)
  })

  it('is frozen all the way down', async () => {
    const config = await load({ file: 'profiles: { default: { source: self-issued, claims: { a: [1] } } }' })
    expect(Object.isFrozen(config.listen.allowedHosts)).toBe(true)
    expect(() => Object.assign(config.listen, { port: 1 })).toThrow(TypeError)
  })

  it.each<[Given, string, string | RegExp]>([
    [{ argv: '--prot 1' }, '--prot', 'did you mean --port?'],
    [{ argv: '--prot=1' }, '--prot', 'did you mean --port?'],
    [{ argv: '-p' }, '-p', 'no such option'],
    [{ argv: 'extra' }, 'extra', 'is not expected here'],
    [{ argv: '--bogus' }, '--bogus', /^no such option$/],
    [{ argv: '--port' }, '--port', 'needs a value'],
    [{ argv: '--config' }, '--config', 'needs a value'],
    [{ argv: '--port nope' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--port -1' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--port 65536' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--port 1.5' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--port 0x10' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--port=' }, '--port', 'whole number from 0 to 65535'],
    [{ env: { KTS_PORT: 'tcp://10.0.0.1:80' } }, 'KTS_PORT', 'whole number from 0 to 65535'],
    [{ env: { KTS_PROT: '1' } }, 'KTS_PROT', 'did you mean KTS_PORT?'],
    [{ env: { KTS_ALLOW_ANONYMOUS_NETWORK: 'yes' } }, 'KTS_ALLOW_ANONYMOUS_NETWORK', 'must be true or false'],
    [{ argv: '--source self-isued' }, '--source', 'did you mean self-issued?'],
    [{ argv: '--log-level loud' }, '--log-level', 'must be one of debug, info, warn, error, silent'],
    [{ argv: '--lifetime 1h' }, '--lifetime', 'an option of the sources aws, self-issued, not of gcp'],
    [{ argv: '--source self-issued --lifetime soon' }, '--lifetime', 'duration from 5s to 7d'],
    [{ argv: '--source self-issued --lifetime 1s' }, '--lifetime', 'duration from 5s to 7d'],
    [{ argv: '--source self-issued --principal a@b' }, '--principal', /an option of .*gcp.*, not of self-issued/],
    [{ argv: '--source self-issued --issuer nope' }, '--issuer', /url/i],
    [{ argv: '--host 0.0.0.0' }, '--host', '--allow-anonymous-network'],
    [{ argv: '--host ::' }, '--host', '--allow-anonymous-network'],
    [{ argv: '--host 127.0.0.1.nip.io' }, '--host', '--allow-anonymous-network'],
    [{ file: 'listen: { prot: 1 }' }, 'listen.prot', 'did you mean port?'],
    [{ file: 'listne: { port: 1 }' }, 'listne', 'did you mean listen?'],
    [{ file: 'listen: 14293' }, 'listen', 'must be a mapping'],
    [{ file: 'profiles: { default: { source: gpc } }' }, 'profiles.default.source', 'did you mean gcp?'],
    [{ file: 'profiles: { default: { subjekt: a } }' }, 'profiles.default.subjekt', /no such option/],
    [
      { file: 'profiles: { default: { source: self-issued, subject: 7 } }' },
      'profiles.default.subject',
      'must be a text',
    ],
    [{ argv: '--port 99999999999999999999' }, '--port', 'whole number from 0 to 65535'],
    [{ argv: '--principal --log-level=debug' }, '--principal', 'needs a value'],
    [{ argv: '--quikc-start' }, '--quikc-start', 'did you mean --quick-start?'],
    [{ file: 'listen: 5', argv: '--port 1' }, 'listen', 'must be a mapping'],
    [{ file: 'listen: &l { host: *l }' }, 'listen.host', 'must be a text'],
    [{ file: 'profiles: { "a b": {} }' }, 'profiles.a b', 'letters, digits'],
    [{ file: 'profiles: { default: { source: self-issued, claims: { exp: 1 } } }' }, 'profiles.default.claims', /exp/],
    [{ file: '[1, 2]' }, '--config', 'must hold a mapping'],
    [{ file: 'just text' }, '--config', 'must hold a mapping'],
    [{ file: 'listen: [' }, '--config', 'not valid YAML'],
    [{ file: 'listen: {}\nlisten: {}' }, '--config', 'not valid YAML'],
    [{ file: 'listen: {}\n---\nlisten: {}' }, '--config', 'must hold one document'],
    [{ file: 'a: !!js/function x' }, '--config', 'not valid YAML'],
    [{ argv: '--config missing.yaml' }, '--config', 'cannot be read (ENOENT)'],
    [{ env: { KTS_CONFIG: 'missing.yaml' } }, 'KTS_CONFIG', 'cannot be read (ENOENT)'],
  ])('refuses %j at %s', async (given, option, problem) => {
    const faults = await faultsOf(given)
    expect(faults).toHaveLength(1)
    expect(faults[0]?.option).toBe(option)
    if (typeof problem === 'string') expect(faults[0]?.problem).toContain(problem)
    else expect(faults[0]?.problem).toMatch(problem)
  })

  it('tells that the host is open to the network together with another fault beside it', async () => {
    const faults = await faultsOf({ argv: '--host 0.0.0.0 --port abc' })
    expect(faults.map(({ option }) => option).sort()).toEqual(['--host', '--port'])
  })

  it('sets flags for the default profile only, also where the file makes two profiles one by an alias', async () => {
    const file = 'profiles: { default: &d { source: self-issued, subject: base }, orders: *d }'
    const { profiles } = await load({ file, argv: '--subject admin' })
    expect(profiles).toMatchObject({ default: { subject: 'admin' }, orders: { subject: 'base' } })
  })

  it.each(['KTS_HOST', 'KTS_CONFIG', 'KTS_SUBJECT'])('takes an empty %s as not set', async (variable) => {
    await expect(load({ env: { [variable]: '' } })).resolves.toBeDefined()
  })

  it('adds up what a list is given in several flags', async () => {
    const { listen } = await load({ argv: '--allowed-hosts a,b --allowed-hosts c' })
    expect(listen.allowedHosts).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['[::1]', '::1'],
    ['LOCALHOST', 'localhost'],
  ])('takes the host %s as %s', async (host, expected) => {
    expect((await load({ argv: `--host ${host}` })).listen.host).toBe(expected)
  })

  it('tells all faults at once, each where it was written', async () => {
    const faults = await faultsOf({
      argv: '--prot 1 --log-level loud',
      env: { KTS_HOST: '0.0.0.0', KTS_NOPE: '1' },
      file: 'listen: { trustedProxy: [] }\nprofiles: { other: { sorce: gcp } }',
    })
    expect(faults.map(({ option }) => option).sort()).toEqual(
      ['--prot', '--log-level', 'KTS_HOST', 'KTS_NOPE', 'listen.trustedProxy', 'profiles.other.sorce'].sort(),
    )
  })

  it('tells of a file that cannot be read together with the rest', async () => {
    const faults = await faultsOf({ argv: '--prot 1 --config missing.yaml' })
    expect(faults.map(({ option }) => option)).toEqual(['--prot', '--config'])
  })

  it('repeats no value of an option that it does not know: it may be a secret', async () => {
    const secret = 'hunter2-hunter2'
    const attempts: Given[] = [
      { argv: `--client-secret=${secret}` },
      { argv: `--client-secret ${secret}` },
      { env: { KTS_CLIENT_SECRT: secret } },
      { argv: `--source client-credentials --client-secret=${secret}` },
      { file: `profiles: { default: { source: client-credentials, clientSecret: ${secret} } }` },
      { file: `profiles: { default: { source: client-credentials, assertion: { privateKeyPassphrase: ${secret} } } }` },
      { file: `profiles: { default: { source: client-credentials, clientSecret: [${secret}] } }` },
      { file: `profiles: [{ default: { clientSecret: ${secret} } }]` },
      { file: `profiles: { default: [{ clientSecret: ${secret} }] }` },
      { file: `outlets: [{ from: { clientSecret: ${secret} }, to: { file: a } }]` },
      { file: `profiles: { default: { clientSecret: ${secret} } }` },
    ]
    for (const given of attempts) expect(JSON.stringify(await faultsOf(given))).not.toContain(secret)
  })

  it('has faults that a program can read', async () => {
    const faults = await faultsOf({ argv: '--port nope', file: 'listen: { host: [1] }' })
    expect(JSON.parse(JSON.stringify(faults))).toEqual(faults)
    expect(faults).toContainEqual({
      option: '--port',
      given: 'nope',
      problem: 'must be a whole number from 0 to 65535',
    })
  })

  it('is not led astray by names of JavaScript', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      await load({ file: `${name}: { listen: { port: 1 } }` }).then(
        (config) => {
          expect(config.listen.port).toBe(14_293)
        },
        (thrown: unknown) => {
          expect(thrown).toBeInstanceOf(ConfigError)
        },
      )
    }
    expect(({} as Record<string, unknown>)['listen']).toBeUndefined()
    const config = await load({ file: 'profiles: { constructor: { source: self-issued } }' })
    expect(config.profiles['constructor']).toMatchObject({ source: 'self-issued' })
  })
})

const provider = '--source client-credentials --issuer https://idp.example --client-id orders'

describe('options of sections', () => {
  it('are set by flags and variables for the default profile, into what the file has', async () => {
    const file = `profiles:
  default: { source: client-credentials, issuer: https://idp.example, clientId: a, assertion: { privateKeyFile: k, claim: { iss: file, sub: file } } }
  other: { source: client-credentials, issuer: https://idp.example, clientId: a, clientAuth: none }`
    const { profiles } = await load({
      argv: '--assertion-claim-exp-seconds 60 --assertion-claim-aud false --assertion-claim-iss flag --resource https://a/,https://b/ --assertion-publish-keys',
      env: { KTS_ASSERTION_CLAIM_SUB: 'variable', KTS_ASSERTION_ALGORITHM: 'ES256' },
      file,
    })
    expect(profiles['default']).toMatchObject({
      resource: ['https://a/', 'https://b/'],
      assertion: {
        privateKeyFile: 'k',
        algorithm: 'ES256',
        publishKeys: true,
        claim: { aud: false, iss: 'flag', sub: 'variable', expSeconds: 60 },
      },
    })
    expect(profiles['other']).not.toHaveProperty('assertion')
  })

  it.each<[Given, string, string | RegExp]>([
    [
      { argv: `${provider} --client-auth none --assertion-claim-exp-seconds soon` },
      '--assertion-claim-exp-seconds',
      'whole number of seconds',
    ],
    [
      { argv: '--assertion-private-key-file k' },
      '--assertion-private-key-file',
      'is an option of the sources client-credentials, jwt-bearer, token-exchange, not of gcp',
    ],
    [
      { argv: '--source self-issued', env: { KTS_TLS_CA_FILE: 'ca.pem' } },
      'KTS_TLS_CA_FILE',
      /^is an option of the sources .*, not of self-issued$/,
    ],
    [
      { argv: `${provider} --assertion-privat-key-file k` },
      '--assertion-privat-key-file',
      'did you mean --assertion-private-key-file?',
    ],
    [{ argv: `${provider} --client-auth none --resource https://a/ --resource b` }, '--resource', 'http or https URL'],
    [{ argv: `${provider} --parameters a=b` }, '--parameters', /^no such option/],
    [
      {
        file: 'profiles: { orders: { source: client-credentials, issuer: "https://i", clientId: a, assertion: { privateKeyFil: k } } }',
      },
      'profiles.orders.assertion.privateKeyFil',
      'did you mean privateKeyFile?',
    ],
    [
      {
        file: 'profiles: { orders: { source: client-credentials, issuer: "https://i", clientId: a, assertion: { privateKeyFile: k, claim: { expSecond: 1 } } } }',
      },
      'profiles.orders.assertion.claim.expSecond',
      'did you mean expSeconds?',
    ],
    [
      { file: 'profiles: { orders: { source: client-credentials, issuer: "https://i", clientId: a, parameter: {} } }' },
      'profiles.orders.parameter',
      'did you mean parameters?',
    ],
    [{ argv: '--source token-exchange --issuer https://idp.example' }, 'profiles.default.subjectToken', 'is missing'],
    [{ argv: '--source client-credentials --client-id a' }, '--issuer', /is needed/],
    [
      { file: 'profiles: { default: { source: client-credentials, clientId: a } }' },
      'profiles.default.issuer',
      /is needed/,
    ],
  ])('are refused by their own name: %j at %s', async (given, option, problem) => {
    const faults = await faultsOf(given)
    expect(faults.map((fault) => fault.option)).toEqual([option])
    if (typeof problem === 'string') expect(faults[0]?.problem).toContain(problem)
    else expect(faults[0]?.problem).toMatch(problem)
  })

  it('tells each flag of a section that the source does not have', async () => {
    const faults = await faultsOf({ argv: '--assertion-algorithm ES256 --assertion-claim-sub a' })
    expect(faults.map(({ option }) => option).sort()).toEqual(['--assertion-algorithm', '--assertion-claim-sub'])
  })
})

describe('the properties of a Java client', () => {
  const properties = `sasl.oauthbearer.token.endpoint.url=https://idp.example/token
sasl.oauthbearer.client.credentials.client.id=orders
sasl.oauthbearer.client.credentials.client.secret=hunter2
sasl.oauthbearer.scope=kafka`

  it('are the default profile', async () => {
    const { profiles } = await load({ properties })
    expect(profiles['default']).toMatchObject({
      source: 'client-credentials',
      tokenEndpoint: 'https://idp.example/token',
      clientId: 'orders',
      clientAuth: 'client_secret_basic',
      headerUrlencode: false,
      scope: 'kafka',
    })
    expect((profiles['default'] as unknown as { clientSecret: { reveal(): string } }).clientSecret.reveal()).toBe(
      'hunter2',
    )
  })

  it('may be named by a variable, a flag before it', async () => {
    const readFile = (path: string): Promise<string> => Promise.resolve(properties.replace('orders', path))
    const env = { KTS_PROPERTIES: 'variable' }
    expect((await loadConfig({ argv: [], env, readFile })).profiles['default']).toMatchObject({ clientId: 'variable' })
    const { profiles } = await loadConfig({ argv: ['--properties=flag'], env, readFile })
    expect(profiles['default']).toMatchObject({ clientId: 'flag' })
  })

  it('come after flags and variables', async () => {
    const { profiles } = await load({ properties, argv: '--scope flag', env: { KTS_CLIENT_ID: 'variable' } })
    expect(profiles['default']).toMatchObject({ scope: 'flag', clientId: 'variable' })
  })

  it.each([{ argv: '--client-secret-file /run/secret' }, { env: { KTS_CLIENT_SECRET: 'other' } }])(
    'give way to a secret that is given otherwise: %j',
    async (given) => {
      expect((await load({ properties, ...given })).profiles['default']).not.toHaveProperty('clientSecret')
    },
  )

  it('stand beside the profiles of a file, but not beside its default profile', async () => {
    const { profiles } = await load({ properties, file: 'profiles: { other: {} }' })
    expect(Object.keys(profiles).sort()).toEqual(['default', 'other'])
    const faults = await faultsOf({ properties, file: 'profiles: { default: {}, other: {} }' })
    expect(faults).toEqual([
      {
        option: '--properties',
        given: 'client.properties',
        problem: 'would be the profile default, which --config has already: give that another name',
      },
    ])
  })

  it('tell all faults at once, with those of flags, and nothing twice', async () => {
    const faults = await faultsOf({
      properties: `${properties}\nsasl.oauthbearer.assertion.algorithm=rs256\nsasl.oauthbearer.assertion.claim.iss=a`,
      argv: '--prot 1 --format jvt',
    })
    expect(faults.map(({ option }) => option)).toEqual(['--prot', 'sasl.oauthbearer.assertion.claim.iss', '--format'])
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })

  it.each([
    ['sasl.oauthbearer.token.endpoint.url', 'http://idp.example/token', /plain http/],
    ['sasl.oauthbearer.token.endpoint.url', 'http://localhost:14293/token', /is this sidecar itself/],
  ])('are named by what the sidecar refuses: %s=%s', async (option, given, problem) => {
    const faults = await faultsOf({ properties: properties.replace('https://idp.example/token', given) })
    expect(faults).toEqual([{ option, given, problem: expect.stringMatching(problem) as string }])
  })

  it('that cannot be read are told as the file', async () => {
    const [fault] = await faultsOf({ argv: '--properties none.properties' })
    expect(fault).toEqual({ option: '--properties', given: 'none.properties', problem: 'cannot be read (ENOENT)' })
    const [half] = await faultsOf({ properties: 'a=\\u1' })
    expect(half).toMatchObject({ option: '--properties', given: 'client.properties' })
  })

  it('warn of what is allowed and may not be meant', async () => {
    const warnings: string[] = []
    await load({
      properties: `${properties}\nssl.truststore.location=a.jks`,
      warn: (message) => warnings.push(message),
    })
    expect(warnings).toHaveLength(1)
  })
})

describe('parseConfig', () => {
  it('takes what the file would hold', () => {
    expect(parseConfig({ profiles: { default: { source: 'self-issued' } } }).profiles['default']).toMatchObject({
      source: 'self-issued',
      lifetime: 3_600_000,
    })
  })

  it.each([null, 7, 'text', [], { listen: { port: '1' } }])('refuses %j', (input) => {
    expect(() => parseConfig(input)).toThrow(ConfigError)
  })

  it('refuses what has a length that nothing compares with', () => {
    const audience = { length: Object.create(null) as unknown }
    expect(() => parseConfig({ profiles: { default: { source: 'self-issued', audience } } })).toThrow(ConfigError)
  })

  it('has the types of the options', () => {
    const wrong: ConfigInput[] = [
      // @ts-expect-error no such source
      { profiles: { default: { source: 'nope' } } },
      // @ts-expect-error an option of another source
      { profiles: { default: { source: 'gcp', lifetime: '1h' } } },
    ]
    for (const input of wrong) expect(() => parseConfig(input)).toThrow(ConfigError)
  })
})
