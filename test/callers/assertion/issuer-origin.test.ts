import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyOrigin } from '../../../src/callers/assertion/issuer-origin.ts'
import type { IssuerConfig } from '../../../src/callers/caller.ts'
import { nodePlatform, type Platform } from '../../../src/platform/platform.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { mountedVolume, type MountedVolume } from '../../fakes/mounted-volume.ts'
import { fakePlatform } from '../../fakes/platform.ts'
import { scriptedServer, type ScriptedServer } from '../../fakes/scripted-server.ts'
import { refusalOf } from '../../sources/outcome.ts'
import { issuerConfig } from './assertions.ts'
import { publicJwk, rsa } from './jwt.ts'

const authority = certificateAuthority()
const cluster = 'https://kubernetes.default.svc.cluster.local'
const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
const folder = '/var/run/secrets/kubernetes.io/serviceaccount'

let issuer: ScriptedServer
let elsewhere: ScriptedServer
let volume: MountedVolume
/** Where the metadata says that the keys are. */
let jwksUri: string
/** What the metadata says that the issuer is. */
let named: string
beforeEach(async () => {
  const { key, cert } = authority.issue('127.0.0.1', 'kubernetes.default.svc.cluster.local')
  const keys = { body: { keys: [publicJwk(rsa, { kid: 'one' })] } }
  issuer = await scriptedServer(
    ({ path }) => {
      if (path.startsWith('/.well-known')) return { body: { issuer: named, jwks_uri: jwksUri } }
      return path === '/openid/v1/jwks' ? keys : { status: 404 }
    },
    { tls: { key, cert } },
  )
  elsewhere = await scriptedServer(() => keys, { tls: { key, cert } })
  named = issuer.origin
  jwksUri = `${issuer.origin}/openid/v1/jwks`
  volume = mountedVolume({ token: 'token-of-the-sidecar', ca: authority.cert })
})
afterEach(async () => {
  await issuer.close()
  await elsewhere.close()
  volume.remove()
})

/** The real network, where the name of a cluster leads to the issuer. */
function platform(env: Record<string, string> = {}): Platform {
  const { fetch } = nodePlatform({})
  return {
    ...fakePlatform({ env }),
    fetch: (url, init) =>
      fetch(new URL(url).href.replace(/^https:\/\/(kubernetes\.default\.svc[^/]*|10\.0\.0\.1)/, issuer.origin), init),
  }
}

function load(config: Partial<IssuerConfig>, of = issuer.origin, world = platform()) {
  const files = { tokenFile: volume.file('token'), tls: { caFile: volume.file('ca') } }
  return keyOrigin(of, issuerConfig({ ...files, ...config }), world).load(AbortSignal.timeout(10_000))
}

const bearers = (server: ScriptedServer) => server.calls.map(({ headers }) => headers.authorization)
const token = 'Bearer token-of-the-sidecar'

describe('the bearer token', () => {
  it('goes to the issuer: for its metadata and its keys', async () => {
    expect(await load({})).toHaveLength(1)
    expect(bearers(issuer)).toEqual([token, token])
  })

  it('does not go to another origin that the metadata name', async () => {
    jwksUri = `${elsewhere.origin}/keys`
    expect(await load({})).toHaveLength(1)
    expect(bearers(issuer)).toEqual([token])
    expect(bearers(elsewhere)).toEqual([undefined])
  })

  it('goes to a jwksUri that is configured beside it', async () => {
    expect(await load({ jwksUri: `${elsewhere.origin}/keys` })).toHaveLength(1)
    expect(bearers(elsewhere)).toEqual([token])
    expect(issuer.calls).toHaveLength(0)
  })

  it('is needed by nobody else', async () => {
    expect(await load({ tokenFile: undefined })).toHaveLength(1)
    expect(bearers(issuer)).toEqual([undefined, undefined])
  })

  it.each([401, 403])('that is not enough (%i) is told, with what to do', async (status) => {
    issuer.fail('/openid', { status })
    const error = await refusalOf(load({}))
    expect(error.message).toBe(
      `the public keys of ${issuer.origin} cannot be had: ${issuer.host} answers ${status} for its keys`,
    )
    expect(error.hint).toContain('system:service-account-issuer-discovery')
  })

  it('that cannot be read is told', async () => {
    const error = await refusalOf(load({ tokenFile: '/nowhere/token' }))
    expect(error.message).toBe(`the public keys of ${issuer.origin} cannot be had: cannot read /nowhere/token (ENOENT)`)
  })
})

describe('TLS', () => {
  it('to an issuer of an unknown CA fails, and says which option helps', async () => {
    const error = await refusalOf(load({ tls: undefined }))
    expect(error).toMatchObject({ code: 'ERR_CALLER_KEYS', status: 503 })
    expect(error.description).toMatch(/TLS to .* failed: .*tls\.caFile/)
  })

  it.each([{ jwksUri: 'http://keys.example/jwks' }, {}])('is needed beyond this host: %j', async (config) => {
    const error = await refusalOf(load(config, 'http://idp.example'))
    expect(error.message).toMatch(/cannot be had: http:\/\/(keys|idp)\.example is not https$/)
  })
})

describe('in a pod', () => {
  it('the keys of its own cluster are had from the issuer, whatever address the API server gives itself', async () => {
    named = cluster
    jwksUri = `${elsewhere.origin}/openid/v1/jwks`
    expect(await load({}, cluster, platform(pod))).toHaveLength(1)
    expect(bearers(issuer)).toEqual([token, token])
    expect(elsewhere.calls).toHaveLength(0)
  })

  it.each([cluster, 'https://kubernetes.default.svc'])('the token of the pod is used for %s', async (of) => {
    const error = await refusalOf(load({ tokenFile: undefined }, of, platform(pod)))
    expect(error.message).toBe(`the public keys of ${of} cannot be had: cannot read ${folder}/token (ENOENT)`)
  })

  it('the CA of the pod is used for it', async () => {
    const error = await refusalOf(load({ tls: undefined }, cluster, platform(pod)))
    expect(error.message).toContain(`cannot read ${folder}/ca.crt (ENOENT)`)
  })

  it('the API server is its own at the address in its environment too', async () => {
    const error = await refusalOf(
      load({ tokenFile: undefined, jwksUri: 'https://10.0.0.1:443/openid/v1/jwks' }, cluster, platform(pod)),
    )
    expect(error.message).toContain(`cannot read ${folder}/token (ENOENT)`)
  })

  it.each<[string, string, Record<string, string>]>([
    ['another issuer', 'https://kubernetes.default.example', pod],
    ['an issuer that looks alike', 'https://kubernetes.default.svcx', pod],
    ['its own cluster outside of a pod', cluster, {}],
  ])('nothing of the pod is used for %s', async (_name, of, env) => {
    const world = { ...platform(env), fetch: () => Promise.reject(new Error('asked')) }
    const error = await refusalOf(load({ tokenFile: undefined, tls: undefined }, of, world))
    expect(error.message).toContain('did not answer: asked')
  })

  it('nothing of the pod is used for keys elsewhere', async () => {
    const config = { tokenFile: undefined, jwksUri: `${elsewhere.origin}/keys` }
    expect(await load(config, cluster, platform(pod))).toHaveLength(1)
    expect(bearers(elsewhere)).toEqual([undefined])
  })
})
