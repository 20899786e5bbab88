import { describe, expect, it } from 'vitest'
import { faultsOf, load } from './loading.ts'

const profiles = `{ orders: { source: client-credentials, issuer: https://idp.example, clientId: orders, assertion: { privateKeyFile: k } }, plain: {} }`
const delegationTokens = `{ spark: { bootstrapServers: "k:9093", login: { profile: plain } }, flink: { bootstrapServers: "k:9093", login: { profile: plain }, owner: "User:flink" } }`
const fileWith = (...outlets: readonly string[]): string =>
  `profiles: ${profiles}\ndelegationTokens: ${delegationTokens}\noutlets: [${outlets.join(', ')}]`

const assertion = 'from: { assertion: orders }'
const profile = 'from: { profile: plain }'
const token = 'from: { delegationToken: spark }'

describe('an outlet', () => {
  it('has a file, perhaps a mode and a group, and a time between two assertions', async () => {
    const file = fileWith(
      `{ ${assertion}, to: { file: /run/a.jwt } }`,
      `{ ${assertion}, to: { file: /run/b.jwt, mode: "0640", group: 1000, refresh: 10s } }`,
      `{ ${profile}, to: { file: /run/token, mode: "440" } }`,
    )
    const { outlets } = await load({ file })
    expect(outlets).toEqual([
      { from: { assertion: 'orders' }, to: { file: '/run/a.jwt' } },
      { from: { assertion: 'orders' }, to: { file: '/run/b.jwt', mode: 0o640, group: 1000, refresh: 10_000 } },
      { from: { profile: 'plain' }, to: { file: '/run/token', mode: 0o440 } },
    ])
    expect(Object.isFrozen(outlets[0]?.to)).toBe(true)
  })

  it('of a delegation token has a file in one of several formats, or a Kubernetes Secret', async () => {
    const away = 'apiServer: "https://k8s.example:6443", tokenFile: t, caFile: c'
    const file = fileWith(
      `{ ${token}, to: { file: a, mode: "0640" } }`,
      `{ ${token}, to: { file: b }, format: json }`,
      `{ ${token}, to: { file: c }, format: env }`,
      `{ ${token}, to: { kubernetesSecret: jobs/spark-kafka } }`,
      `{ ${token}, to: { kubernetesSecret: jobs/spark-kafka, ${away} } }`,
      `{ ${token}, to: { kubernetesSecret: 0-example/x, apiServer: "http://k8s.example", allowPlaintext: true } }`,
      `{ ${token}, to: { kubernetesSecret: jobs/a.b-c.d, apiServer: "http://localhost:8001" } }`,
    )
    const from = { delegationToken: 'spark' }
    expect((await load({ file })).outlets).toEqual([
      { from, to: { file: 'a', mode: 0o640 } },
      { from, to: { file: 'b' }, format: 'json' },
      { from, to: { file: 'c' }, format: 'env' },
      { from, to: { kubernetesSecret: 'jobs/spark-kafka' } },
      {
        from,
        to: {
          kubernetesSecret: 'jobs/spark-kafka',
          apiServer: 'https://k8s.example:6443',
          tokenFile: 't',
          caFile: 'c',
        },
      },
      { from, to: { kubernetesSecret: '0-example/x', apiServer: 'http://k8s.example', allowPlaintext: true } },
      { from, to: { kubernetesSecret: 'jobs/a.b-c.d', apiServer: 'http://localhost:8001' } },
    ])
  })

  it('of a profile has its tokens in one of several formats', async () => {
    const file = fileWith(
      ...['raw', 'properties', 'json', 'env'].map(
        (format) => `{ ${profile}, to: { file: /${format} }, format: ${format} }`,
      ),
    )
    expect((await load({ file })).outlets.map(({ format }) => format)).toEqual(['raw', 'properties', 'json', 'env'])
  })

  it('is none by default', async () => {
    expect((await load({})).outlets).toEqual([])
  })

  it.each([
    ['{ from: { assertion: plain }, to: { file: f } }', 'from.assertion', 'is a profile without an assertion'],
    ['{ from: { assertion: ordrs }, to: { file: f } }', 'from.assertion', 'is no profile; did you mean orders?'],
    ['{ from: { profile: nope }, to: { file: f } }', 'from.profile', 'is no profile; there is orders, plain'],
    ['{ from: { token: orders }, to: { file: f } }', 'from', /must be { assertion: <profile> }/],
    ['{ from: { profile: plain, assertion: orders }, to: { file: f } }', 'from', /must be { assertion: <profile> }/],
    ['{ to: { file: f } }', 'from', /{ profile: <profile> } for its tokens, or { delegationToken: <name> }/],
    [`{ ${profile} }`, 'to', 'is missing'],
    [`{ ${profile}, to: {} }`, 'to', 'must have a file, or for delegation tokens a kubernetesSecret'],
    [`{ ${profile}, to: { file: "" } }`, 'to.file', 'must not be empty'],
    [`{ ${profile}, to: { file: f, mode: 0640 } }`, 'to.mode', /in quotes, such as "0640"/],
    [`{ ${profile}, to: { file: f, mode: "0644" } }`, 'to.mode', /must be 0600, 0640/],
    [`{ ${profile}, to: { file: f, mode: "rw" } }`, 'to.mode', /must be 0600, 0640/],
    [`{ ${profile}, to: { file: f, group: app } }`, 'to.group', /number of a group/],
    [`{ ${profile}, to: { file: f, group: -1 } }`, 'to.group', /number of a group/],
    [`{ ${assertion}, to: { file: f, refresh: 0 } }`, 'to.refresh', /duration from 1s to 1h/],
    [`{ ${profile}, to: { file: f, refresh: 5s } }`, 'to.refresh', /is for assertions/],
    [`{ ${token}, to: { file: f, refresh: 5s } }`, 'to.refresh', /is for assertions/],
    [`{ ${profile}, to: { file: f, mod: "0600" } }`, 'to.mod', 'no such option; did you mean mode?'],
    [`{ ${token}, to: { kubernetesScret: a/b } }`, 'to.kubernetesScret', 'did you mean kubernetesSecret?'],
  ])('is refused as %s', refused)

  it.each([
    ['{ from: { delegationToken: sprak }, to: { file: f } }', 'from.delegationToken', 'did you mean spark?'],
    [
      '{ from: { delegationToken: orders }, to: { file: f } }',
      'from.delegationToken',
      'is no delegation token; there is spark, flink',
    ],
    [
      '{ from: { delegationToken: constructor }, to: { file: f } }',
      'from.delegationToken',
      'is no delegation token; there is spark, flink',
    ],
    ['{ from: { delegationToken: 1 }, to: { file: f } }', 'from', /must be/],
    [`{ ${token}, to: { file: f }, format: yaml }`, 'format', 'must be one of raw, properties, json, env'],
    [`{ ${token}, to: { file: f }, fromat: json }`, 'fromat', 'did you mean format?'],
    [`{ ${token}, to: { file: f }, format: raw }`, 'format', /must be properties, json or env/],
    [`{ ${assertion}, to: { file: f }, format: env }`, 'format', /is for tokens: assertions are written as they are/],
    [`{ ${token}, to: { kubernetesSecret: a/b }, format: json }`, 'format', /is for files/],
    [`{ ${token}, to: { file: f, kubernetesSecret: a/b } }`, 'to.kubernetesSecret', /together with file/],
    [`{ ${token}, to: { kubernetesSecret: a/b, mode: "0600" } }`, 'to.mode', 'is for a file'],
    [`{ ${token}, to: { kubernetesSecret: a/b, group: 1 } }`, 'to.group', 'is for a file'],
    [`{ ${token}, to: { kubernetesSecret: a/b, refresh: 5s } }`, 'to.refresh', 'is for a file'],
    [`{ ${token}, to: { file: f, apiServer: "https://k" } }`, 'to.apiServer', 'is for kubernetesSecret'],
    [`{ ${token}, to: { file: f, tokenFile: t } }`, 'to.tokenFile', 'is for kubernetesSecret'],
    [`{ ${token}, to: { file: f, caFile: t } }`, 'to.caFile', 'is for kubernetesSecret'],
    [`{ ${token}, to: { file: f, allowPlaintext: true } }`, 'to.allowPlaintext', 'is for kubernetesSecret'],
    [`{ ${profile}, to: { kubernetesSecret: a/b } }`, 'to.kubernetesSecret', /is for delegation tokens/],
    [`{ ${assertion}, to: { kubernetesSecret: a/b } }`, 'to.kubernetesSecret', /is for delegation tokens/],
    [`{ ${token}, to: { kubernetesSecret: a/b, apiServer: "http://k" } }`, 'to.apiServer', /must be https/],
    [`{ ${token}, to: { kubernetesSecret: a/b, apiServer: k } }`, 'to.apiServer', /http or https URL/],
    [`{ ${token}, to: { kubernetesSecret: a/b, allowPlaintext: yes } }`, 'to.allowPlaintext', 'must be true or false'],
  ])('of a delegation token is refused as %s', refused)

  async function refused(outlet: string, place: string, problem: string | RegExp): Promise<void> {
    const faults = await faultsOf({ file: fileWith(outlet) })
    expect(faults.map(({ option }) => option)).toEqual([`outlets.0.${place}`])
    expect(faults[0]?.problem).toMatch(problem)
  }

  it.each([
    ...['spark-kafka', '/spark', 'jobs/', 'jobs/spark/kafka', 'Jobs/spark', 'jobs/Spark', 'jobs/spark_kafka'],
    ...['a.b/c', '-a/b', 'a-/b', 'a/-b', 'a/b-', 'a/b..c', 'a/.b', ' a/b', 'a/b ', '../a', 'a/..', 'a/b?c', 'a/%2e'],
    ...[`${'a'.repeat(64)}/b`, `a/${'b.'.repeat(126)}bb`, `a/${'b'.repeat(64)}`, '"a/b\\n"', '1', 'jobs\\spark'],
  ])('has a Secret with a name that Kubernetes takes, and not %s', async (name) => {
    const written = name.startsWith('"') || name === '1' ? name : `'${name}'`
    const faults = await faultsOf({ file: fileWith(`{ ${token}, to: { kubernetesSecret: ${written} } }`) })
    expect(faults.map(({ option, problem }) => [option, problem])).toEqual([
      ['outlets.0.to.kubernetesSecret', expect.stringMatching(/^must be <namespace>\/<name> of a Secret/)],
    ])
  })

  it.each([`${'a'.repeat(63)}/b`, `a/${'b.'.repeat(126)}b`, '1/2', 'a--b/c--d.e'])(
    'may have a Secret that is named %s',
    async (name) => {
      await expect(load({ file: fileWith(`{ ${token}, to: { kubernetesSecret: '${name}' } }`) })).resolves.toBeDefined()
    },
  )

  it('of a delegation token tells that there is none where there is none', async () => {
    const file = 'outlets: [{ from: { delegationToken: spark }, to: { file: f } }]'
    expect(await faultsOf({ file })).toEqual([
      {
        option: 'outlets.0.from.delegationToken',
        given: 'spark',
        problem: 'is no delegation token; there is none in delegationTokens',
      },
    ])
  })

  it('has a file for itself', async () => {
    const file = fileWith(`{ ${profile}, to: { file: a/f } }`, `{ ${token}, to: { file: ./a/f } }`)
    expect(await faultsOf({ file })).toEqual([
      { option: 'outlets.1.to.file', given: './a/f', problem: 'is the file of another outlet' },
    ])
  })

  it('has a Secret for itself, at each API server', async () => {
    const secret = 'kubernetesSecret: a/b'
    const outlet = (to: string): string => `{ ${token}, to: { ${to} } }`
    const fine = [
      outlet(secret),
      outlet(`${secret}, apiServer: "https://k"`),
      outlet(`${secret}, apiServer: "https://l"`),
    ]
    await expect(load({ file: fileWith(...fine) })).resolves.toBeDefined()
    const shared = [outlet(secret), '{ from: { delegationToken: flink }, to: { kubernetesSecret: a/b } }']
    const sharedAway = [outlet(`${secret}, apiServer: "https://k"`), outlet(`${secret}, apiServer: "https://K:443/"`)]
    for (const outlets of [shared, sharedAway]) {
      expect(await faultsOf({ file: fileWith(...outlets) })).toEqual([
        { option: 'outlets.1.to.kubernetesSecret', given: 'a/b', problem: 'is the Secret of another outlet' },
      ])
    }
  })

  it('is looked at for itself: the faults of two are told together with those of a profile', async () => {
    const file = `profiles: { a: { source: gpc } }
outlets: [{ from: { profile: b }, to: { file: f } }, { from: { assertion: a }, to: { file: g } }]`
    expect((await faultsOf({ file })).map(({ option }) => option).sort()).toEqual([
      'outlets.0.from.profile',
      'outlets.1.from.assertion',
      'profiles.a.source',
    ])
  })
})
