import { describe, expect, it } from 'vitest'
import { metricsRoute } from '../../../src/ops/metrics.ts'
import { metrics } from '../../../src/ops/metrics/declared.ts'
import { observer } from '../../../src/ops/observed/observe.ts'
import type { SidecarEvent } from '../../../src/token/event.ts'
import { fakePlatform } from '../../fakes/platform.ts'
import { answered, failed, obtained, tokenChanged, tokenFailed } from '../observed/events.ts'

const hour = 3_600_000
const request = { method: 'GET', path: '/metrics', query: '', headers: {}, body: '' }

function setUp(profiles: readonly string[] = ['default'], mostNamedProfiles?: number) {
  const platform = fakePlatform()
  const { emit, current } = observer({ platform })
  const role = { isGateway: false, isServing: true, profiles, delegationTokens: ['spark'] }
  const route = metricsRoute({
    platform,
    observed: () => current(profiles),
    role: () => role,
    ...(mostNamedProfiles !== undefined && { mostNamedProfiles }),
  })
  const scrape = async () => {
    await platform.pass(1_000)
    return (await route.handle(request, '')).body
  }
  const told = (...events: SidecarEvent[]) => {
    for (const event of events) emit(event)
  }
  return { platform, route, scrape, told }
}

/** What is told of one metric, without its prefix. */
function valuesOf(text: string, name: string): readonly string[] {
  const start = `kafka_token_sidecar_${name}`
  return text.split('\n').filter((line) => line.startsWith(`${start}{`) || line.startsWith(`${start} `))
}

describe('/metrics', () => {
  it('tells requests by profile, outcome, code and client, and how many were answered from memory', async () => {
    const { scrape, told } = setUp()
    told(answered(), answered(), answered({ client: 'go', fromCache: false }))
    told(answered({ outcome: 'refused', code: 'ERR_CALLER_UNKNOWN', profile: undefined, message: 'x' }))
    const text = await scrape()
    expect(valuesOf(text, 'requests_total')).toEqual([
      'kafka_token_sidecar_requests_total{profile="default",outcome="token",code="",client="java"} 2',
      'kafka_token_sidecar_requests_total{profile="default",outcome="token",code="",client="go"} 1',
      'kafka_token_sidecar_requests_total{profile="",outcome="refused",code="ERR_CALLER_UNKNOWN",client="java"} 1',
    ])
    expect(valuesOf(text, 'cache_hits_total')).toEqual(['kafka_token_sidecar_cache_hits_total{profile="default"} 2'])
  })

  it('tells how long answers took, each bucket holding those below', async () => {
    const { scrape, told } = setUp()
    told(answered({ tookMs: 0.2 }), answered({ tookMs: 3 }), answered({ tookMs: 60_000 }))
    const lines = valuesOf(await scrape(), 'request_duration_seconds_bucket').filter((line) => line.includes('"token"'))
    expect(lines.map((line) => line.split(' ').at(-1)).join(' ')).toBe('1 1 1 1 2 2 2 2 2 2 2 2 2 2 2 3')
  })

  it('tells tokens, their life and what was paid for them', async () => {
    const { platform, scrape, told } = setUp()
    const expiresAt = platform.now() + hour
    told(obtained({ expiresAt }), failed({ servingForMs: hour }))
    const text = await scrape()
    const value = (name: string): string | undefined => valuesOf(text, name)[0]?.split(' ').at(-1)
    expect(value('token_expiry_timestamp_seconds')).toBe(String(expiresAt / 1000))
    expect(value('token_remaining_seconds')).toBe('3599')
    expect(value('profile_ready')).toBe('1')
    expect(valuesOf(text, 'profile_failure')).toEqual([
      'kafka_token_sidecar_profile_failure{profile="default",code="ERR_GCP_UNAVAILABLE"} 1',
    ])
    expect(valuesOf(text, 'upstream_calls_total').map((line) => line.replace(/.*outcome=/, ''))).toEqual([
      '"obtained"} 1',
      '"unchanged"} 0',
      '"failed"} 1',
    ])
    expect(value('upstream_duration_seconds_count')).toBe('2')
  })

  it('tells delegation tokens, outlets, reloads and draining', async () => {
    const { platform, scrape, told } = setUp()
    const expiresAt = platform.now() + hour
    const target = '/run/ü "quoted"\\token'
    told(tokenChanged({ expiresAt }), tokenFailed({ expiresAt }))
    told({ type: 'outlet-written', profile: 'default', target, isFirst: true })
    told(
      { type: 'reload-failed', what: 'key', code: 'ERR_KEY_FILE', message: '', hint: '' },
      { type: 'draining', delayMs: 0 },
    )
    const text = Buffer.from(await scrape(), 'latin1').toString('utf8')
    expect(valuesOf(text, 'delegation_token_ready')).toEqual([
      'kafka_token_sidecar_delegation_token_ready{name="spark"} 1',
    ])
    expect(valuesOf(text, 'delegation_token_failing')).toEqual([
      'kafka_token_sidecar_delegation_token_failing{name="spark"} 1',
    ])
    expect(valuesOf(text, 'outlet_writes_total')).toEqual([
      String.raw`kafka_token_sidecar_outlet_writes_total{target="/run/ü \"quoted\"\\token"} 1`,
    ])
    for (const name of ['reload_failures_total', 'draining']) expect(valuesOf(text, name)[0]).toMatch(/ 1$/)
    expect(valuesOf(text, 'ready')[0]).toMatch(/ 0$/)
  })

  it('names the first profiles that are used, and folds the others into one: sums, and the one that ends first', async () => {
    const { platform, scrape, told } = setUp(['a', 'b', 'c', 'd'], 2)
    const expiresAt = platform.now() + hour
    for (const profile of ['a', 'b', 'c', 'd']) {
      told(obtained({ profile, expiresAt: profile === 'd' ? expiresAt - 1_000 : expiresAt }), answered({ profile }))
    }
    told(failed({ profile: 'd' }))
    const text = await scrape()
    expect(valuesOf(text, 'requests_total').map((line) => line.replace(/,.*} /, ' '))).toEqual([
      'kafka_token_sidecar_requests_total{profile="a" 1',
      'kafka_token_sidecar_requests_total{profile="b" 1',
      'kafka_token_sidecar_requests_total{profile="_other" 2',
    ])
    expect(valuesOf(text, 'token_expiry_timestamp_seconds').at(-1)).toBe(
      `kafka_token_sidecar_token_expiry_timestamp_seconds{profile="_other"} ${expiresAt / 1000 - 1}`,
    )
    expect(valuesOf(text, 'profile_ready').at(-1)).toMatch(/_other"} 0$/)
  })

  it('has every metric that is declared, by the rules of Prometheus, and no label that is not', async () => {
    const { platform, scrape, told } = setUp()
    told(
      answered(),
      obtained({ expiresAt: platform.now() + hour }),
      failed(),
      tokenChanged({ expiresAt: hour, maxLifetimeAt: hour }),
    )
    told({ type: 'outlet-written', profile: 'default', target: 'f', isFirst: true })
    const text = await scrape()
    for (const { name, labels, type, help } of metrics) {
      expect(name).toMatch(/^kafka_token_sidecar_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      expect(help).toMatch(/\.$/)
      const [line = ''] = text.split('\n').filter((found) => new RegExp(`^${name}(_bucket)?[{ ]`).test(found))
      expect(line, name).not.toBe('')
      const used = [...line.matchAll(/([a-z_]+)="/g)].map(([, label = '']) => label).filter((label) => label !== 'le')
      expect(used, name).toEqual(labels)
    }
  })

  it('tells the process, and what keeps its event loop busy', async () => {
    const { scrape } = setUp()
    const text = await scrape()
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ]) {
      expect(text).toContain(`\n${name} `)
    }
    if (process.platform === 'linux') expect(text).toContain('\nprocess_open_fds ')
  })

  it('is written once a second at most, however often somebody asks', async () => {
    const { platform, route, told } = setUp()
    const text = async () => (await route.handle(request, '')).body
    const first = await text()
    told(answered())
    expect(await text()).toBe(first)
    await platform.pass(1_000)
    expect(await text()).not.toBe(first)
  })

  it.each([
    [100, 20],
    [10_000, 1_000],
  ])('of %i profiles takes less than %i ms', async (count, limitMs) => {
    const names = Array.from({ length: count }, (_, index) => `team-${index}`)
    const { platform, scrape, told } = setUp(names)
    for (const profile of names) {
      told(obtained({ profile, expiresAt: platform.now() + hour }))
      for (const client of ['java', 'librdkafka', 'go'] as const) told(answered({ profile, client }))
    }
    const tookMs: number[] = []
    let size = 0
    for (let turn = 0; turn < 6; turn++) {
      const startedAt = performance.now()
      size = (await scrape()).length
      tookMs.push(performance.now() - startedAt)
    }
    // Others are busy on this machine, too.
    expect(Math.min(...tookMs)).toBeLessThan(limitMs)
    expect(size).toBeLessThan(1024 * 1024)
  })
})
