import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compactVerify, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { bare, keyOf, pbes1, pkcs8 } from '../keys/key-forms.ts'
import { type Recorded, recordingEndpoint } from './recording-endpoint.ts'
import { startSidecar } from './sidecar.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const passphrase = 'correct horse'
const [rsa, ec] = [keyOf.RS256, keyOf.ES256]

// What the properties of a case may name.
const files: Readonly<Record<string, string>> = {
  'rsa.pem': pkcs8(rsa),
  'ec.pem': pkcs8(ec),
  'rsa.base64': bare(rsa),
  'rsa.encrypted.pem': pbes1(rsa, passphrase),
  'ec.encrypted.pem': pbes1(ec, passphrase),
  'ready.jwt': await new SignJWT({ iss: 'somebody', sub: 'else', nonce: 'ready-made' })
    .setProtectedHeader({ alg: 'RS256', kid: 'ready' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(rsa),
  'template.json': JSON.stringify({
    header: { kid: 'key-1', cty: 'JWT' },
    payload: { aud: ['https://a.example', 'https://b.example'], tenant: 'orders', level: 7, groups: ['a', 'b'] },
  }),
  'identity.json': JSON.stringify({
    payload: { iss: 'template-issuer', sub: 'template-subject', aud: 'template-audience' },
  }),
  'impostor.json': JSON.stringify({
    header: { alg: 'none', typ: 'other' },
    payload: { iat: 1, exp: 2, nbf: 3, jti: 'always the same' },
  }),
}

type Properties = Readonly<Record<string, string>>

// Names are those after `sasl.oauthbearer.`, but for `jaas`; `@` stands before a file.
const signed: Properties = { 'assertion.private.key.file': '@rsa.pem', 'assertion.claim.iss': 'orders' }
const complete: Properties = {
  ...signed,
  'assertion.claim.sub': 'orders',
  'assertion.claim.aud': 'https://idp.example',
}
const jwtBearer: Properties = { ...complete, 'jwt.retriever.class': `${oauthbearer}.JwtBearerJwtRetriever` }
const identity = { 'client.credentials.client.id': 'orders', 'client.credentials.client.secret': 'secret' }

const cases: Readonly<Record<string, Properties>> = {
  'issuer alone': signed,
  'issuer, subject and audience': complete,
  'algorithm RS256': { ...complete, 'assertion.algorithm': 'RS256' },
  'algorithm ES256': { ...complete, 'assertion.algorithm': 'ES256', 'assertion.private.key.file': '@ec.pem' },
  'a key in bare base64': { ...complete, 'assertion.private.key.file': '@rsa.base64' },
  'an encrypted key (PBES1)': {
    ...complete,
    'assertion.private.key.file': '@rsa.encrypted.pem',
    'assertion.private.key.passphrase': passphrase,
  },
  'an encrypted EC key (PBES1)': {
    ...complete,
    'assertion.algorithm': 'ES256',
    'assertion.private.key.file': '@ec.encrypted.pem',
    'assertion.private.key.passphrase': passphrase,
  },
  'exp.seconds': { ...complete, 'assertion.claim.exp.seconds': '60' },
  'nbf.seconds': { ...complete, 'assertion.claim.nbf.seconds': '120' },
  'nbf.seconds 0': { ...complete, 'assertion.claim.nbf.seconds': '0' },
  'jti.include': { ...complete, 'assertion.claim.jti.include': 'true' },
  'jti.include false': { ...complete, 'assertion.claim.jti.include': 'false' },
  'a template with header and payload': { ...signed, 'assertion.template.file': '@template.json' },
  'a template before the properties': { ...complete, 'assertion.template.file': '@identity.json' },
  'a template that cannot set alg, typ and times': { ...complete, 'assertion.template.file': '@impostor.json' },
  'a template that cannot set jti': {
    ...complete,
    'assertion.template.file': '@impostor.json',
    'assertion.claim.jti.include': 'true',
  },
  'assertion.file': { 'assertion.file': '@ready.jwt' },
  'assertion.file with client id and scope': {
    'assertion.file': '@ready.jwt',
    'client.credentials.client.id': 'orders',
    scope: 'kafka',
  },
  'client id': { ...complete, 'client.credentials.client.id': 'orders' },
  'scope of several words': { ...complete, scope: 'kafka read+write & ü' },
  'client id and scope': { ...complete, 'client.credentials.client.id': 'orders', scope: 'kafka' },
  'jwt-bearer': jwtBearer,
  'jwt-bearer with scope and jti': { ...jwtBearer, scope: 'kafka read', 'assertion.claim.jti.include': 'true' },
  'jwt-bearer with a client id': { ...jwtBearer, ...identity },
  'jwt-bearer whose issuer is in the template': {
    'jwt.retriever.class': `${oauthbearer}.JwtBearerJwtRetriever`,
    'assertion.private.key.file': '@rsa.pem',
    'assertion.template.file': '@identity.json',
  },
  'jwt-bearer by assertion.file': {
    'jwt.retriever.class': `${oauthbearer}.JwtBearerJwtRetriever`,
    'assertion.file': '@ready.jwt',
  },
  'client secret': identity,
  'client secret and scope': { ...identity, scope: 'kafka' },
  'client secret and scope in the JAAS options': { jaas: 'clientId="orders" clientSecret="secret" scope="kafka"' },
  'client id in the JAAS options beside an assertion': { ...complete, jaas: 'clientId="orders" scope="kafka"' },
  'client secret with header.urlencode': {
    'client.credentials.client.id': 'orders/a b',
    'client.credentials.client.secret': 's:+&=%ü',
    'header.urlencode': 'true',
    scope: 'kafka read+write',
  },
  'client secret without header.urlencode': {
    'client.credentials.client.id': 'orders/a b',
    'client.credentials.client.secret': 's:+&=%ü',
  },
}

/** Java does something with these that nobody can want, and the sidecar does not start. */
const traps = {
  lowerCase: { ...complete, 'assertion.algorithm': 'rs256' },
  issuerInTemplate: { 'assertion.private.key.file': '@rsa.pem', 'assertion.template.file': '@identity.json' },
  fileBesideKey: { ...complete, 'assertion.file': '@ready.jwt' },
  assertionBesideSecret: { ...complete, ...identity },
} satisfies Readonly<Record<string, Properties>>

const all: readonly (readonly [name: string, properties: Properties])[] = Object.entries({ ...cases, ...traps })
const pathOf = (name: string) => `/${all.findIndex(([other]) => other === name)}`

let folder: string
let endpoint: Awaited<ReturnType<typeof recordingEndpoint>>
/** By case: what the real client sent, and the error it ended with. */
const java = new Map<string, { readonly sent: readonly Recorded[]; readonly error: string | null }>()

beforeAll(async () => {
  const { tools, folder: shared } = inject('e2e')
  folder = join(shared, 'assertion-claims')
  mkdirSync(folder)
  endpoint = await recordingEndpoint()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 })
  for (const [name, properties] of all) writeFileSync(propertiesFile(name), clientProperties(name, properties))

  const urls = all.map(([name]) => endpoint.origin + pathOf(name))
  const allowed = `-Dorg.apache.kafka.sasl.oauthbearer.allowed`
  const { stdout } = await promisify(execFile)('java', [
    ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
    `${allowed}.urls=${urls.join()}`,
    `${allowed}.files=${Object.keys(files)
      .map((name) => join(folder, name))
      .join()}`,
    ...['-cp', tools.java43, 'Login', ...all.map(([name]) => propertiesFile(name))],
  ])
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { error: string | null })
  all.forEach(([name], index) => {
    java.set(name, { sent: endpoint.take(pathOf(name)), error: outcomes[index]?.error ?? null })
  })
})

afterAll(() => endpoint[Symbol.asyncDispose]())

const propertiesFile = (name: string) => join(folder, `client${pathOf(name).replace('/', '-')}.properties`)

function clientProperties(name: string, { jaas = '', ...properties }: Properties) {
  const lines = Object.entries(properties).map(([key, value]) => {
    const text = value.startsWith('@') ? join(folder, value.slice(1)) : value
    return `sasl.oauthbearer.${key}=${text.replace(/[^ -~]/g, escaped)}`
  })
  return [
    'bootstrap.servers=127.0.0.1:1',
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=OAUTHBEARER',
    `sasl.login.callback.handler.class=${oauthbearer}.OAuthBearerLoginCallbackHandler`,
    `sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required ${jaas};`,
    `sasl.oauthbearer.token.endpoint.url=${endpoint.origin}${pathOf(name)}`,
    ...lines,
    '',
  ].join('\n')
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const serve = (name: string) =>
  startSidecar({
    cli: inject('e2e').tools.cli,
    log: join(inject('e2e').folder, `sidecar-properties${pathOf(name).replace('/', '-')}`),
    options: { properties: propertiesFile(name) },
  })

describe.concurrent('sends what the Java client of Kafka 4.3 sends by the same properties:', () => {
  it.for(Object.keys(cases))('%s', async (name, { expect }) => {
    await using sidecar = await serve(name)
    const answer = await fetch(`${sidecar.origin}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(await answer.text()).toContain('access_token')
    const ours = endpoint.take(pathOf(name))

    const theirs = java.get(name)
    expect(theirs?.error).toBeNull()
    expect(theirs?.sent).toHaveLength(1)
    expect(ours).toHaveLength(1)
    expect(await Promise.all(ours.map(comparable))).toEqual(await Promise.all((theirs?.sent ?? []).map(comparable)))
    await sidecar.stop()
  })
})

/** What two requests for the same have in common: assertions are verified and read, the order of parameters is free. */
async function comparable({ parameters, ...rest }: Recorded) {
  const inOrder = parameters.toSorted(([one], [other]) => (one < other ? -1 : 1))
  const read = inOrder.map(async ([name, value]) => [name, name.endsWith('assertion') ? await assertion(value) : value])
  return { ...rest, parameters: await Promise.all(read) }
}

async function assertion(jwt: string) {
  const key = decodeProtectedHeader(jwt).alg === 'ES256' ? ec : rsa
  const { payload, protectedHeader } = await compactVerify(jwt, createPublicKey(key))
  const claims = JSON.parse(new TextDecoder().decode(payload)) as JWTPayload
  const { iat = 0, exp, nbf, jti, ...others } = claims
  return {
    header: protectedHeader,
    claims: {
      ...others,
      isOfNow: Math.abs(iat - Date.now() / 1000) < 120,
      ...(exp !== undefined && { secondsToExp: exp - iat }),
      ...(nbf !== undefined && { secondsToNbf: nbf - iat }),
      ...(jti !== undefined && { jti: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(jti) ? 'a UUID' : jti }),
    },
  }
}

describe('does not start where the Java client goes wrong in silence:', () => {
  const parameter = (name: string, sent: string) =>
    java.get(name)?.sent[0]?.parameters.find(([parameter]) => parameter === sent)?.[1]

  it('an algorithm in lower case is sent as it is', async () => {
    const sent = parameter('lowerCase', 'client_assertion') ?? ''
    expect(decodeProtectedHeader(sent).alg).toBe('rs256')
    await expect(serve('lowerCase')).rejects.toThrow(/assertion\.algorithm.*must be RS256/)
  })

  it('an issuer in the template alone selects the client secret', async () => {
    expect(java.get('issuerInTemplate')?.error).toContain(
      'Invalid value null for configuration sasl.oauthbearer.client.credentials.client.',
    )
    await expect(serve('issuerInTemplate')).rejects.toThrow(/assertion\.claim\.iss:? is missing/)
  })

  it('an assertion file hides the key', async () => {
    expect(parameter('fileBesideKey', 'client_assertion')).toBe(files['ready.jwt'])
    await expect(serve('fileBesideKey')).rejects.toThrow(/assertion\.file: .*keep the file or the key/)
  })

  it('an assertion hides the client secret', async () => {
    expect(parameter('assertionBesideSecret', 'client_assertion')).toBeDefined()
    expect(java.get('assertionBesideSecret')?.sent[0]?.authorization).toBeUndefined()
    await expect(serve('assertionBesideSecret')).rejects.toThrow(/beside a client secret/)
  })
})
