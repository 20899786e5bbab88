import { createLocalJWKSet, jwtVerify } from 'jose'
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { azure, azureSource } from '../../../src/sources/azure/azure.ts'
import type { SourceTimes } from '../../../src/sources/source-times.ts'
import type { Platform } from '../../../src/platform/platform.ts'
import { fakeAzure, federated, tenant, type FakeAzure } from '../../fakes/azure.ts'
import { temporaryFolder } from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { scriptedServer } from '../../fakes/scripted-server.ts'
import { faults, leak, timeoutOf } from '../faults.ts'
import { expectNoSecret, failureOf, getToken } from '../outcome.ts'

const resource = 'https://ns.servicebus.windows.net'
const clientId = '99999999-2222-3333-4444-555555555555'

let fake: FakeAzure
let folder: ReturnType<typeof temporaryFolder>
let tokenPath: string

beforeAll(async () => {
  fake = await fakeAzure()
})
beforeEach(async () => {
  folder = temporaryFolder()
  tokenPath = folder.file('azure-identity-token')
  writeFileSync(tokenPath, `${await fake.serviceAccountToken()}\n`)
  ;(fake.calls as unknown[]).length = 0
  Object.assign(fake.script, { expiresIn: 3599, lifetimes: 'text', identity: undefined })
  fake.heal()
})
afterEach(() => {
  folder.remove()
})
afterAll(() => fake.close())

// What AKS, App Service and a virtual machine have in their environments, led to the fake.
const aks = () => ({
  AZURE_FEDERATED_TOKEN_FILE: tokenPath,
  AZURE_CLIENT_ID: clientId,
  AZURE_TENANT_ID: tenant,
  AZURE_AUTHORITY_HOST: `${fake.origin}/`,
})
const appService = () => ({ IDENTITY_ENDPOINT: `${fake.origin}/msi/token`, IDENTITY_HEADER: fake.secret })
const machine = () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: fake.origin })

function source(
  env: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>> = {},
  { platform = {}, ...times }: Partial<SourceTimes> & { platform?: Partial<Platform> } = {},
) {
  // Never the metadata server of the machine that the tests run on.
  const safe = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1', ...env }
  const settings = azure.options.parse({ scope: resource, ...options })
  const world = { platform: { ...directPlatform(safe), ...platform } }
  return azureSource(settings, world, { timeoutMs: 5_000, startingMs: 30_000, retryMs: 3_000, ...times })
}

const form = (index = 0) => new URLSearchParams(fake.calls[index]?.body)

describe('gives a token of Entra ID for the resource', () => {
  test.each([
    ['by workload identity', aks, '/oauth2/v2.0/token'],
    ['in App Service and Container Apps', appService, '/msi/token'],
    ['on a virtual machine', machine, '/metadata/identity/oauth2/token'],
  ])('%s, with one call', async (_name, env, path) => {
    const token = await getToken(source(env()))
    const { payload } = await jwtVerify(token.value.reveal(), createLocalJWKSet(fake.jwks), { audience: resource })
    expect(payload.sub).toBe('object-1')
    expect(token.expiresAt - Date.now()).toBeGreaterThan(3_590_000)
    expect(token.expiresAt - Date.now()).toBeLessThan(3_601_000)
    expect(token.scope).toBe(`${resource}/.default`)
    expect(fake.calls.map((call) => call.path.replace(`/${tenant}`, ''))).toEqual([path])
  })
})

describe('workload identity', () => {
  test('sends the token of Kubernetes as client assertion, read anew each time', async () => {
    const azureTokens = source(aks())
    await getToken(azureTokens)
    const first = await fake.serviceAccountToken()
    const second = await fake.serviceAccountToken({ expiresIn: 7200 })
    expect(Object.fromEntries(form())).toEqual({
      grant_type: 'client_credentials',
      scope: `${resource}/.default`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: first,
      client_id: clientId,
    })
    writeFileSync(tokenPath, second)
    await getToken(azureTokens)
    expect(form(1).get('client_assertion')).toBe(second)
  })

  test('comes before all others, and options before variables', async () => {
    await getToken(source({ ...machine(), ...appService(), ...aks() }, { clientId: 'mine' }))
    expect(fake.calls).toHaveLength(1)
    expect(form().get('client_id')).toBe('mine')
    const failure = await failureOf(source(aks(), { tenantId: 'other/../tenant' }))
    expect(fake.calls[1]?.path).toBe('/other%2F..%2Ftenant/oauth2/v2.0/token')
    expect(failure.hint).toContain('Correct the tenant')
  })

  test.each([['AZURE_FEDERATED_TOKEN_FILE'], ['AZURE_CLIENT_ID'], ['AZURE_TENANT_ID']])(
    'is not taken without %s, which is named where it is asked for',
    async (variable) => {
      const { [variable]: _missing, ...env } = aks() as Record<string, string>
      await getToken(source({ ...env, ...machine(), AZURE_CLIENT_ID: '' }))
      expect(fake.calls[0]?.path).toContain('/metadata')
      const failure = await failureOf(source(env, { credential: 'workload-identity' }))
      expect(failure.code).toBe('ERR_AZURE_NO_CREDENTIALS')
      expect(failure.message).toContain(variable)
    },
  )

  test('whose token file is missing, empty or expired says so', async () => {
    const azureTokens = source(aks())
    for (const [text, words] of [
      ['', 'is empty'],
      ['opaque', 'holds no JWT'],
      [await fake.serviceAccountToken({ expiresIn: -100 }), 'expired 10'],
    ] as const) {
      writeFileSync(tokenPath, text)
      const failure = await failureOf(azureTokens)
      expect(failure.code).toBe('ERR_KEY_ASSERTION')
      expect(failure.message).toContain(words)
    }
    expect(fake.calls).toHaveLength(0)
    expect((await failureOf(source({ ...aks(), AZURE_FEDERATED_TOKEN_FILE: '/none' }))).message).toContain('ENOENT')
  })

  test('that Entra ID does not know is told what the federated credential has to be', async () => {
    const subject = 'system:serviceaccount:orders:other'
    writeFileSync(tokenPath, await fake.serviceAccountToken({ subject }))
    const failure = await failureOf(source(aks()))
    expect(failure).toMatchObject({ code: 'ERR_PROVIDER_CLIENT', oauth: 'invalid_client', status: 401 })
    expect(failure.description).toContain('AADSTS700213')
    expect(failure.hint).toContain(`issuer ${federated.issuer}, subject ${subject} and audience ${federated.audience}`)
    expectNoSecret(failure, 'eyJ')
  })

  test.each([
    ['AADSTS90002', 'AZURE_TENANT_ID'],
    ['AADSTS700016', 'AZURE_CLIENT_ID'],
    ['AADSTS7000215', 'federated credential'],
    ['AADSTS500011', '<namespace>.servicebus.windows.net'],
    ['AADSTS1002012', 'followed by /.default'],
    ['AADSTS700024', 'clock'],
    ['AADSTS53003', 'conditional access'],
  ])('%s is told with what mends it', async (code, words) => {
    fake.fail('/token', {
      status: 400,
      body: { error: 'invalid_request', error_description: `${code}: Words of Entra.` },
    })
    const failure = await failureOf(source(aks()))
    expect(failure.code).toBe('ERR_PROVIDER_REFUSED')
    expect(failure.oauth).toBe('invalid_request')
    expect(failure.description).toContain(`${code}: Words of Entra.`)
    expect(failure.hint).toContain(words)
  })

  test('is not sent over plain http to another host, nor to where a redirect leads', async () => {
    const failure = await failureOf(source({ ...aks(), AZURE_AUTHORITY_HOST: 'http://login.example' }))
    expect(failure.code).toBe('ERR_PROVIDER_PLAINTEXT')
    expect(failure.hint).toContain('AZURE_AUTHORITY_HOST')
    fake.fail('/token', { status: 307, headers: { location: `${fake.origin}/elsewhere` } })
    expect((await failureOf(source(aks()))).code).toBe('ERR_PROVIDER_REDIRECT')
    expect(fake.callsTo('/elsewhere')).toHaveLength(0)
  })
})

describe('a managed identity', () => {
  test.each([
    ['by client id', { clientId: 'a' }, {}, 'client_id', 'client_id'],
    ['by AZURE_CLIENT_ID', {}, { AZURE_CLIENT_ID: 'a' }, 'client_id', 'client_id'],
    ['by object id', { objectId: 'a' }, { AZURE_CLIENT_ID: 'b' }, 'object_id', 'principal_id'],
    ['by resource id', { resourceId: 'a' }, { AZURE_CLIENT_ID: 'b' }, 'msi_res_id', 'mi_res_id'],
  ])('is named %s', async (_name, options, env, onMachine, inAppService) => {
    fake.script.identity = 'a'
    await getToken(source({ ...machine(), ...env }, options))
    await getToken(source({ ...appService(), ...env }, options))
    const names = fake.calls.map(({ query }) => [...query.keys()].filter((key) => !/api-version|resource$/.test(key)))
    expect(names).toEqual([[onMachine], [inAppService]])
    expect(fake.calls.map(({ query }) => query.get('resource'))).toEqual([resource, resource])
  })

  test('can be asked for although workload identity is there', async () => {
    await failureOf(source({ ...aks(), ...machine() }, { credential: 'managed-identity' }))
    expect(fake.calls[0]?.path).toBe('/metadata/identity/oauth2/token')
  })

  test.each([['text'], ['numbers'], ['none']] as const)('tells its end in %s', async (lifetimes) => {
    fake.script.lifetimes = lifetimes
    fake.script.expiresIn = lifetimes === 'none' ? 3599 : 1800
    for (const env of [machine(), appService()]) {
      const { expiresAt } = await getToken(source(env))
      expect(Math.abs(expiresAt - Date.now() - fake.script.expiresIn * 1000)).toBeLessThan(2_500)
    }
  })

  test.each([
    ['IMDS', machine, 'IMDS 127.0.0.1'],
    ['App Service', appService, 'IDENTITY_ENDPOINT 127.0.0.1'],
  ])('that %s does not know is missing, at first perhaps for a moment', async (_name, env, words) => {
    let now = 0
    const azureTokens = source(env(), { clientId: 'unknown' }, { platform: { monotonicNow: () => now } })
    expect(await failureOf(azureTokens)).toMatchObject({ status: 503, retryAfterMs: 3_000 })
    now = 30_000
    const failure = await failureOf(azureTokens)
    expect(failure).toMatchObject({ code: 'ERR_AZURE_NO_CREDENTIALS', status: 400, oauth: 'unauthorized_client' })
    expect(failure.description).toContain('AZURE_FEDERATED_TOKEN_FILE is not set')
    expect(failure.description).toContain(words)
    expect(failure.description).toContain('no such managed identity is assigned here')
  })

  test('that is taken away is missing, not away for a moment', async () => {
    const azureTokens = source(machine(), {}, { startingMs: 0 })
    await getToken(azureTokens)
    fake.script.identity = 'another'
    expect(await failureOf(azureTokens)).toMatchObject({ code: 'ERR_AZURE_NO_CREDENTIALS', status: 400 })
  })

  test('for a resource that the tenant does not know is a refusal with the words of Entra ID', async () => {
    const failure = await failureOf(source(machine(), { scope: 'https://other.example/.default' }))
    expect(failure).toMatchObject({ code: 'ERR_PROVIDER_REFUSED', oauth: 'invalid_resource', status: 400 })
    expect(failure.description).toContain('AADSTS500011')
    expect(failure.hint).toContain('Correct scope')
  })

  test('with the wrong secret of App Service is a refusal that does not tell it', async () => {
    const failure = await failureOf(source({ ...appService(), IDENTITY_HEADER: 'not-the-secret' }))
    expect(failure.code).toBe('ERR_PROVIDER_CLIENT')
    expectNoSecret(failure, 'not-the-secret')
  })

  test.each([
    [404, 'it is being updated'],
    [410, 'takes about a minute'],
    [429, 'answers 429'],
    [500, 'answers 500'],
  ])('is asked for again after %d, later each time', async (status, words) => {
    const azureTokens = source(machine())
    fake.fail('/metadata', { status, body: '' })
    const failures = [await failureOf(azureTokens), await failureOf(azureTokens), await failureOf(azureTokens)]
    expect(failures[0]?.code).toBe('ERR_PROVIDER_UNAVAILABLE')
    expect(failures[0]?.message).toContain(words)
    expect(failures.map(({ retryAfterMs }) => retryAfterMs)).toEqual([1_000, 2_000, 4_000])
    fake.fail('/metadata', { status, headers: { 'Retry-After': '5' } })
    expect((await failureOf(azureTokens)).retryAfterMs).toBe(5_000)
    fake.heal()
    await getToken(azureTokens)
    fake.fail('/metadata', { status })
    expect((await failureOf(azureTokens)).retryAfterMs).toBe(1_000)
  })
})

describe('with nothing of Azure around', () => {
  test('says at once what was tried, and that Azure Arc is not known', async () => {
    const env = { IDENTITY_ENDPOINT: 'http://127.0.0.1:1', IMDS_ENDPOINT: 'http://127.0.0.1:1' }
    const failure = await failureOf(source(env))
    expect(failure).toMatchObject({ code: 'ERR_AZURE_NO_CREDENTIALS', status: 503 })
    expect(failure.description).toContain('Azure Arc and Service Fabric are not supported')
    expect(failure.description).toMatch(/IMDS 127\.0\.0\.1:1 \((ECONNREFUSED|bad port)\)/)
  })

  test.each([
    ['Google', { status: 403, headers: { 'Metadata-Flavor': 'Google', Server: 'Metadata Server for VM' }, body: '' }],
    ['Amazon', { status: 404, headers: { Server: 'EC2ws' }, body: '<?xml version="1.0"?><html></html>' }],
    ['somebody', { status: 405, headers: { Server: 'nginx' }, body: '<html></html>' }],
  ])('the metadata server of %s at the same address is none', async (_name, answer) => {
    const other = await scriptedServer(() => answer)
    const failure = await failureOf(source({ AZURE_POD_IDENTITY_AUTHORITY_HOST: other.origin }))
    await other.close()
    expect(failure.code).toBe('ERR_AZURE_NO_CREDENTIALS')
    expect(failure.message).toContain("is not Azure's")
  })

  test('one that has given tokens is not called absent when it is away for a moment', async () => {
    const own = await fakeAzure()
    const azureTokens = source({ AZURE_POD_IDENTITY_AUTHORITY_HOST: own.origin }, {}, { startingMs: 0 })
    await getToken(azureTokens)
    await own.close()
    expect((await failureOf(azureTokens)).status).toBe(503)
    await own.reopen()
    await getToken(azureTokens)
    await own.close()
  })

  test.each([
    ['AZURE_POD_IDENTITY_AUTHORITY_HOST', { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'not a url' }],
    ['IDENTITY_ENDPOINT', { IDENTITY_ENDPOINT: 'file:///etc/passwd', IDENTITY_HEADER: 'a' }],
    [
      'AZURE_AUTHORITY_HOST',
      {
        ...{ AZURE_CLIENT_ID: 'a', AZURE_TENANT_ID: 'b', AZURE_FEDERATED_TOKEN_FILE: 'c' },
        AZURE_AUTHORITY_HOST: 'http://[',
      },
    ],
  ])('%s that is no address is named', async (variable, env) => {
    const failure = await failureOf(source(env))
    expect(failure.code).toBe('ERR_AZURE_NO_CREDENTIALS')
    expect(failure.message).toContain(`${variable} is not a URL`)
  })
})

describe.each([
  ['Entra ID', aks, '/oauth2/v2.0/token'],
  ['IMDS', machine, '/metadata/identity/oauth2/token'],
  ['App Service', appService, '/msi/token'],
] as const)('%s', (_name, env, path) => {
  test.each(faults)('%s: one call, a clear code, and it heals', async (_fault, fault, kind) => {
    const azureTokens = source(env(), {}, { timeoutMs: timeoutOf(fault) })
    fake.fail(path, fault)
    const failure = await failureOf(azureTokens)
    expect(failure.code).toBe(kind === 'unavailable' ? 'ERR_PROVIDER_UNAVAILABLE' : 'ERR_PROVIDER_ANSWER')
    expect(failure.status).toBe(503)
    expect(failure.description).toContain(fake.host)
    expectNoSecret(failure, 'eyJ', fake.secret)
    expect(fake.callsTo(path)).toHaveLength(1)
    fake.heal()
    expect((await getToken(azureTokens)).value.reveal()).toContain('.')
  })

  test('that tells no lifetime for an opaque token answers nonsense', async () => {
    fake.fail(path, { body: { access_token: leak, token_type: 'Bearer' } })
    const failure = await failureOf(source(env()))
    expect(failure.code).toBe('ERR_PROVIDER_ANSWER')
    expect(failure.message).toContain('without lifetime')
  })
})

test('a caller who gives up is let go at once, with its own reason', async () => {
  fake.fail('/metadata', 'hang')
  const giveUp = new AbortController()
  const reason = new Error('the client has gone')
  const asked = getToken(source(machine()), giveUp.signal)
  setTimeout(() => {
    giveUp.abort(reason)
  }, 50)
  await expect(asked).rejects.toBe(reason)
})

describe('options', () => {
  test.each([
    ['https://ns.servicebus.windows.net', 'https://ns.servicebus.windows.net/.default'],
    ['https://ns.servicebus.windows.net/', 'https://ns.servicebus.windows.net/.default'],
    [' https://ns.servicebus.windows.net/.default ', 'https://ns.servicebus.windows.net/.default'],
    ['api://kafka', 'api://kafka/.default'],
    ['api://kafka/sub/.default', 'api://kafka/sub/.default'],
    ['https://management.azure.com//.default', 'https://management.azure.com//.default'],
    [clientId, `${clientId}/.default`],
  ])('scope %s is %s', (given, scope) => {
    expect(azure.options.parse({ scope: given }).scope).toBe(scope)
  })

  test.each(['', 'kafka', 'https://a/.default https://b/.default', 'https://a/user_impersonation', '/.default'])(
    'scope %j is refused in words',
    (scope) => {
      expect(() => azure.options.parse({ scope })).toThrow('must be one resource followed by /.default')
    },
  )

  test.each([
    [{ clientId: 'a', objectId: 'b', resourceId: 'c' }, ['objectId', 'resourceId']],
    [{ credential: 'managed-identity', tenantId: 'a' }, ['tenantId']],
    [{ credential: 'workload-identity', objectId: 'a' }, ['objectId']],
    [{ credential: 'workload-identity', clientId: 'a', tenantId: 'b' }, []],
  ])('%j are told at the option that has to change', (options, places) => {
    const problems = azure.check?.(azure.options.parse({ scope: resource, ...options })) ?? []
    expect(problems.map(({ path }) => path.join('.'))).toEqual(places)
  })
})
