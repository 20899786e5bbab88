import { createLocalJWKSet, jwtVerify } from 'jose'
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Platform } from '../../../src/platform/platform.ts'
import { aws, awsSource } from '../../../src/sources/aws/aws.ts'
import type { SourceTimes } from '../../../src/sources/source-times.ts'
import type { Sdk } from '../../../src/sources/aws/sts.ts'
import type { SidecarEvent } from '../../../src/token/event.ts'
import { fakeAws, issuer, role, type FakeAws } from '../../fakes/aws.ts'
import { temporaryFolder } from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { scriptedServer } from '../../fakes/scripted-server.ts'
import { faults, leak, timeoutOf } from '../faults.ts'
import { expectNoSecret, failureOf, getToken } from '../outcome.ts'

let fake: FakeAws
let folder: ReturnType<typeof temporaryFolder>
const before = { ...process.env }

beforeAll(async () => {
  fake = await fakeAws()
})
beforeEach(() => {
  folder = temporaryFolder()
  ;(fake.calls as unknown[]).length = 0
  fake.script.sessionSeconds = 21_600
  fake.heal()
})
afterEach(() => {
  folder.remove()
  process.env = { ...before }
})
afterAll(() => fake.close())

// Static keys in the environment.
const keys = { AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 'secret-of-env', AWS_REGION: 'eu-central-1' }

interface Settings extends Partial<SourceTimes> {
  readonly options?: Readonly<Record<string, unknown>>
  readonly platform?: Partial<Platform>
  readonly events?: SidecarEvent[]
}

/** The SDK reads the environment of the process, so that is set, and nothing of AWS that this machine has remains. */
function source(
  env: Readonly<Record<string, string>>,
  { options = {}, platform = {}, events = [], ...times }: Settings = {},
) {
  const safe: Record<string, string> = {
    HOME: folder.path,
    AWS_SHARED_CREDENTIALS_FILE: folder.file('credentials'),
    AWS_CONFIG_FILE: folder.file('config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: fake.origin,
    AWS_ENDPOINT_URL_STS: fake.origin,
    ...env,
  }
  const rest = Object.entries(before).filter(([name]) => !name.startsWith('AWS_'))
  process.env = { ...Object.fromEntries(rest), ...safe }
  return awsSource(
    aws.options.parse({ audience: ['kafka'], ...options }),
    { platform: { ...directPlatform(safe), ...platform }, emit: (event) => events.push(event) },
    { timeoutMs: 5_000, startingMs: 30_000, retryMs: 3_000, ...times },
  )
}

describe('gives a JWT of AWS for the role', () => {
  test('with one signed call of STS in the region', async () => {
    const token = await getToken(source(keys))
    const { payload } = await jwtVerify(token.value.reveal(), createLocalJWKSet(fake.jwks), {
      issuer,
      audience: 'kafka',
    })
    expect(payload.sub).toBe(role)
    expect(token).toMatchObject({ subject: role, expiresAt: (payload.exp ?? 0) * 1000 })
    expect(fake.calls).toHaveLength(1)
    expect(fake.calls[0]?.headers.authorization).toContain('/eu-central-1/sts/aws4_request')
    expect(Object.fromEntries(fake.actions('GetWebIdentityToken')[0] ?? [])).toEqual({
      Action: 'GetWebIdentityToken',
      Version: '2011-06-15',
      'Audience.member.1': 'kafka',
      DurationSeconds: '3600',
      SigningAlgorithm: 'RS256',
    })
  })

  test('with the audiences, lifetime, algorithm, tags and region of the options', async () => {
    const options = {
      audience: ['kafka', 'b'],
      algorithm: 'ES384',
      tags: { team: 'a b', job: '' },
      region: 'us-gov-west-1',
    }
    const token = await getToken(source(keys, { options }))
    const [head = ''] = token.value.reveal().split('.')
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'ES384' })
    expect(fake.calls[0]?.headers.authorization).toContain('/us-gov-west-1/sts/')
    expect(Object.fromEntries(fake.actions('GetWebIdentityToken')[0] ?? [])).toMatchObject({
      'Audience.member.2': 'b',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a b',
    })
    await getToken(source(keys, { options: { lifetime: '15m' } }))
    expect(fake.actions('GetWebIdentityToken')[1]?.get('DurationSeconds')).toBe('900')
  })

  test.each([
    ['AWS_DEFAULT_REGION', { ...keys, AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-1' }, 'eu-west-1'],
    ['AWS_REGION first', { ...keys, AWS_DEFAULT_REGION: 'eu-west-1' }, 'eu-central-1'],
  ])('in the region of %s', async (_name, env, region) => {
    await getToken(source(env))
    expect(fake.calls[0]?.headers.authorization).toContain(`/${region}/sts/`)
  })

  test('at the regional address of AWS, where none is set', async () => {
    const asked: string[] = []
    const platform = {
      fetch: (url: string | URL) => {
        asked.push(String(url))
        return Promise.reject(new Error('not in this test'))
      },
    }
    await failureOf(source({ ...keys, AWS_ENDPOINT_URL_STS: '' }, { platform }))
    expect(asked).toEqual(['https://sts.eu-central-1.amazonaws.com/'])
  })
})

describe('the credentials are looked for as everywhere', () => {
  test('keys in the environment come before the metadata server, which is not asked', async () => {
    await getToken(source({ ...keys, AWS_EC2_METADATA_DISABLED: 'false' }))
    expect(fake.callsTo('/latest')).toHaveLength(0)
  })

  test('a role of EKS (IRSA), whose token is read anew', async () => {
    const file = folder.file('token')
    writeFileSync(file, 'token-of-the-service-account')
    const awsTokens = source({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_REGION: 'eu-central-1' })
    await getToken(awsTokens)
    expect(fake.actions('AssumeRoleWithWebIdentity')[0]?.get('RoleArn')).toBe(role)
    expect(fake.calls).toHaveLength(2)
    writeFileSync(file, 'another')
    const failure = await failureOf(awsTokens)
    expect(failure).toMatchObject({ code: 'ERR_PROVIDER_CLIENT', oauth: 'unauthorized_client', refusal: true })
    expect(failure.hint).toContain('create the OIDC provider of the cluster')
  })

  test('the metadata server of EC2', async () => {
    const { AWS_REGION } = keys
    const token = await getToken(source({ AWS_REGION, AWS_EC2_METADATA_DISABLED: 'false' }))
    expect(token.subject).toBe(role)
    expect(fake.callsTo('/latest').map(({ path }) => path)).toContain(
      '/latest/meta-data/iam/security-credentials/kafka-orders',
    )
  })

  test('the endpoint of ECS tasks and EKS pods; when it is away, that passes by itself', async () => {
    const env = {
      AWS_REGION: 'eu-central-1',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${fake.origin}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-secret',
    }
    const awsTokens = source(env, { startingMs: 0 })
    fake.fail('/container', { status: 500, body: {} })
    const failure = await failureOf(awsTokens)
    expect(failure).toMatchObject({ code: 'ERR_AWS_NO_CREDENTIALS', status: 503 })
    expectNoSecret(failure, 'container-secret')
    fake.heal()
    expect((await getToken(awsTokens)).subject).toBe(role)
  })

  test('a credentials file that changes is read again', async () => {
    const file = folder.file('credentials')
    const awsTokens = source({ AWS_REGION: 'eu-central-1' })
    const write = (id: string, secret: string) => {
      writeFileSync(file, `[default]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`)
    }
    write('AKIDOLD', 'old')
    expect((await failureOf(awsTokens)).hint).toContain('AWS does not know this access key')
    write('AKIDFILE', 'wrong')
    expect((await failureOf(awsTokens)).hint).toContain('Check AWS_SECRET_ACCESS_KEY')
    write('AKIDFILE', 'secret-of-file')
    expect((await getToken(awsTokens)).subject).toBe(role)
  })

  test('two kinds at once are a warning in the log, once, and nothing on the console', async () => {
    writeFileSync(folder.file('credentials'), '[p]\naws_access_key_id=AKIDFILE\naws_secret_access_key=secret-of-file\n')
    const events: SidecarEvent[] = []
    const { warn } = console
    const written: unknown[] = []
    console.warn = (...words: unknown[]) => written.push(words)
    try {
      const awsTokens = source({ ...keys, AWS_PROFILE: 'p' }, { events })
      await getToken(awsTokens)
      await getToken(awsTokens)
    } finally {
      console.warn = warn
    }
    expect(written).toEqual([])
    expect(events.map((event) => 'message' in event && event.message).join()).toContain('Multiple credential sources')
    expect(events).toHaveLength(1)
  })
})

describe('a token cannot outlive the session that asks for it', () => {
  const session = { AWS_REGION: 'eu-central-1', AWS_EC2_METADATA_DISABLED: 'false' }

  test('so it is asked for with what remains of that', async () => {
    fake.script.sessionSeconds = 1_000
    const token = await getToken(source(session))
    const seconds = fake.actions('GetWebIdentityToken').map((form) => Number(form.get('DurationSeconds')))
    expect(seconds).toHaveLength(2)
    expect(seconds[0]).toBe(3600)
    expect(seconds[1]).toBeGreaterThan(990)
    expect(seconds[1]).toBeLessThan(1_000)
    expect(token.expiresAt - Date.now()).toBeLessThanOrEqual(1_000_000)
  })

  test('unless less than a minute remains', async () => {
    fake.script.sessionSeconds = 30
    const failure = await failureOf(source(session))
    expect(failure.code).toBe('ERR_PROVIDER_REFUSED')
    expect(failure.hint).toContain('ends in less than a minute')
  })
})

describe('with no credentials anywhere', () => {
  test('says so, and that they may still come while it is starting', async () => {
    let now = 0
    const metadata = await scriptedServer(() => ({}))
    const env = { AWS_REGION: 'eu-central-1', AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.origin }
    const awsTokens = source(env, { platform: { monotonicNow: () => now } })
    expect(await failureOf(awsTokens)).toMatchObject({
      code: 'ERR_AWS_NO_CREDENTIALS',
      status: 503,
      retryAfterMs: 3_000,
    })
    now = 30_000
    expect(await failureOf(awsTokens)).toMatchObject({ status: 400, oauth: 'unauthorized_client' })
    expect(metadata.calls).toHaveLength(0)
    await metadata.close()
  })

  test('after they were there is an outage', async () => {
    const file = folder.file('credentials')
    writeFileSync(file, '[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=secret-of-file\n')
    const awsTokens = source({ AWS_REGION: 'eu-central-1' }, { startingMs: 0 })
    await getToken(awsTokens)
    writeFileSync(file, '')
    expect(await failureOf(awsTokens)).toMatchObject({ code: 'ERR_AWS_NO_CREDENTIALS', status: 503 })
  })

  test('or without a region says what to set', async () => {
    const { AWS_REGION: _region, ...env } = keys
    const failure = await failureOf(source(env))
    expect(failure).toMatchObject({ code: 'ERR_PROVIDER_REFUSED', oauth: 'invalid_request' })
    expect(failure.hint).toContain('AWS_REGION')
  })
})

test('without the SDK says how to install it', async () => {
  const name: string = '@aws-sdk/client-that-is-not-there'
  const missing = () => import(name) as Promise<Sdk>
  const { platform } = { platform: directPlatform({}) }
  const awsTokens = awsSource(
    aws.options.parse({ audience: ['kafka'] }),
    { platform, emit: () => undefined },
    { timeoutMs: 5_000, startingMs: 0, retryMs: 3_000 },
    missing,
  )
  const failure = await failureOf(awsTokens)
  expect(failure).toMatchObject({ code: 'ERR_AWS_SDK_MISSING', status: 400 })
  expect(failure.description).toContain('npm install @aws-sdk/client-sts')
})

describe('a refusal of STS is told with its words and what mends it', () => {
  test.each([
    [
      'OutboundWebIdentityFederationDisabledException',
      '',
      'ERR_PROVIDER_REFUSED',
      'aws iam enable-outbound-web-identity-federation',
    ],
    [
      'AccessDenied',
      'User: arn:x is not authorized to perform: sts:GetWebIdentityToken',
      'ERR_PROVIDER_CLIENT',
      'Allow sts:GetWebIdentityToken',
    ],
    ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 'ERR_PROVIDER_CLIENT', 'trust policy'],
    ['ExpiredToken', '', 'ERR_PROVIDER_CLIENT', 'have expired'],
    ['ExpiredTokenException', '', 'ERR_PROVIDER_CLIENT', 'have expired'],
    [
      'SignatureDoesNotMatch',
      'Signature expired: 1 is now earlier than 2',
      'ERR_PROVIDER_CLIENT',
      'clock of this host',
    ],
    ['JWTPayloadSizeExceededException', '', 'ERR_PROVIDER_REFUSED', 'shorter tags'],
    ['RegionDisabledException', '', 'ERR_PROVIDER_REFUSED', 'Activate STS'],
    ['InvalidAction', '', 'ERR_PROVIDER_REFUSED', 'global endpoint'],
    ['ValidationError', '1 validation error detected', 'ERR_PROVIDER_REFUSED', 'Correct audience'],
  ])('%s %s', async (code, message, expected, hint) => {
    fake.fail('/', fake.refusal(code, `${message} ${leak}`, 403))
    const failure = await failureOf(source(keys))
    expect(failure.code).toBe(expected)
    expect(failure.status).toBe(400)
    expect(failure.message).toContain(`answers ${code}: `)
    expect(failure.message).toContain(message)
    expect(failure.hint).toContain(hint)
    expect(fake.calls).toHaveLength(1)
    expectNoSecret(failure, 'secret-of-env')
  })

  test.each([['Throttling'], ['ThrottlingException'], ['RequestLimitExceeded'], ['IDPCommunicationError']])(
    '%s passes by itself, and is not tried again by the SDK',
    async (code) => {
      fake.fail('/', { ...fake.refusal(code), headers: { 'Retry-After': '4' } })
      expect(await failureOf(source(keys))).toMatchObject({ code: 'ERR_PROVIDER_UNAVAILABLE', retryAfterMs: 4_000 })
      expect(fake.calls).toHaveLength(1)
    },
  )
})

describe('STS', () => {
  test.each(faults)('%s: one call, a clear code, and it heals', async (_name, fault, kind) => {
    const events: SidecarEvent[] = []
    const awsTokens = source(keys, { timeoutMs: timeoutOf(fault), events })
    fake.fail('/', fault)
    const failure = await failureOf(awsTokens)
    expect(failure.code).toBe(kind === 'unavailable' ? 'ERR_PROVIDER_UNAVAILABLE' : 'ERR_PROVIDER_ANSWER')
    expect(failure.status).toBe(503)
    expect(failure.description).toContain(fake.host)
    expectNoSecret(failure, 'secret-of-env')
    expect(fake.calls).toHaveLength(1)
    expect(events).toEqual([])
    fake.heal()
    expect((await getToken(awsTokens)).subject).toBe(role)
  })

  test.each([
    ['a token that is none', '<WebIdentityToken>opaque</WebIdentityToken>'],
    ['no token', '<Expiration>2099-01-01T00:00:00Z</Expiration>'],
  ])('that answers with %s answers nonsense', async (_name, body) => {
    const action = 'GetWebIdentityToken'
    fake.fail('/', { body: `<${action}Response><${action}Result>${body}</${action}Result></${action}Response>` })
    expect((await failureOf(source(keys))).code).toBe('ERR_PROVIDER_ANSWER')
  })

  test('that redirects is not followed', async () => {
    fake.fail('/', { status: 307, headers: { location: `${fake.origin}/elsewhere` } })
    expect((await failureOf(source(keys))).code).toBe('ERR_PROVIDER_REDIRECT')
    expect(fake.callsTo('/elsewhere')).toHaveLength(0)
  })

  test('that cannot be reached is named with the reason', async () => {
    const gone = await scriptedServer(() => ({}))
    await gone.close()
    const failure = await failureOf(source({ ...keys, AWS_ENDPOINT_URL_STS: gone.origin }))
    expect(failure.code).toBe('ERR_PROVIDER_UNAVAILABLE')
    expect(failure.message).toContain(`${gone.host} did not answer`)
  })

  test.each(['http://sts.example', 'not an address', 'ftp://127.0.0.1'])('is not asked at %s', async (endpoint) => {
    const failure = await failureOf(source({ ...keys, AWS_ENDPOINT_URL_STS: endpoint }))
    expect(failure.code).toBe('ERR_PROVIDER_PLAINTEXT')
    expect(failure.description).toContain('AWS_ENDPOINT_URL_STS')
  })

  test('that hangs while credentials are asked of it ends within the deadline', async () => {
    const file = folder.file('token')
    writeFileSync(file, 'token-of-the-service-account')
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_REGION: 'eu-central-1' }
    fake.fail('/', 'hang')
    const failure = await failureOf(source(env, { timeoutMs: 500 }))
    expect(failure.code).toBe('ERR_PROVIDER_UNAVAILABLE')
    expect(failure.message).toBe(`no answer from ${fake.host} within 0.5 s`)
    expect(fake.calls).toHaveLength(1)
  })
})

test('a caller who gives up is let go at once, with its own reason', async () => {
  fake.fail('/', 'hang')
  const giveUp = new AbortController()
  const reason = new Error('the client has gone')
  const asked = getToken(source(keys), giveUp.signal)
  setTimeout(() => {
    giveUp.abort(reason)
  }, 50)
  await expect(asked).rejects.toBe(reason)
})

test.each([
  [{ audience: [] }, 'at least one audience'],
  [{ audience: ['a'], lifetime: '2h' }, 'from 60s to 1h'],
  [{ audience: ['a'], region: 'https://x' }, 'must be a region'],
])('options %j are refused in words', (options, words) => {
  expect(() => aws.options.parse(options)).toThrow(words)
})
