import { describe, expect, it } from 'vitest'
import type { ConfigFault } from '../../src/config/fault.ts'
import { composeSidecar } from '../../src/sidecar.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { faultsOf, load } from './loading.ts'

const hash = `scrypt$ln=14,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const bySecret = `secretHashes: ["${hash}"]`
const byJwt = (changes = ''): string =>
  `assertion: { issuer: https://idp.example, audience: kafka-tokens, subject: app${changes} }`
const tls = 'tls: { certFile: tls.crt, keyFile: tls.key, clientCaFile: ca.crt }'

const shown = (given: unknown): string => (Array.isArray(given) ? given.join() : String(given))
const told = (faults: readonly ConfigFault[]): string[] =>
  faults.map(({ option, given, problem }) => `${option}${given === undefined ? '' : ` (${shown(given)})`}: ${problem}`)

const needsCallers =
  'callers are needed, who prove who they are (or --allow-anonymous-network, and everybody who reaches the port can take a token)'
const needsTls = 'TLS is needed, by listen.tls (or --allow-plaintext-network, and everybody on the way can read tokens)'

describe('a gateway', () => {
  it('has everything that interfaces name, with defaults', async () => {
    const file = `
listen:
  host: 0.0.0.0
  tls: { certFile: /tls/tls.crt, keyFile: /tls/tls.key, keyPassphraseFile: /tls/pass, clientCaFile: /tls/ca.crt }
  allowedHosts: [tokens.kafka.svc]
  reusePort: true
  replicas: 3
  drainDelay: 5s
profiles:
  orders:
    source: client-credentials
    issuer: https://idp.example
    clientId: orders
    clientAuth: none
    allow: { scopes: [kafka, kafka.read], audiences: [kafka], others: refuse }
    lazyRenewal: true
  fraud: { source: self-issued, subject: fraud, keyFile: /keys/fraud.json, publishAhead: 1h }
callers:
  orders-app: { ${bySecret}, profiles: [orders], requestsPerMinute: 60 }
  fraud-app:
    assertion:
      issuer: https://kubernetes.default.svc.cluster.local
      audience: kafka-tokens
      subject: "system:serviceaccount:fraud:*"
    profiles: [fraud]
  batch: { certificate: { sanDns: batch.example }, profiles: [orders, fraud] }
issuers:
  https://kubernetes.default.svc.cluster.local: { verifyBy: token-review, apiServer: https://10.0.0.1:6443, jti: once }
limits: { requestsPerMinute: 60000 }
audit: { to: stderr }
`
    expect(await load({ file })).toMatchObject({
      listen: { reusePort: true, replicas: 3, drainDelay: 5_000, allowAnonymousNetwork: false },
      profiles: {
        orders: {
          allow: { scopes: ['kafka', 'kafka.read'], audiences: ['kafka'], others: 'refuse' },
          lazyRenewal: true,
        },
        fraud: { keyFile: '/keys/fraud.json', publishAhead: 3_600_000, lazyRenewal: false },
      },
      callers: {
        'orders-app': { secretHashes: [hash], profiles: ['orders'], requestsPerMinute: 60 },
        'fraud-app': { assertion: { audience: ['kafka-tokens'], subject: ['system:serviceaccount:fraud:*'] } },
        batch: { certificate: { sanDns: 'batch.example' }, profiles: ['orders', 'fraud'] },
      },
      issuers: { 'https://kubernetes.default.svc.cluster.local': { verifyBy: 'token-review', jti: 'once' } },
      limits: {
        requestsPerMinute: 60_000,
        callerRequestsPerMinute: 6_000,
        waitingRequests: 10_000,
        callerWaitingRequests: 1_000,
        upstreamCalls: 256,
        profileUpstreamCalls: 8,
      },
      audit: { to: 'stderr' },
    })
  })

  it('has no callers, no limit of requests, and refuses no scope unless it is told to', async () => {
    const source = 'source: self-issued'
    const { callers, issuers, limits, listen, audit } = await load({ file: `profiles: { default: { ${source} } }` })
    expect({ callers, issuers, audit }).toEqual({ callers: {}, issuers: {}, audit: {} })
    expect(limits.requestsPerMinute).toBeUndefined()
    expect(listen).toMatchObject({ allowPlaintextNetwork: false, allowAnonymousNetwork: false, replicas: 1 })
    expect(listen.drainDelay).toBeUndefined()
  })
})

describe('an address that is not loopback', () => {
  it.each(['localhost', 'LocalHost', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])('is not %s', async (host) => {
    await expect(load({ argv: `--host ${host}` })).resolves.toBeDefined()
  })

  it.each([
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    'fe80::1',
    '::ffff:10.0.0.1',
    'tokens.kafka.svc',
    'localhost.example',
    '127.0.0.1.example',
    // Other ways to write loopback are not worth the risk of reading one wrongly.
    '127.1',
    '2130706433',
    'localhost.',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('needs callers and TLS: %s', async (host) => {
    expect(told(await faultsOf({ argv: `--host ${host}` }))).toEqual([
      `--host (${host}): is not a loopback address: ${needsCallers}; ${needsTls}`,
    ])
  })

  const callers = `callers: { app: { ${bySecret}, profiles: [default] } }`
  it.each([
    ['callers alone', callers, needsTls],
    ['TLS alone', `listen: { ${tls} }`, needsCallers],
    ['the flag for anonymous clients alone', 'listen: { allowAnonymousNetwork: true }', needsTls],
    ['the flag for plaintext alone', 'listen: { allowPlaintextNetwork: true }', needsCallers],
    ['callers and the flag for anonymous clients', `${callers}\nlisten: { allowAnonymousNetwork: true }`, needsTls],
    ['TLS and the flag for plaintext', `listen: { ${tls}, allowPlaintextNetwork: true }`, needsCallers],
    ['no callers in spite of the section', `callers: {}\nlisten: { ${tls} }`, needsCallers],
  ])('has not enough in %s', async (_case, file, missing) => {
    expect(told(await faultsOf({ file, argv: '--host 0.0.0.0' }))).toEqual([
      `--host (0.0.0.0): is not a loopback address: ${missing}`,
    ])
  })

  it.each([
    ['callers and TLS', `${callers}\nlisten: { ${tls} }`, ''],
    ['callers and plaintext', callers, '--allow-plaintext-network'],
    ['TLS and no callers', `listen: { ${tls} }`, '--allow-anonymous-network'],
    ['both flags', 'listen: {}', '--allow-anonymous-network --allow-plaintext-network'],
  ])('has enough in %s', async (_case, file, flags) => {
    await expect(load({ file, argv: `--host 0.0.0.0 ${flags}` })).resolves.toMatchObject({
      listen: { host: '0.0.0.0' },
    })
  })

  it.each([
    ['true', true],
    ['false', false],
    ['1', false],
    ['yes', false],
  ])('is opened by a variable that says true, and not by %s', async (value, isOpen) => {
    const env = { KTS_HOST: '0.0.0.0', KTS_ALLOW_ANONYMOUS_NETWORK: value, KTS_ALLOW_PLAINTEXT_NETWORK: value }
    const loaded = load({ env }).then(
      () => true,
      () => false,
    )
    expect(await loaded).toBe(isOpen)
  })

  it('hears of an empty address only that it is empty', async () => {
    expect(told(await faultsOf({ file: 'listen: { host: "" }' }))).toEqual(['listen.host (): must not be empty'])
  })
})

describe('several sidecars at one address', () => {
  const own = 'profiles: { mine: { source: self-issued }, other: { source: self-issued, keyFile: k.json }, gcp: {} }'

  it.each([
    ['listen: { replicas: 2 }', 'is needed with 2 replicas'],
    ['listen: { reusePort: true }', 'is needed with listen.reusePort'],
    ['listen: { reusePort: true, replicas: 2 }', 'is needed with listen.reusePort'],
  ])('need a shared key for what they issue: %s', async (listen, why) => {
    expect(told(await faultsOf({ file: `${own}\n${listen}` }))).toEqual([
      `profiles.mine.keyFile: ${why}: all of them have to sign with the same key`,
    ])
  })

  it('need none while there is one of them', async () => {
    await expect(load({ file: `${own}\nlisten: { replicas: 1, reusePort: false }` })).resolves.toBeDefined()
  })

  it.each(['0', '-1', '1.5', '1001', 'many'])('are not %s', async (replicas) => {
    expect(told(await faultsOf({ file: `listen: { replicas: ${replicas} }` }))).toEqual([
      `listen.replicas (${replicas}): must be a whole number from 1 to 1000`,
    ])
  })
})

describe('a name', () => {
  it.each([
    ['profiles: { Orders: {}, orders: {} }', ['profiles.orders']],
    ['profiles: { a: {}, A: {}, b: {}, B: {} }', ['profiles.A', 'profiles.B']],
    [
      'delegationTokens: { spark: { bootstrapServers: "k:1", login: { profile: default } }, Spark: { bootstrapServers: "k:2", login: { profile: default } } }',
      ['delegationTokens.Spark'],
    ],
  ])('of a profile or delegation token differs from others in more than capital letters: %s', async (file, options) => {
    const faults = await faultsOf({ file })
    expect(faults.map(({ option }) => option)).toEqual(options)
    for (const { problem } of faults) expect(problem).toMatch(/^differs from \w+ only in capital letters/)
  })

  it('of a profile stands once', async () => {
    expect(told(await faultsOf({ file: 'profiles: { a: {}, a: { source: self-issued } }' }))).toEqual([
      expect.stringMatching(/^--config \(sidecar.yaml\): is not valid YAML: duplicated mapping key/),
    ])
  })

  it.each(['-a', '.a', 'a/b', 'a b', 'a%20b', 'ä', 'a'.repeat(64), ''])(
    'of a profile fits into a URL: not %j',
    async (name) => {
      const file = `profiles: { ${JSON.stringify(name)}: {} }`
      expect(told(await faultsOf({ file }))).toEqual([
        `profiles.${name}: is no name for a profile: letters, digits, dots, dashes, underscores, 63 at most`,
      ])
    },
  )

  it.each(['a:b', 'a b', 'a\u0001', 'ä', 'a'.repeat(201), ''])('of a caller fits into Basic: not %j', async (name) => {
    const file = `callers: { ${JSON.stringify(name)}: { ${bySecret}, profiles: [default] } }`
    expect(told(await faultsOf({ file }))).toEqual([
      `callers.${name}: is no name for a caller, which is its client id: printable characters without spaces and colons, 200 at most`,
    ])
  })

  it.each(['orders-app', 'a@b.example', 'https', 'a%20b', 'a+b', 'constructor', 'toString', 'hasOwnProperty'])(
    'of a caller may be %s',
    async (name) => {
      const { callers } = await load({ file: `callers: { "${name}": { ${bySecret}, profiles: [default] } }` })
      expect(Object.keys(callers)).toEqual([name])
    },
  )

  it.each([
    ['callers', `callers: { __proto__: { ${bySecret}, profiles: [default] } }`],
    ['profiles', 'profiles: { default: {}, __proto__: { source: self-issued } }'],
    ['issuers', `callers: { a: { ${byJwt()}, profiles: [default] } }\nissuers: { __proto__: { jti: once } }`],
    [
      'delegationTokens',
      'delegationTokens: { __proto__: { bootstrapServers: "k:9093", login: { profile: default } } }',
    ],
  ])('that would be lost in silence is refused in %s', async (section, file) => {
    expect(told(await faultsOf({ file }))).toContain(
      `${section}.__proto__: is a name that JavaScript has taken: choose another`,
    )
    // Also where everything else would let everybody in.
    await expect(
      load({ file, argv: '--host 0.0.0.0 --allow-anonymous-network --allow-plaintext-network' }),
    ).rejects.toThrow('__proto__')
  })
})

describe('a caller', () => {
  const caller = (options: string): string =>
    `listen: { ${tls} }\nprofiles: { default: {}, orders: {} }\ncallers: { app: ${options} }`

  it.each([
    ['{ profiles: [orders] }', 'callers.app: needs a way to prove who it is: secretHashes, assertion or certificate'],
    [`{ ${bySecret} }`, 'callers.app: needs something that it may have: profiles, delegationTokens or both'],
    [`{ ${bySecret}, profiles: [] }`, 'callers.app.profiles (): must name a profile'],
    [`{ ${bySecret}, profiles: orders }`, 'callers.app.profiles (orders): must be a list of profiles'],
    [`{ ${bySecret}, profiles: [ordrs] }`, 'callers.app.profiles.0 (ordrs): is no profile; did you mean orders?'],
    [
      `{ ${bySecret}, profiles: [default, toString] }`,
      'callers.app.profiles.1 (toString): is no profile; there is default, orders',
    ],
    [`{ ${bySecret}, profiles: ["*"] }`, 'callers.app.profiles.0 (*): is no profile; there is default, orders'],
    ['{ secretHashes: [], profiles: [orders] }', 'callers.app.secretHashes: must hold a hash'],
    [
      `{ secretHashes: ["${hash}", "${hash}", "${hash}"], profiles: [orders] }`,
      'callers.app.secretHashes: must hold two hashes at most: the new one and the old one',
    ],
    [
      `{ ${bySecret}, profiles: [orders], requestsPerMinute: 0 }`,
      'callers.app.requestsPerMinute (0): must be a whole number from 1 to 1000000',
    ],
    ['{ certificate: {}, profiles: [orders] }', 'callers.app.certificate: needs one of subjectDn, sanDns, sanUri'],
    [
      '{ certificate: { sanDns: a, sanUri: "urn:a" }, profiles: [orders] }',
      'callers.app.certificate: needs one of subjectDn, sanDns, sanUri',
    ],
    [
      '{ certificate: { subjectDn: batch }, profiles: [orders] }',
      'callers.app.certificate.subjectDn (batch): is no distinguished name (RFC 4514), as in CN=batch,O=Example',
    ],
    [`{ ${byJwt(', subject: []')}, profiles: [orders] }`, /duplicated mapping key/],
    [
      '{ assertion: { issuer: https://idp.example, audience: [], subject: app }, profiles: [orders] }',
      'callers.app.assertion.audience (): must name at least one',
    ],
    [
      '{ assertion: { issuer: https://idp.example, audience: kafka, subject: "" }, profiles: [orders] }',
      /callers\.app\.assertion\.subject/,
    ],
    ['{ assertion: { issuer: https://idp.example, audience: kafka }, profiles: [orders] }', /assertion\.subject/],
  ])('is refused as %s', async (options, expected) => {
    const faults = told(await faultsOf({ file: caller(options) }))
    expect(faults).toEqual([typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string)])
  })

  it('is told its wrong profile at its place, whatever stands before it', async () => {
    expect(told(await faultsOf({ file: caller(`{ ${bySecret}, profiles: [7, nope] }`) }))).toEqual([
      'callers.app.profiles.0 (7): must be a text',
      'callers.app.profiles.1 (nope): is no profile; there is default, orders',
    ])
  })

  it.each([
    ['[]', 'callers.app.delegationTokens (): must name a delegation token'],
    ['spark', 'callers.app.delegationTokens (spark): must be a list of delegation tokens'],
    ['[sprak]', 'callers.app.delegationTokens.0 (sprak): is no delegation token; did you mean spark?'],
    ['[flink, x]', 'callers.app.delegationTokens.1 (x): is no delegation token; there is spark, flink'],
    ['[toString]', 'callers.app.delegationTokens.0 (toString): is no delegation token; there is spark, flink'],
    ['[SPARK]', 'callers.app.delegationTokens.0 (SPARK): is no delegation token; did you mean spark?'],
  ])('reads delegation tokens that there are, and not %s', async (names, expected) => {
    const kept =
      '{ spark: { bootstrapServers: "k:9092", login: { profile: default } }, flink: { bootstrapServers: "k:9093", login: { profile: default } } }'
    const file = `delegationTokens: ${kept}\ncallers: { app: { ${bySecret}, delegationTokens: ${names} } }`
    expect(told(await faultsOf({ file }))).toEqual([expected])
  })

  it('reads none where there are none', async () => {
    expect(told(await faultsOf({ file: caller(`{ ${bySecret}, delegationTokens: [spark] }`) }))).toEqual([
      'callers.app.delegationTokens.0 (spark): is no delegation token; there is none in delegationTokens',
    ])
  })

  it.each(['delegationTokens: [spark]', 'delegationTokens: [spark], profiles: [default]'])(
    'may have %s',
    async (options) => {
      const kept = 'delegationTokens: { spark: { bootstrapServers: "k:9093", login: { profile: default } } }'
      const { callers } = await load({ file: `${kept}\ncallers: { app: { ${bySecret}, ${options} } }` })
      expect(callers['app']).toMatchObject({ delegationTokens: ['spark'] })
    },
  )

  it('needs a CA for its certificate', async () => {
    const file = 'callers: { app: { certificate: { sanDns: a.example }, profiles: [default] } }'
    expect(told(await faultsOf({ file }))).toEqual([
      'callers.app.certificate: needs listen.tls.clientCaFile: the CA of client certificates',
    ])
  })

  it('is not commented out by half: a section without entries is no section', async () => {
    expect(told(await faultsOf({ file: 'callers:\n#  app: {}' }))).toEqual(['callers: must be a mapping'])
  })

  it.each([
    ['one subject', byJwt(), byJwt(), 'callers.b.assertion.subject (app)'],
    ['one subject of a list', byJwt(), byJwt().replace('app', '[other, app]'), 'callers.b.assertion.subject'],
    [
      'one audience of two',
      byJwt(),
      byJwt().replace('kafka-tokens', '[other, kafka-tokens]'),
      'callers.b.assertion.subject (app)',
    ],
    [
      'the same pattern',
      byJwt().replace('app', 'a:*'),
      byJwt().replace('app', 'a:*'),
      'callers.b.assertion.subject (a:*)',
    ],
    [
      'the same DNS name',
      'certificate: { sanDns: batch.example }',
      'certificate: { sanDns: Batch.Example }',
      'callers.b.certificate.sanDns (Batch.Example)',
    ],
    [
      'the same URI',
      'certificate: { sanUri: "spiffe://example/batch" }',
      'certificate: { sanUri: "spiffe://example/batch" }',
      'callers.b.certificate.sanUri (spiffe://example/batch)',
    ],
    [
      'the same DN in another spelling',
      'certificate: { subjectDn: "CN=batch,O=Example" }',
      'certificate: { subjectDn: "cn=batch, o=Example" }',
      'callers.b.certificate.subjectDn (cn=batch, o=Example)',
    ],
  ])('is nobody else: %s', async (_case, one, other, option) => {
    const file = `listen: { ${tls} }\ncallers: { a: { ${one}, profiles: [default] }, b: { ${other}, profiles: [default] } }`
    const faults = told(await faultsOf({ file }))
    expect(faults).toEqual([expect.stringContaining(option)])
    expect(faults[0]).toMatch(/: is that of the caller a already$/)
  })

  it.each([
    ['another issuer', byJwt().replace('idp', 'idp2')],
    ['another audience', byJwt().replace('kafka-tokens', 'other')],
    ['another subject', byJwt().replace('app', 'other')],
  ])('may share what is not the whole: %s', async (_case, other) => {
    const file = `callers: { a: { ${byJwt()}, profiles: [default] }, b: { ${other}, profiles: [default] } }`
    await expect(load({ file })).resolves.toBeDefined()
  })

  it.each([
    'callers: { a: { assertion: &a { issuer: *a, audience: kafka, subject: app }, profiles: [default] } }',
    'callers: &a { a: *a }',
    'callers: { a: &a { secretHashes: [*a], profiles: [*a], certificate: *a } }',
  ])('is refused where it holds itself: %s', async (file) => {
    expect((await faultsOf({ file })).length).toBeGreaterThan(0)
  })

  it('may say the same twice of itself', async () => {
    const file = `callers: { a: { ${byJwt().replace('app', '[app, app]')}, profiles: [default, default] } }`
    await expect(load({ file })).resolves.toBeDefined()
  })
})

describe('an issuer', () => {
  const caller = `callers: { app: { ${byJwt()}, profiles: [default] } }`

  it.each([
    [
      '{ https://idp.example/: {} }',
      'issuers.https://idp.example/: is the issuer of no caller; did you mean https://idp.example?',
    ],
    [
      '{ https://elsewhere.test: {} }',
      'issuers.https://elsewhere.test: is the issuer of no caller; they have https://idp.example',
    ],
    [
      '{ https://idp.example: { jwksUri: https://idp.example/keys, jwksFile: keys.json } }',
      'issuers.https://idp.example.jwksFile (keys.json): cannot be set together with jwksUri: one of them has the keys',
    ],
    [
      '{ https://idp.example: { verifyBy: token-review, jwksFile: keys.json } }',
      'issuers.https://idp.example.verifyBy (token-review): must be jwks where jwksUri or jwksFile has the keys',
    ],
    [
      '{ https://idp.example: { apiServer: https://10.0.0.1 } }',
      'issuers.https://idp.example.apiServer (https://10.0.0.1): is for verifyBy: token-review',
    ],
    ['{ https://idp.example: { jti: never } }', 'issuers.https://idp.example.jti (never): must be one of any, once'],
    ['{ https://idp.example: { jwksUri: file:///k } }', /jwksUri.*must be an http or https URL/],
  ])('is refused as %s', async (issuers, expected) => {
    const faults = told(await faultsOf({ file: `${caller}\nissuers: ${issuers}` }))
    expect(faults).toEqual([typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string)])
  })
})

describe('a secret in the file itself', () => {
  const isHash = 'kafka-token-sidecar secret hash makes one; a secret itself must not stand in the configuration'
  it.each([
    [
      'secret: hunter2',
      'callers.app.secret: must not stand in the configuration: write its hash to secretHashes, made by kafka-token-sidecar secret hash',
    ],
    [
      'secret: [hunter2]',
      'callers.app.secret: must not stand in the configuration: write its hash to secretHashes, made by kafka-token-sidecar secret hash',
    ],
    ['secretHashes: hunter2', 'callers.app.secretHashes: must be a list of hashes'],
    ['secretHashes: [hunter2]', `callers.app.secretHashes.0: is no hash: ${isHash}`],
    ['secretHashes: [{ is: hunter2 }]', 'callers.app.secretHashes.0: must be a hash'],
    ['clientSecret: hunter2', /^callers\.app\.clientSecret: no such option/],
    ['password: hunter2', /^callers\.app\.password: no such option/],
    ['assertion: hunter2', 'callers.app.assertion: must be a mapping'],
    ['certificate: hunter2', 'callers.app.certificate: must be a mapping'],
  ])('is refused and not repeated: %s', async (option, expected) => {
    const faults = told(await faultsOf({ file: `callers: { app: { ${option}, profiles: [default] } }` }))
    expect(faults[0]).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
    expect(faults.join()).not.toContain('hunter2')
  })

  it.each([
    'callers: { app: hunter2 }',
    'callers: hunter2',
    'callers: [hunter2]',
    'callers: { app: { secret: *hunter2, profiles: [default] } }',
    'callers: { app: { secret: !hunter2 x, profiles: [default] } }',
    'callers: { app: { secret: &hunter2, profiles: [default] } }',
    'callers: { app: { secret: "hunter2, profiles: [default] } }',
    'callers: { app: { secret: hunter2: x, profiles: [default] } }',
    'callers: { app: { secret: `hunter2` } }',
    'callers: { app: { secret: hunter2, secret: hunter2 } }',
  ])('is not repeated by a file that makes no sense: %s', async (file) => {
    expect(told(await faultsOf({ file })).join()).not.toContain('hunter2')
  })
})

describe('ten thousand profiles and callers', { timeout: 120_000 }, () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `team-${index}`)
  const profiles = names.map((name) => `  ${name}: { source: self-issued, subject: ${name} }`).join('\n')
  const callers = names.map((name) => `  ${name}-app: { ${bySecret}, profiles: [${name}] }`).join('\n')

  it('are read in seconds, and hold no timer while nobody uses them', async () => {
    const file = `profiles:\n${profiles}\ncallers:\n${callers}`
    const startedAt = performance.now()
    const config = await load({ file })
    const platform = fakePlatform()
    const sidecar = composeSidecar(config, { platform })
    const answer = await sidecar.fetchHandler()(
      new Request('http://localhost/token', {
        method: 'POST',
        headers: { 'user-agent': 'test' },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      }),
    )
    expect(await answer.text()).toContain('ERR_CALLER_MISSING')
    expect(platform.pendingTimers).toBe(0)
    sidecar.replace(await load({ file }))
    expect(platform.pendingTimers).toBe(0)
    await sidecar.stop()
    // A second or two on a machine that has nothing else to do.
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })

  it.each([
    ['all callers name a profile that is gone', `profiles: { other: {} }\ncallers:\n${callers}`, 10_000],
    ['all profiles were renamed', `profiles:\n${profiles.replaceAll('team', 'group')}\ncallers:\n${callers}`, 10_000],
    [
      'all issuers are misspelt',
      `callers:\n${names.map((name) => `  ${name}: { assertion: { issuer: "https://idp.example/${name}", audience: a, subject: s }, profiles: [default] }`).join('\n')}\nissuers:\n${names.map((name) => `  "https://idp.exmple/${name}": {}`).join('\n')}`,
      10_000,
    ],
    ['all options are misspelt', `profiles:\n${profiles.replaceAll('subject', 'subjct')}`, 10_000],
  ])('are refused in seconds too: %s', async (_case, file, count) => {
    const startedAt = performance.now()
    expect((await faultsOf({ file })).length).toBe(count)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })
})
