import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  kubernetesApi,
  podDefaults,
  type KubernetesApi,
  type KubernetesApiOptions,
} from '../../src/platform/kubernetes-api.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { fakeKubernetesApi, reviewPath, type FakeKubernetesApi } from '../fakes/kubernetes-api.ts'
import { mountedVolume, type MountedVolume } from '../fakes/mounted-volume.ts'
import { fakePlatform } from '../fakes/platform.ts'

const authority = certificateAuthority()
const signal = (): AbortSignal => AbortSignal.timeout(10_000)

let server: FakeKubernetesApi
let volume: MountedVolume
beforeEach(async () => {
  const { key, cert } = authority.issue('127.0.0.1')
  server = await fakeKubernetesApi({ tls: { key, cert } })
  volume = mountedVolume({ token: 'token-of-the-sidecar', 'ca.crt': authority.cert })
})
afterEach(async () => {
  await server.close()
  volume.remove()
})

function api(more: Partial<KubernetesApiOptions> = {}): KubernetesApi {
  return kubernetesApi({
    platform: { ...fakePlatform(), fetch: nodePlatform({}).fetch },
    apiServer: server.origin,
    tokenFile: volume.file('token'),
    caFile: volume.file('ca.crt'),
    ...more,
  })
}

const review = { method: 'POST', path: reviewPath, body: { spec: { token: 'x' } } } as const

describe('the API server', () => {
  it('is asked over TLS of its own CA, with the token of the file', async () => {
    const answer = await api().request(review, signal())
    expect(answer).toMatchObject({ status: 201, json: { kind: 'TokenReview' }, message: '' })
    expect(server.calls[0]).toMatchObject({
      method: 'POST',
      body: '{"spec":{"token":"x"}}',
      headers: {
        authorization: 'Bearer token-of-the-sidecar',
        'content-type': 'application/json',
        accept: 'application/json',
      },
    })
  })

  it('is asked by one connection as long as its CA stays, whatever the token is', async () => {
    const { fetch } = nodePlatform({})
    const used = new Set<unknown>()
    const platform = {
      ...fakePlatform(),
      fetch: (...[url, init]: Parameters<typeof fetch>) => fetch(url, (used.add(init.tls), init)),
    }
    const of = api({ platform })
    await of.request(review, signal())
    volume.swap({ token: 'next', 'ca.crt': authority.cert })
    server.bearer = 'next'
    expect(await of.request(review, signal())).toMatchObject({ status: 201 })
    expect(server.calls[1]?.headers.authorization).toBe('Bearer next')
    // Connections are kept by the identity of what TLS is made of.
    expect(used.size).toBe(1)
  })

  it('takes patches by their own type', async () => {
    const path = '/api/v1/namespaces/jobs/secrets/spark'
    const contentType = 'application/merge-patch+json'
    expect(await api().request({ method: 'PATCH', path, body: { data: {} }, contentType }, signal())).toMatchObject({
      status: 404,
      message: 'secrets "spark" not found',
    })
    expect(server.calls[0]).toMatchObject({ method: 'PATCH', path, headers: { 'content-type': contentType } })
  })

  it.each(['/k8s/clusters/c-1', '/k8s/clusters/c-1/'])('may be behind a path: %s', async (base) => {
    await api({ apiServer: server.origin + base }).request({ method: 'GET', path: '/api' }, signal())
    expect(server.calls[0]).toMatchObject({ method: 'GET', path: '/k8s/clusters/c-1/api', body: '' })
    expect(server.calls[0]?.headers['content-type']).toBeUndefined()
  })

  it('is asked without a token where there is no file for one', async () => {
    expect(await api({ tokenFile: undefined }).request(review, signal())).toMatchObject({
      status: 401,
      message: 'Unauthorized',
    })
    expect(server.calls[0]?.headers.authorization).toBeUndefined()
  })

  it('is not followed elsewhere', async () => {
    server.fail('/', { status: 307, headers: { Location: 'https://evil.example' } })
    expect(await api().request(review, signal())).toMatchObject({ status: 307, json: undefined })
  })

  it('says how long to wait', async () => {
    server.fail('/', { status: 429, headers: { 'Retry-After': '3' } })
    expect(await api().request(review, signal())).toMatchObject({ status: 429, retryAfterMs: 3_000 })
  })

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'does not answer',
      () => {
        server.fail('/', 'reset')
        return api().request(review, signal())
      },
      'HOST did not answer (UND_ERR_SOCKET)',
    ],
    [
      'is not trusted',
      () => {
        volume.swap({ token: 't', 'ca.crt': certificateAuthority().cert })
        return api().request(review, signal())
      },
      'HOST did not answer (',
    ],
    [
      'has no token file',
      () => api({ tokenFile: '/nowhere/token' }).request(review, signal()),
      'cannot read /nowhere/token (ENOENT)',
    ],
    [
      'has no CA file',
      () => api({ caFile: '/nowhere/ca.crt' }).request(review, signal()),
      'cannot read /nowhere/ca.crt (ENOENT)',
    ],
    [
      'has a CA file of another kind',
      () => api({ caFile: volume.file('token') }).request(review, signal()),
      'token holds no certificate in PEM form',
    ],
    [
      'has a key as its token',
      () => api({ tokenFile: volume.file('ca.crt') }).request(review, signal()),
      'ca.crt holds no token',
    ],
  ])('that %s is told so', async (_name, ask, message) => {
    await expect(ask()).rejects.toThrow(message.replace('HOST', server.host))
  })

  it('is given up with the reason of the signal', async () => {
    server.fail('/', 'hang')
    const patience = new AbortController()
    const asking = api().request(review, patience.signal)
    patience.abort(new Error('too late'))
    await expect(asking).rejects.toThrow('too late')
  })
})

describe('a pod', () => {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
  const files = { tokenFile: `${folder}/token`, caFile: `${folder}/ca.crt` }

  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ KUBERNETES_SERVICE_HOST: '' }, undefined],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }, 'https://10.0.0.1:6443'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'https://10.0.0.1:443'],
    [{ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, 'https://[fd00::1]:443'],
  ])('with %j has its API server at %s', (env, apiServer) => {
    expect(podDefaults(env)).toEqual(apiServer && { apiServer, ...files })
  })
})
