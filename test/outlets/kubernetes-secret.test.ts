import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeptToken } from '../../src/kafka/token-settings.ts'
import { startOutlets, type OutletPlace, type Outlets } from '../../src/outlets/index.ts'
import { parseJaas } from '../../src/platform/jaas.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import type { OutletFailed, SidecarEvent } from '../../src/token/event.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakeKubernetesApi, type FakeKubernetesApi } from '../fakes/kubernetes-api.ts'
import { mountedVolume, type MountedVolume } from '../fakes/mounted-volume.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { fakeKeeper, hmacOf, keptToken, type FakeKeeper } from './kept-token.ts'

const secret = 'jobs/spark-kafka'
/** Of each call; nothing else waits for so long. */
const deadlineMs = 15_000
const { fetch } = nodePlatform({})

let api: FakeKubernetesApi
let volume: MountedVolume
let platform: FakePlatform
let events: SidecarEvent[]
let keeper: FakeKeeper
let running: Outlets[]
let deadlines: number
beforeEach(async () => {
  api = await fakeKubernetesApi()
  api.secrets.apply(secret)
  volume = mountedVolume({ token: 'token-of-the-sidecar\n' })
  platform = withNetwork(fakePlatform())
  events = []
  keeper = fakeKeeper(keptToken('a'))
  running = []
})
afterEach(async () => {
  for (const outlets of running) outlets.close()
  // A request that is under way ends a moment after.
  await eventually(() => [platform.pendingTimers, keeper.followers]).toEqual([0, 0])
  for (const id of ['a', 'b', 'c']) {
    expect(JSON.stringify(events)).not.toContain(hmacOf(id).slice(0, 12))
    expect(JSON.stringify(events)).not.toContain(base64(hmacOf(id)).slice(0, 12))
  }
  expect(JSON.stringify(events)).not.toContain('token-of-the-sidecar')
  await api.close()
  volume.remove()
})

/** The clock of the test, the network of this machine, and a count of the deadlines that run. */
function withNetwork(clock: FakePlatform): FakePlatform {
  deadlines = 0
  const setTimer: FakePlatform['setTimer'] = (callback, delayMs) => {
    const change = delayMs === deadlineMs ? 1 : 0
    deadlines += change
    const timer = clock.setTimer(callback, delayMs)
    return {
      cancel() {
        deadlines -= change
        timer.cancel()
      },
    }
  }
  return Object.create(clock, { fetch: { value: fetch }, setTimer: { value: setTimer } }) as FakePlatform
}

function start(to: OutletPlace = {}, of = keeper, heard = events): Outlets {
  const place = { kubernetesSecret: secret, apiServer: api.origin, tokenFile: volume.file('token'), ...to }
  const none = () => Promise.reject(new Error('not asked for in this test'))
  const outlets = startOutlets([{ from: { delegationToken: 'spark' }, to: place }], {
    platform,
    emit: (event) => void heard.push(event),
    getToken: none,
    getAssertion: none,
    followDelegationToken: of.follow,
  })
  running.push(outlets)
  return outlets
}

const types = (): string[] => events.map(({ type }) => type)
const stored = () => api.secrets.get(secret)
const text = (key: string): string | undefined => api.secrets.text(secret)[key]
const methods = (): string[] => api.calls.map(({ method }) => method)
const isIdle = (outlets = 1) => eventually(() => [deadlines, platform.pendingTimers]).toEqual([0, outlets])
/** The deadline runs on while it waits for its next attempt. */
const isPausing = () => eventually(() => [deadlines, platform.pendingTimers]).toEqual([1, 2])
const base64 = (value: string): string => Buffer.from(value).toString('base64')
const failure = (): OutletFailed | undefined => events.find((event) => event.type === 'outlet-failed')

async function look(ms = 30_000): Promise<void> {
  await isIdle()
  const before = api.calls.length
  await platform.pass(ms)
  await eventually(() => api.calls.length).toBeGreaterThan(before)
  await isIdle()
}

/** The entries of a Secret with this token. */
function entries({ token }: KeptToken): Record<string, string> {
  const password = token.hmac.reveal()
  return {
    'token-id': token.tokenId,
    'token-hmac': password,
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${token.tokenId}" password="${password}" tokenauth="true";`,
    'sasl.mechanism': 'SCRAM-SHA-512',
    'security.protocol': 'SASL_SSL',
  }
}

const encoded = (texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, base64(value)]))

describe('a delegation token in a Kubernetes Secret', () => {
  it('is there at once, with what a Java client needs and when it ends', async () => {
    start()
    await eventually(types).toEqual(['outlet-written'])
    expect(api.secrets.text(secret)).toEqual(entries(keptToken('a')))
    expect(parseJaas(text('sasl.jaas.config') ?? '').options.get('password')).toBe(hmacOf('a'))
    expect(stored()?.annotations).toEqual({
      'kafka-token-sidecar/owner': 'User:spark',
      'kafka-token-sidecar/expires-at': '2026-01-02T00:00:00.000Z',
      'kafka-token-sidecar/max-lifetime-at': '2026-01-08T00:00:00.000Z',
    })
    expect(events[0]).toMatchObject({
      delegationToken: { name: 'spark', tokenId: 'a-id', owner: 'User:spark' },
      target: 'secret jobs/spark-kafka',
      isFirst: true,
    })
  })

  it('leaves what others have there', async () => {
    const others = { data: { 'ca.crt': base64('ca') }, labels: { app: 'spark' }, annotations: { team: 'fraud' } }
    api.secrets.apply(secret, others)
    start()
    await eventually(types).toEqual(['outlet-written'])
    expect(stored()).toMatchObject(others)
    expect(text('token-id')).toBe('a-id')
  })

  it('follows without any time passing, and sends what is different', async () => {
    start()
    await isIdle()
    keeper.publish(keptToken('b'))
    await eventually(() => text('token-hmac')).toBe(hmacOf('b'))
    await isIdle()
    keeper.publish(keptToken('b', { expiresIn: 48 }))
    await eventually(() => stored()?.annotations['kafka-token-sidecar/expires-at']).toBe('2026-01-03T00:00:00.000Z')
    const patches = api.calls.filter(({ method }) => method === 'PATCH').map(({ body }) => JSON.parse(body) as object)
    expect(patches[2]).toEqual({
      metadata: {
        resourceVersion: '103',
        annotations: { 'kafka-token-sidecar/expires-at': '2026-01-03T00:00:00.000Z' },
      },
      data: {},
    })
  })

  it('is looked at every 30 s, and not written when nothing is different', async () => {
    start()
    await isIdle()
    const version = stored()?.resourceVersion
    for (let turn = 0; turn < 3; turn++) await look()
    expect(methods()).toEqual(['GET', 'PATCH', 'GET', 'GET', 'GET'])
    expect([stored()?.resourceVersion, types()]).toEqual([version, ['outlet-written']])
  })

  it('is not written after a restart when it is there already, and that it is there is told', async () => {
    published(keptToken('a'))
    const version = stored()?.resourceVersion
    start()
    await eventually(types).toEqual(['outlet-written'])
    expect(stored()?.resourceVersion).toBe(version)
  })

  it('stays when the outlet is closed', async () => {
    const outlets = start()
    await isIdle()
    outlets.close()
    keeper.publish(keptToken('b'))
    await platform.pass(60_000)
    expect([text('token-id'), methods()]).toEqual(['a-id', ['GET', 'PATCH']])
  })

  it('goes to the API server of the pod where none is named', async () => {
    const { port } = new URL(api.origin)
    const asked: string[] = []
    const pod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: port }
    const toPod = (url: string | URL, init: Parameters<typeof fetch>[1]) => {
      asked.push(String(url))
      return fetch(String(url).replace('https:', 'http:'), init)
    }
    platform = Object.create(platform, { env: { value: pod }, fetch: { value: toPod } }) as FakePlatform
    // A file of the pod is none of this machine.
    start({ apiServer: undefined, caFile: volume.file('token') })
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.message).toContain('holds no certificate in PEM form')
    running.pop()?.close()
    events.length = 0
    await eventually(() => platform.pendingTimers).toBe(0)
    start({ apiServer: undefined, caFile: undefined })
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.message).toContain('cannot read /var/run/secrets/kubernetes.io/serviceaccount/ca.crt')
    expect(asked).toEqual([])
  })

  it('has nowhere to go outside of a pod where no API server is named', async () => {
    start({ apiServer: undefined })
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()).toMatchObject({
      code: 'ERR_KUBERNETES_SECRET',
      message: 'no API server is named, and this is no pod',
    })
  })
})

describe('a Secret that another hand changes', () => {
  it.each<[string, () => void]>([
    [
      'an HMAC',
      () => {
        put({ 'token-hmac': 'mine' })
      },
    ],
    [
      'an id',
      () => {
        put({ 'token-id': 'mine' })
      },
    ],
    [
      'settings',
      () => {
        put({ 'sasl.jaas.config': 'mine' })
      },
    ],
    [
      'a key that is gone',
      () => {
        put({ 'security.protocol': undefined })
      },
    ],
    [
      'an annotation',
      () => {
        api.secrets.apply(secret, { annotations: {} })
      },
    ],
    [
      'an older token',
      () => {
        published(keptToken('b', { expiresIn: 12 }))
      },
    ],
  ])('is written again within 30 s, and that is told: %s', async (_what, change) => {
    start()
    await isIdle()
    change()
    await look()
    await eventually(types).toEqual(['outlet-written', 'warning', 'outlet-written'])
    expect(api.secrets.text(secret)).toEqual(entries(keptToken('a')))
    expect(Object.keys(stored()?.annotations ?? {})).toHaveLength(3)
    expect(events[1]).toEqual({
      type: 'warning',
      message: 'secret jobs/spark-kafka was changed by another hand, and is written again',
    })
  })

  function put(changes: Record<string, string | undefined>): void {
    const all = Object.entries({ ...api.secrets.text(secret), ...changes })
    const left = all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
    api.secrets.apply(secret, { data: encoded(Object.fromEntries(left) as Record<string, string>) })
  }

  it('is filled again when somebody deleted it and made it anew', async () => {
    start()
    await isIdle()
    api.secrets.delete(secret)
    await look()
    expect(types()).toEqual(['outlet-written', 'outlet-failed'])
    api.secrets.apply(secret)
    await look(1_000)
    await eventually(types).toEqual(['outlet-written', 'outlet-failed', 'outlet-written'])
    expect(text('token-hmac')).toBe(hmacOf('a'))
  })
})

/** As another sidecar publishes. */
function published(kept: KeptToken): void {
  api.secrets.apply(secret, {
    data: encoded(entries(kept)),
    annotations: {
      'kafka-token-sidecar/owner': kept.token.owner,
      'kafka-token-sidecar/expires-at': new Date(kept.token.expiresAt).toISOString(),
      'kafka-token-sidecar/max-lifetime-at': new Date(kept.token.maxLifetimeAt).toISOString(),
    },
  })
}

describe('two sidecars with one Secret', () => {
  it('with the same token write once, and the later renewal stays', async () => {
    const other = fakeKeeper(keptToken('a'))
    const heard: SidecarEvent[] = []
    start()
    await isIdle()
    start({}, other, heard)
    await isIdle(2)
    expect(methods().filter((method) => method === 'PATCH')).toHaveLength(1)
    other.publish(keptToken('a', { expiresIn: 48 }))
    await eventually(() => stored()?.annotations['kafka-token-sidecar/expires-at']).toBe('2026-01-03T00:00:00.000Z')
    await isIdle(2)
    const version = stored()?.resourceVersion
    for (let turn = 0; turn < 4; turn++) {
      const before = api.calls.length
      await platform.pass(30_000)
      await eventually(() => api.calls.length).toBe(before + 2)
      await isIdle(2)
    }
    expect([stored()?.resourceVersion, types(), heard.map(({ type }) => type)]).toEqual([
      version,
      ['outlet-written'],
      ['outlet-written', 'outlet-written'],
    ])
  })

  it.each([
    ['another token that lives longer', keptToken('b', { expiresIn: 48 })],
    ['the same token under a new secret key of the brokers', keptToken('a', { hmac: hmacOf('c') })],
  ])('do not take each other for a stranger: %s', async (_what, theirs) => {
    start()
    await isIdle()
    published(theirs)
    const version = stored()?.resourceVersion
    for (let turn = 0; turn < 3; turn++) await look()
    expect(stored()?.resourceVersion).toBe(version)
    expect(events.slice(1)).toEqual([
      {
        type: 'warning',
        message:
          'secret jobs/spark-kafka has another token of the same owner, which lives as long: another sidecar publishes there too',
      },
    ])
    // Our own news is news all the same.
    keeper.publish(keptToken('a', { expiresIn: 72 }))
    await eventually(() => text('token-hmac')).toBe(hmacOf('a'))
  })

  it('that write at the same moment both look again, and neither loses what it has', async () => {
    let turns = 0
    api.secrets.afterGet = () => {
      if (turns++ < 3) api.secrets.apply(secret, { data: { ...stored()?.data, [`other-${turns}`]: base64('x') } })
    }
    start()
    for (let turn = 1; turn <= 3; turn++) {
      await eventually(() => methods().filter((method) => method === 'PATCH').length).toBe(turn)
      await isPausing()
      await platform.pass(50 * 2 ** (turn - 1))
    }
    await eventually(types).toEqual(['outlet-written'])
    expect(Object.keys(api.secrets.text(secret)).filter((key) => key.startsWith('other-'))).toHaveLength(3)
    expect(text('token-hmac')).toBe(hmacOf('a'))
  })
})

describe('a Secret that cannot be written', () => {
  const fix = (hint: RegExp | string) => expect.stringMatching(hint) as string

  it('because it is missing has a command in its error, and is filled soon after it was made', async () => {
    api.secrets.delete(secret)
    start()
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()).toEqual({
      type: 'outlet-failed',
      name: 'spark',
      target: 'secret jobs/spark-kafka',
      code: 'ERR_KUBERNETES_SECRET',
      message: `there is no secret jobs/spark-kafka at ${api.host}; the token is kept until there is one`,
      hint: 'Make it, empty: kubectl create secret generic spark-kafka -n jobs. It is filled within seconds.',
      nextAttemptMs: 1_000,
      isRepeated: false,
    })
    for (let turn = 0; turn < 6; turn++) await look(10_000)
    const waits = events.map((event) => (event.type === 'outlet-failed' ? event.nextAttemptMs : -1))
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
    api.secrets.apply(secret)
    await look(10_000)
    await eventually(() => events.at(-1)).toMatchObject({ type: 'outlet-written', isFirst: true })
    expect(methods()).not.toContain('POST')
  })

  it.each([
    [['patch'], 'get'],
    [['get'], 'patch'],
  ])('because only %j is allowed names the Role and whom it is for', async (verbs, missing) => {
    api.secrets.verbs = verbs
    start()
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()).toMatchObject({
      message: `${api.host} answers 403 to ${missing} of the secret jobs/spark-kafka`,
      hint: 'Allow it: kubectl create role kafka-token-sidecar-spark-kafka -n jobs --verb=get,patch --resource=secrets --resource-name=spark-kafka && kubectl create rolebinding kafka-token-sidecar-spark-kafka -n jobs --role=kafka-token-sidecar-spark-kafka --serviceaccount=kafka:tokens',
    })
  })

  it('because a proxy refuses has a placeholder for whom the Role is for', async () => {
    api.fail('/secrets/', { status: 403, body: 'no' })
    start()
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.hint).toMatch(/--serviceaccount=<namespace>:<service account of the sidecar>$/)
  })

  it.each<[string, () => void, string, RegExp | string]>([
    [
      'nobody knows us',
      () => void (api.bearer = 'other'),
      'answers 401 to get',
      /^The API server does not know the token/,
    ],
    [
      'it is immutable',
      () => {
        api.secrets.apply(secret, { immutable: true })
      },
      'the secret jobs/spark-kafka is immutable',
      'Make it anew: kubectl delete secret spark-kafka -n jobs && kubectl create secret generic spark-kafka -n jobs',
    ],
    [
      'it is of another type',
      () => {
        api.secrets.apply(secret, { type: 'kubernetes.io/tls' })
      },
      'the secret jobs/spark-kafka is of the type kubernetes.io/tls, which is for something else',
      /kubectl delete secret/,
    ],
    [
      'something else answers',
      () => {
        api.fail('/secrets/', { status: 200, body: '<html>' })
      },
      'answers something else than the secret jobs/spark-kafka',
      /^Set apiServer/,
    ],
    [
      'there are too many requests',
      () => {
        api.fail('/secrets/', { status: 429, headers: { 'retry-after': '7' } })
      },
      'answers 429 to get of the secret',
      /^It is tried again/,
    ],
    [
      'it is over',
      () => {
        api.fail('/secrets/', 'reset')
      },
      'did not answer',
      /^It is tried again/,
    ],
    [
      'it answers half',
      () => {
        api.fail('/secrets/', 'stall')
      },
      'did not answer',
      /^It is tried again/,
    ],
  ])('is told in words: %s', async (what, cause, message, hint) => {
    cause()
    start()
    if (what === 'it answers half') await slow()
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()).toMatchObject({ code: 'ERR_KUBERNETES_SECRET', message: fix(message), hint: fix(hint) })
    if (what.includes('too many')) expect(failure()?.nextAttemptMs).toBe(7_000)
  })

  /** Until nothing but the deadline is left to happen. */
  async function slow(): Promise<void> {
    await eventually(() => api.calls.length).toBe(1)
    await platform.pass(deadlineMs)
  }

  it('because the API server hangs is told after 15 s, and tried again', async () => {
    api.fail('/secrets/', 'hang')
    start()
    await slow()
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.message).toBe(`${api.host} did not answer for the secret jobs/spark-kafka within 15 s`)
    api.heal()
    await isIdle()
    await platform.pass(1_000)
    await eventually(types).toEqual(['outlet-failed', 'outlet-written'])
    expect(text('token-id')).toBe('a-id')
  })

  it('because the API server is gone keeps what is there, and has the newest token when it is back', async () => {
    start()
    await isIdle()
    await api.close()
    keeper.publish(keptToken('b'))
    await eventually(types).toEqual(['outlet-written', 'outlet-failed'])
    keeper.publish(keptToken('c'))
    await eventually(() => events.length).toBe(3)
    expect(events[2]).toMatchObject({ type: 'outlet-failed', isRepeated: true })
    await api.reopen()
    await isIdle()
    await platform.pass(2_000)
    await eventually(() => events.at(-1)).toMatchObject({ type: 'outlet-written', isFirst: true })
    expect(text('token-hmac')).toBe(hmacOf('c'))
  })

  it('because others write it all the time is told after six attempts', async () => {
    api.secrets.afterGet = () => {
      api.secrets.apply(secret)
    }
    start()
    for (let turn = 1; turn <= 6; turn++) {
      await eventually(() => methods().filter((method) => method === 'PATCH').length).toBe(turn)
      await isPausing()
      await platform.pass(50 * 2 ** (turn - 1))
    }
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.message).toBe(
      'others change the secret jobs/spark-kafka so often that 6 attempts to write it met a conflict',
    )
  })

  it('because it becomes immutable between look and patch is told in words', async () => {
    api.secrets.apply(secret, { data: { 'token-id': base64('x') } })
    api.secrets.afterGet = () => {
      api.secrets.apply(secret, { immutable: true, resourceVersion: 'same' })
    }
    start()
    await eventually(() => methods().includes('PATCH')).toBe(true)
    await isPausing()
    await platform.pass(50)
    await eventually(types).toEqual(['outlet-failed'])
    expect(failure()?.message).toBe('the secret jobs/spark-kafka is immutable')
  })

  it('quotes nothing of an answer that quotes what it was sent', async () => {
    const body = { kind: 'Status', message: `"${hmacOf('a')}" is invalid: Bearer token-of-the-sidecar` }
    for (const status of [400, 403, 409, 422, 500, 301]) {
      events.length = 0
      api.heal()
      api.fail('/secrets/', { status, body })
      const outlets = start()
      await eventually(types).toEqual(['outlet-failed'])
      expect(failure()?.message).toContain(`answers ${status} to get of the secret jobs/spark-kafka`)
      expect(JSON.stringify(events)).not.toMatch(/invalid|Bearer/)
      outlets.close()
    }
  })
})

describe('a thousand Secrets', () => {
  it('share a few connections, and are all written', async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `jobs/spark-${n}`)
    for (const name of names) api.secrets.apply(name)
    let atOnce = 0
    let most = 0
    const counted = async (...call: Parameters<typeof fetch>) => {
      most = Math.max(most, ++atOnce)
      return fetch(...call).finally(() => atOnce--)
    }
    platform = Object.create(platform, { fetch: { value: counted } }) as FakePlatform
    const to = { apiServer: api.origin, tokenFile: volume.file('token') }
    const plans = names.map((name) => ({ from: { delegationToken: 'spark' }, to: { ...to, kubernetesSecret: name } }))
    const none = () => Promise.reject(new Error('not asked for in this test'))
    const emit = (event: SidecarEvent) => void events.push(event)
    const sources = { getToken: none, getAssertion: none, followDelegationToken: keeper.follow }
    running.push(startOutlets(plans, { platform, emit, ...sources }))
    await expect.poll(() => events.length, { timeout: 20_000 }).toBe(1_000)
    expect(new Set(types())).toEqual(new Set(['outlet-written']))
    expect(most).toBe(8)
  }, 30_000)
})
