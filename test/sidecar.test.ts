import express from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import request from 'supertest'
import { afterEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../src/config/fault.ts'
import { createSidecar, oauthBearerProvider, type ConfigInput, type Sidecar, type SidecarEvent } from '../src/index.ts'

const form = { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) }
const running: Sidecar[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop()))
})

async function started(config: ConfigInput = {}) {
  const events: SidecarEvent[] = []
  const sidecar = createSidecar(
    { listen: { port: 0 }, profiles: { default: { source: 'self-issued' } }, ...config },
    { onEvent: (event) => events.push(event) },
  )
  running.push(sidecar)
  const { port, urls } = await sidecar.start()
  return { sidecar, events, urls, url: `http://localhost:${port}` }
}

async function tokenOf(url: string): Promise<string> {
  const answer = (await (await fetch(url, form)).json()) as { access_token: string }
  return answer.access_token
}

describe('a sidecar', () => {
  it('answers on both loopback addresses with tokens that its own keys verify', async () => {
    const { url, urls } = await started()
    expect(urls).toHaveLength(2)
    const keys = createRemoteJWKSet(new URL(`${url}/jwks`))
    for (const base of urls) {
      const { payload } = await jwtVerify(await tokenOf(`${base}/token`), keys, { issuer: url, audience: 'kafka' })
      expect(payload.sub).toBe('kafka-client')
    }
  })

  it('obtains the first token before anybody asks', async () => {
    const { events } = await started()
    await expect.poll(() => events.map(({ type }) => type)).toContain('token-obtained')
  })

  it('keeps the profiles apart: tokens, keys and metadata', async () => {
    const { url } = await started({
      profiles: { default: { source: 'self-issued' }, fraud: { source: 'self-issued', subject: 'fraud' } },
    })
    const fraud = await tokenOf(`${url}/token/fraud`)
    const metadata = (await (await fetch(`${url}/fraud/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >
    expect(metadata).toMatchObject({
      issuer: `${url}/fraud`,
      jwks_uri: `${url}/jwks/fraud`,
      token_endpoint: `${url}/token/fraud`,
    })
    const ownKeys = createRemoteJWKSet(new URL(`${url}/jwks/fraud`))
    await expect(jwtVerify(fraud, ownKeys, { issuer: `${url}/fraud`, subject: 'fraud' })).resolves.toBeDefined()
    await expect(jwtVerify(fraud, createRemoteJWKSet(new URL(`${url}/jwks`)))).rejects.toThrow()
  })

  it('fails one profile alone when its key is broken', async () => {
    const { url } = await started({
      profiles: { default: { source: 'self-issued' }, broken: { source: 'self-issued', keyFile: '/nowhere/key.pem' } },
    })
    const answer = await fetch(`${url}/token/broken`, form)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('ERR_KEY_FILE')
    expect((await fetch(`${url}/token`, form)).status).toBe(200)
  })

  it('starts once, however often it is told to', async () => {
    const { sidecar, urls } = await started()
    expect((await sidecar.start()).urls).toEqual(urls)
  })

  it('gives no token once it is stopped, also to who holds a handler of it', async () => {
    const { sidecar } = await started()
    const handle = sidecar.fetchHandler()
    await sidecar.stop()
    await expect(sidecar.getToken()).rejects.toMatchObject({ code: 'ERR_TOKEN_CLOSED' })
    expect((await handle(new Request('http://localhost/token', form))).status).toBe(503)
  })

  it('does not start again once it is stopped, whether it had been started or not', async () => {
    const { sidecar } = await started()
    await sidecar.stop()
    await expect(sidecar.start()).rejects.toMatchObject({ code: 'ERR_TOKEN_CLOSED' })
    const never = createSidecar({ listen: { port: 0 }, profiles: { other: { source: 'self-issued' } } })
    await never.stop()
    await expect(never.start()).rejects.toMatchObject({ code: 'ERR_TOKEN_CLOSED' })
  })

  it('listens no more when it is stopped while it starts', async () => {
    const sidecar = createSidecar({ listen: { port: 0 }, profiles: { default: { source: 'self-issued' } } })
    const starting = sidecar.start()
    await sidecar.stop()
    await expect(fetch(`${(await starting).url}/token`, form)).rejects.toThrow()
  })

  it('gives tokens also when its listener throws', async () => {
    const onEvent = () => {
      throw new Error('bad listener')
    }
    const sidecar = createSidecar({ profiles: { default: { source: 'self-issued' } } }, { onEvent })
    running.push(sidecar)
    await expect(sidecar.getToken()).resolves.toBeDefined()
    expect((await sidecar.fetchHandler()(new Request('http://localhost/nothing', form))).status).toBe(404)
  })

  it('cuts its prefix off, with or without a slash at its end', async () => {
    const { sidecar } = await started()
    for (const prefix of ['/kafka', '/kafka/']) {
      const handle = sidecar.fetchHandler({ prefix })
      expect((await handle(new Request('http://localhost/kafka/token', form))).status).toBe(200)
      expect((await handle(new Request('http://localhost/kafkax/token', form))).status).toBe(404)
      expect((await handle(new Request('http://localhost/token', form))).status).toBe(404)
    }
  })

  it('leaves the routes of its neighbours alone in an Express router, when asked to', async () => {
    const { sidecar } = await started()
    const router = express.Router()
    router.use(sidecar.expressRouter({ exclusive: false }))
    router.get('/health', (_request, response) => {
      response.send('well')
    })
    const app = express().use('/api', router)
    await request(app).get('/api/health').expect(200, 'well')
    await request(app).post('/api/token').type('form').send('grant_type=client_credentials').expect(200)
  })

  it('takes no more requests once it is stopped', async () => {
    const { sidecar, url } = await started()
    await fetch(`${url}/token`, form)
    await sidecar.stop()
    await expect(fetch(`${url}/token`, form)).rejects.toThrow()
  })

  it('refuses a configuration that cannot work, all faults at once', () => {
    const wrong = { listen: { prot: 1 }, profiles: { default: { source: 'self-issued', lifetime: 'long' } } }
    expect(() => createSidecar(wrong as ConfigInput)).toThrow(ConfigError)
    expect(() => createSidecar(wrong as ConfigInput)).toThrow(/did you mean port[^]*lifetime/)
  })
})

describe('oauthBearerProvider', () => {
  const config: ConfigInput = { profiles: { default: { source: 'self-issued', subject: 'app' } } }

  it('gives what KafkaJS and confluent-kafka-javascript take', async () => {
    const token = await oauthBearerProvider(config)()
    expect(token.principal).toBe('app')
    expect(token.lifetime).toBeGreaterThan(Date.now())
    expect(token.value.split('.')).toHaveLength(3)
  })

  it('gives what @platformatic/kafka takes, from the same cache', async () => {
    const provider = oauthBearerProvider(config)
    expect(await provider.token()).toBe((await provider()).value)
  })

  it('takes a sidecar that is there already, and one of its profiles', async () => {
    const sidecar = createSidecar({
      profiles: { ...config.profiles, other: { source: 'self-issued', subject: 'other' } },
    })
    expect((await oauthBearerProvider(sidecar, 'other')()).principal).toBe('other')
    await expect(oauthBearerProvider(sidecar, 'none')()).rejects.toMatchObject({ code: 'ERR_REQUEST_PROFILE' })
  })
})
