import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { IssuerConfig } from '../../../src/callers/caller.ts'
import { eventually } from '../../fakes/eventually.ts'
import { fakeKubernetesApi, reviewPath, type FakeKubernetesApi, type Review } from '../../fakes/kubernetes-api.ts'
import { mountedVolume, type MountedVolume } from '../../fakes/mounted-volume.ts'
import type { Answer } from '../../fakes/scripted-server.ts'
import { assertionFixture, issuerConfig, twoCallers, type AssertionFixture } from './assertions.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const app = 'system:serviceaccount:fraud:app'

let of: AssertionFixture
let api: FakeKubernetesApi
let volume: MountedVolume
beforeEach(async () => {
  of = await assertionFixture()
  api = await fakeKubernetesApi()
  volume = mountedVolume({ token: 'token-of-the-sidecar\n' })
  trust()
})
afterEach(async () => {
  await of.close()
  await api.close()
  volume.remove()
})

function trust(more: Partial<IssuerConfig> = {}): void {
  const config = { verifyBy: 'token-review' as const, apiServer: api.origin, tokenFile: volume.file('token'), ...more }
  of.replace(twoCallers(issuer), { [issuer]: issuerConfig(config) })
}

/** A token that the API server knows. */
function known(more: { username?: string; audiences?: string[]; claims?: object } = {}): string {
  const token = of.good({ iss: issuer, ...more.claims })
  api.tokens.set(token, { username: more.username ?? app, audiences: more.audiences ?? ['kafka-tokens'] })
  return token
}

const reviews = (): Review[] => api.callsTo(reviewPath).map(({ body }) => JSON.parse(body) as Review)

describe('a token review', () => {
  it('tells whose a token is, and is asked for once in 60 s', async () => {
    const token = known()
    const proof = { caller: 'fraud', by: 'token-review' }
    expect(await Promise.all([of.present(token), of.present(token)])).toEqual([proof, proof])
    expect(of.present(token)).toEqual(proof)
    expect(reviews()).toEqual([
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: ['kafka-tokens'] } },
    ])
    await of.platform.pass(60_000)
    await of.present(token)
    expect(reviews()).toHaveLength(2)
    expect(of.platform.pendingTimers).toBe(0)
  })

  it('is about those audiences of the token that callers have', async () => {
    await of.present(known({ claims: { aud: ['else', 'orders', 'kafka-tokens'] } }))
    expect(reviews()[0]?.spec.audiences).toEqual(['orders', 'kafka-tokens'])
  })

  it('counts, whatever the token says of its subject', async () => {
    expect(await of.present(known({ username: 'system:serviceaccount:orders:x' }))).toMatchObject({ caller: 'orders' })
  })

  it('uses the token of the moment', async () => {
    await of.present(known())
    volume.swap({ token: 'next' })
    api.bearer = 'next'
    expect(await of.present(known())).toMatchObject({ caller: 'fraud' })
  })

  it('is not asked for rubbish', () => {
    const seconds = Math.floor(of.platform.now() / 1000)
    for (const claims of [
      { exp: seconds - 60 },
      { exp: undefined },
      { aud: 'else' },
      { iss: 'https://evil.example' },
      { sub: '' },
    ]) {
      expect(() => of.present(known({ claims }))).toThrow()
    }
    expect(api.calls).toHaveLength(0)
  })

  it('obeys jti: once', async () => {
    trust({ jti: 'once' })
    await of.present(known({ claims: { jti: 'a' } }))
    expect((await of.refusal(known({ claims: { jti: 'a' } }))).message).toBe('the assertion was used before (jti)')
  })
})

describe('a token that the API server does not accept', () => {
  it('is refused in its words', async () => {
    const token = known()
    api.tokens.clear()
    expect(await of.refusal(token)).toMatchObject({
      code: 'ERR_CALLER_ASSERTION',
      status: 401,
      message:
        'the Kubernetes API server does not accept the assertion: [invalid bearer token, Token has been invalidated]',
    })
    expect(() => of.present(token)).toThrow('does not accept the assertion')
  })

  it('is never quoted', async () => {
    const token = known()
    api.fail(reviewPath, { status: 201, body: { status: { error: `no: ${token} ${token.replaceAll('.', ' ')}` } } })
    const { message } = await of.refusal(token)
    for (const one of token.split('.')) expect(message).not.toContain(one.slice(3, 20))
  })

  it.each<[string, () => string, string]>([
    [
      'is for others',
      () => known({ audiences: ['else'] }),
      'the Kubernetes API server does not accept the assertion: [invalid bearer token, token audiences',
    ],
    [
      'belongs to nobody here',
      () => known({ username: 'system:serviceaccount:x:y' }),
      `${issuer} vouches for system:serviceaccount:x:y, which is no caller here`,
    ],
    [
      'is for another audience of its caller',
      () => known({ claims: { aud: ['orders'] }, audiences: ['orders'] }),
      'the audience of the assertion is orders instead of kafka-tokens',
    ],
  ])('because it %s is refused', async (_name, token, message) => {
    expect((await of.refusal(token())).message).toContain(message)
  })

  it('because audiences were not looked at is refused', async () => {
    api.ignoresAudiences = true
    expect(await of.refusal(known())).toMatchObject({
      code: 'ERR_CALLER_ASSERTION',
      status: 401,
      message: 'the Kubernetes API server does not say that the assertion is for any audience of this sidecar',
    })
  })
})

describe('an API server that does not review', () => {
  it.each<[string, () => void, string, string]>([
    [
      'does not know us',
      () => void (api.bearer = 'else'),
      'HOST answers 401 to a token review: Unauthorized',
      'tokenFile',
    ],
    [
      'does not let us',
      () => void (api.mayReview = false),
      'HOST answers 403 to a token review: tokenreviews.authentication.k8s.io is forbidden: User',
      'system:auth-delegator',
    ],
    [
      'is broken',
      () => {
        api.fail('/', { status: 500 })
      },
      'HOST answers 500 to a token review',
      'auth-delegator',
    ],
    [
      'closes the connection',
      () => {
        api.fail('/', 'reset')
      },
      'HOST did not answer (UND_ERR_SOCKET)',
      'auth-delegator',
    ],
    [
      'is something else',
      () => {
        api.fail('/', { body: '<html>' })
      },
      'HOST answers a token review with something else',
      'apiServer',
    ],
    [
      'redirects',
      () => {
        api.fail('/', { status: 302, headers: { Location: 'https://evil.example' } })
      },
      'HOST answers 302 to a token review',
      'auth-delegator',
    ],
    [
      'answers without end',
      () => {
        api.fail('/', { status: 201, body: 'x'.repeat(2_000_000) })
      },
      'HOST did not answer (the answer is larger than 1 MB)',
      'auth-delegator',
    ],
    [
      'says nothing of whose',
      () => {
        api.fail('/', { status: 201, body: { status: { authenticated: true, audiences: ['kafka-tokens'], user: {} } } })
      },
      'HOST accepts a token and does not say whose',
      'auth-delegator',
    ],
    [
      'takes no token that is there',
      () => {
        volume.swap({})
      },
      'cannot read FILE (ENOENT)',
      'tokenFile',
    ],
    [
      'is asked with an empty token',
      () => {
        volume.swap({ token: ' ' })
      },
      'FILE holds no token',
      'tokenFile',
    ],
    [
      'is asked with two tokens',
      () => {
        volume.swap({ token: 'secret-a\nsecret-b' })
      },
      'FILE holds no token',
      'tokenFile',
    ],
    [
      'is http beyond this host',
      () => {
        trust({ apiServer: 'http://api.example' })
      },
      'http://api.example is not https',
      'apiServer',
    ],
    [
      'has no address',
      () => {
        trust({ apiServer: undefined })
      },
      'there is no apiServer, and this is no pod',
      'apiServer',
    ],
  ])('because it %s is told, and the client asks again', async (_name, fail, message, hint) => {
    const token = known()
    fail()
    const error = await of.refusal(token)
    expect(error).toMatchObject({ code: 'ERR_KUBERNETES_REVIEW', status: 503, retryAfterMs: 2_000 })
    expect(error.message).toContain(message.replace('HOST', api.host).replace('FILE', volume.file('token')))
    expect(error.hint).toContain(hint)
    expect(error.message).not.toContain('secret')
  })

  it('because it has too much to do is asked again when it says so', async () => {
    const answer: Answer = { status: 429, headers: { 'Retry-After': '9' } }
    api.fail('/', answer)
    expect(await of.refusal(known())).toMatchObject({ code: 'ERR_KUBERNETES_REVIEW', retryAfterMs: 9_000 })
  })

  it('because it hangs is told after 5 s, asked by 8 at a time, while 250 of one address wait', async () => {
    api.fail('/', 'hang')
    const waiting = Array.from({ length: 8 + 250 }, () => of.refusal(known()))
    expect(await of.refusal(known())).toMatchObject({ code: 'ERR_REQUEST_OVERLOAD' })
    await eventually(() => api.calls.length).toBe(8)
    await of.platform.pass(5_000)
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'ERR_KUBERNETES_REVIEW', message: `${api.host} did not answer within 5 s` })
    }
  })

  it('is spared by an address whose assertions it refuses, and nobody else is', async () => {
    for (let index = 0; index < 100; index++) await of.refusal(of.good({ iss: issuer }))
    const calls = api.calls.length
    expect(await of.refusal(known())).toMatchObject({ code: 'ERR_CALLER_LIMIT', status: 429 })
    expect(api.calls).toHaveLength(calls)
    expect(await of.present(known(), {}, '10.0.0.9')).toMatchObject({ caller: 'fraud' })
  })

  it('is asked anew at once, as nothing of it is remembered', async () => {
    const token = known()
    api.fail('/', { status: 500 })
    await of.refusal(token)
    api.heal()
    expect(await of.present(token)).toMatchObject({ caller: 'fraud' })
  })
})
