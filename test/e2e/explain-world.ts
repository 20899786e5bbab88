import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { compiledCases, type Printed, runCases, type Version } from './explain-cases.ts'
import { audience, explainEndpoint, issuer } from './explain-endpoint.ts'
import type { JavaCase, World } from './explain-java-cases.ts'
import { type ClusterOptions, startCluster } from './kafka-cluster.ts'
import type { Shared } from './setup.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'

export interface ExplainWorld extends AsyncDisposable {
  /** All cases of a version in one JVM, as they were broken or with their fixes applied. */
  run(version: Version, phase: 'broken' | 'fixed', cases: readonly JavaCase[]): Promise<Printed>
  /** Everything that the broker of this version printed. */
  brokerLog(version: Version): string
  /** What a broker prints that cannot start, as one thing is other than at the brokers that do. */
  failedStart(name: string, change: (options: ClusterOptions) => ClusterOptions): Promise<string>
}

/** A broker of each version, and a token endpoint whose issuer both trust. */
export async function explainWorld(shared: Shared, folder: string): Promise<ExplainWorld> {
  const endpoint = await explainEndpoint()
  await mkdir(folder, { recursive: true })
  const odd = oddCertificates(folder)
  const options = (version: Version): ClusterOptions =>
    clusterOptions(shared, join(folder, version), version, endpoint.origin, odd)
  const [new43, old39] = await Promise.all([startCluster(options('4.3')), startCluster(options('3.9'))])
  const clusters = { '4.3': new43, '3.9': old39 }
  const classes = await compiledCases(shared)
  const files = await keyFiles(join(folder, 'files'), await endpoint.token({}))
  const secureEndpoint = await endpoint.secureOrigin(new43.tls.serverFile)
  const { caFile: endpointCaFile } = new43.tls
  const trusted = { '4.3': new43.tls, '3.9': old39.tls }

  function worldOf(version: Version, name: string, tokens: World['tokens']): World {
    const { bootstrap } = clusters[version]
    const path = pathOf(version, name)
    const { caFile, client } = trusted[version]
    const clientFile = client('client').bothFile
    const secure = `${secureEndpoint}/${path}`
    return {
      odd,
      endpointCaFile,
      bootstrap,
      endpoint: `${endpoint.origin}/${path}`,
      secureEndpoint: secure,
      caFile,
      clientFile,
      files,
      tokens,
    }
  }

  const good = (version: Version, name: string): Properties => ({
    'bootstrap.servers': clusters[version].bootstrap['GOOD'],
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.login.callback.handler.class': `${oauthbearer}.OAuthBearerLoginCallbackHandler`,
    'sasl.oauthbearer.token.endpoint.url': `${endpoint.origin}/${pathOf(version, name)}`,
    'client.id': name,
    'group.id': name,
    ...login[version],
  })

  const tokens = await madeTokens()

  async function madeTokens(): Promise<World['tokens']> {
    const properties: Properties = { ...good('4.3', 'make-tokens'), 'case.do': 'make-tokens' }
    const cases = [{ name: 'make-tokens', properties }]
    const jvm = [allowedUrls([properties['sasl.oauthbearer.token.endpoint.url']])]
    const { log } = await runCases({ shared, classes, version: '4.3', folder: join(folder, 'tokens'), jvm, cases })
    const lines = log.split('\n').filter((line) => line.startsWith('{'))
    const made = Object.assign({}, ...lines.map((line) => JSON.parse(line) as unknown)) as Record<
      'own' | 'expired',
      { readonly id: string; readonly hmac: string }
    >
    return { id: made.own.id, own: made.own.hmac, expired: made.expired.hmac }
  }

  return {
    run: async (version, phase, all) => {
      const cases = all.filter(({ versions }) => !versions || versions.includes(version))
      const clients = cases.map(({ name, answer, broken, fixed }) => {
        endpoint.answers(pathOf(version, name), phase === 'broken' ? answer : undefined)
        const change = (phase === 'broken' ? broken : fixed)?.(worldOf(version, name, tokens), version)
        const properties: Properties = { ...good(version, name), ...patience[phase], ...change }
        return { name, properties }
      })
      // This is what the first two cases are about.
      const isAllowed = (name: string) => phase === 'fixed' || !name.endsWith('not-allowed')
      const urls = clients
        .filter(({ name }) => isAllowed(name) || name === 'file-not-allowed')
        .map(({ properties }) => properties['sasl.oauthbearer.token.endpoint.url'])
      const withFiles = clients.filter(({ name }) => isAllowed(name))
      const keys = withFiles.flatMap(({ properties }) =>
        Object.entries(properties).flatMap(([key, value]) => (/assertion.*file$/.test(key) && value ? [value] : [])),
      )
      const jvm = [allowedUrls(urls), `-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${[...new Set(keys)].join()}`]
      return runCases({ shared, classes, version, folder: join(folder, `${phase}-${version}`), jvm, cases: clients })
    },
    brokerLog: (version) => clusters[version].nodes.map((node) => node.output()).join(''),
    failedStart: async (name, change) => {
      const given = change(options('4.3'))
      // Its keys are given once, to the broker that runs.
      const { REFRESHED: _, ...listeners } = given.listeners
      const own = { ...given, listeners, folder: join(folder, name) }
      return startCluster(own).then(
        async (cluster) => {
          await cluster.stop()
          return ''
        },
        // The error has the end of it alone.
        async () => {
          const files = ['stdout', 'stderr'].map((kind) =>
            readFile(join(own.folder, 'node-1', `life-1.${kind}`), 'utf8'),
          )
          return (await Promise.all(files)).join('')
        },
      )
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([new43[Symbol.asyncDispose](), old39[Symbol.asyncDispose]()])
      await endpoint[Symbol.asyncDispose]()
    },
  }
}

type Properties = Readonly<Record<string, string | undefined>>

const pathOf = (version: Version, name: string) => `${version}-${name}`

const allowedUrls = (urls: readonly (string | undefined)[]) =>
  `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls.filter(Boolean).join()}`

const login: Readonly<Record<Version, Readonly<Record<string, string>>>> = {
  '4.3': {
    'sasl.jaas.config': `${oauthbearer}.OAuthBearerLoginModule required;`,
    'sasl.oauthbearer.client.credentials.client.id': 'unused',
    'sasl.oauthbearer.client.credentials.client.secret': 'unused',
  },
  '3.9': {
    'sasl.jaas.config': `${oauthbearer}.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`,
  },
}

const waiting = (ms: number) => ({
  'request.timeout.ms': `${ms - 1000}`,
  'default.api.timeout.ms': `${ms}`,
  'delivery.timeout.ms': `${ms}`,
  'max.block.ms': `${ms}`,
})
/** Failures come sooner than by default, in the same words; what works may take its time on a busy machine. */
const patience = {
  broken: { ...waiting(18_000), 'sasl.login.retry.backoff.max.ms': '300' },
  fixed: waiting(40_000),
}

function clusterOptions(
  { tools }: Shared,
  folder: string,
  version: Version,
  origin: string,
  odd: World['odd'],
): ClusterOptions {
  const oauth = { jwksUrl: `${origin}/jwks`, issuer, audience }
  const secure = { protocol: 'SASL_SSL', mechanisms: ['OAUTHBEARER'], oauth } as const
  const bearer = { protocol: 'SASL_PLAINTEXT', mechanisms: ['OAUTHBEARER'] } as const
  return {
    classpath: version === '4.3' ? tools.broker : tools.broker39,
    folder,
    // Delegation tokens are switched off at the older one.
    ...(version === '4.3' && { secretKey: 'the-secret-key' }),
    users: { admin: 'admin-password' },
    superUsers: ['alice', 'bob', 'admin', 'CN=client'],
    acls: [{ user: 'reader', may: 'ALL', on: 'TOPIC', named: 'cases' }],
    listeners: {
      GOOD: { ...bearer, oauth },
      NOAUD: { ...bearer, oauth, settings: { 'oauthbearer.sasl.oauthbearer.expected.audience': '' } },
      UNSECURED: bearer,
      REFRESHED: {
        ...bearer,
        oauth: { ...oauth, jwksUrl: `${origin}/jwks-once-${version}` },
        settings: { 'oauthbearer.sasl.oauthbearer.jwks.endpoint.refresh.ms': '5000' },
      },
      TLS: secure,
      OTHER: { ...secure, settings: { 'ssl.keystore.location': odd.otherName.serverFile } },
      EXPIRED: { ...secure, settings: { 'ssl.keystore.location': odd.expired.serverFile } },
      OLDTLS: { ...secure, settings: { 'ssl.enabled.protocols': 'TLSv1.2' } },
      MTLS: { protocol: 'SSL' },
      SCRAM: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512', 'PLAIN'] },
    },
  }
}

/** Authorities and servers that are not as clients want them. */
function oddCertificates(folder: string): World['odd'] {
  const issued = (name: string, hosts: readonly string[], at: number) => {
    const authority = certificateAuthority(at)
    const server = authority.issue(...hosts)
    const file = (kind: string, content: string) => {
      const path = join(folder, `${name}-${kind}.pem`)
      writeFileSync(path, content, { mode: 0o600 })
      return path
    }
    return { caFile: file('ca', authority.cert), serverFile: file('server', server.key + server.cert) }
  }
  const now = Date.now()
  return {
    otherName: issued('other-name', ['kafka.example'], now),
    expired: issued('expired', ['localhost', '127.0.0.1'], now - 5 * 86_400_000),
  }
}

/** A private key in the forms that circulate, a template and an assertion. */
async function keyFiles(folder: string, assertion: string): Promise<World['files']> {
  await mkdir(folder, { recursive: true })
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'passphrase' }
  const contents = {
    pkcs8: key.export({ type: 'pkcs8', format: 'pem' }),
    unlisted: key.export({ type: 'pkcs8', format: 'pem' }),
    pkcs1: key.export({ type: 'pkcs1', format: 'pem' }),
    pbes2: key.export({ type: 'pkcs8', format: 'pem', ...encrypted }),
    template: '{"payload":{"iss":"unused","sub":"unused"}}',
    assertion,
  }
  const files = Object.entries(contents).map(async ([name, content]) => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    return [name, join(folder, name)] as const
  })
  return Object.fromEntries(await Promise.all(files)) as World['files']
}
