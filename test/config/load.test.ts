import { describe, expect, it } from 'vitest'
import { ConfigError, type ConfigFault } from '../../src/config/fault.ts'
import { loadConfig, parseConfig } from '../../src/config/load.ts'
import type { Config, ConfigInput } from '../../src/config/schema.ts'

interface Given {
  readonly argv?: string
  readonly env?: Readonly<Record<string, string>>
  readonly file?: string
}

/** `file` is what --config names; without one, nothing can be read. */
function load({ argv = '', env = {}, file }: Given): Promise<Config> {
  const words = argv.split(' ').filter((word) => word !== '')
  return loadConfig({
    argv: file === undefined ? words : [...words, '--config', 'sidecar.yaml'],
    env,
    readFile: (path) =>
      file !== undefined && path === 'sidecar.yaml'
        ? Promise.resolve(file)
        : Promise.reject(Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })),
  })
}

async function faultsOf(given: Given): Promise<readonly ConfigFault[]> {
  const thrown: unknown = await load(given).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(ConfigError)
  return (thrown as ConfigError).faults
}

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
    [{ argv: '--allow-anonymous-network --host 0.0.0.0' }, { listen: { host: '0.0.0.0' } }],
    [{ argv: '--allow-anonymous-network=false' }, { listen: { allowAnonymousNetwork: false } }],
    [{ env: { KTS_ALLOW_ANONYMOUS_NETWORK: 'true', KTS_HOST: '::' } }, { listen: { host: '::' } }],
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
    [{ argv: 'extra' }, 'extra', 'no such option'],
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
    [{ argv: '--lifetime 1h' }, '--lifetime', 'an option of source self-issued, not of gcp'],
    [{ argv: '--source self-issued --lifetime soon' }, '--lifetime', 'duration from 5s to 7d'],
    [{ argv: '--source self-issued --lifetime 1s' }, '--lifetime', 'duration from 5s to 7d'],
    [{ argv: '--source self-issued --principal a@b' }, '--principal', 'an option of source gcp, not of self-issued'],
    [{ argv: '--source self-issued --issuer nope' }, '--issuer', /url/i],
    [{ argv: '--host 0.0.0.0' }, '--host', 'add --allow-anonymous-network'],
    [{ argv: '--host ::' }, '--host', 'add --allow-anonymous-network'],
    [{ argv: '--host 127.0.0.1.nip.io' }, '--host', 'add --allow-anonymous-network'],
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
      { env: { KTS_CLIENT_SECRET: secret } },
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
