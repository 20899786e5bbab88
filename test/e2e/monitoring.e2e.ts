import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePorts } from './child-process.ts'
import { startCluster, type KafkaCluster } from './kafka-cluster.ts'
import { type PrometheusAnswer, prometheus, type Question, scraped, type Scenario } from './prometheus.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples', 'monitoring')
const ruleFile = join(examples, 'prometheus-rules.yaml')
/** What Prometheus itself gives each series. */
const ofEverySeries = ['instance', 'job']
const minutes = (count: number, value: number | ((turn: number) => number)) =>
  Array.from({ length: count * 4 + 1 }, (_, turn) => (typeof value === 'number' ? value : value(turn)))

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] }
}

let ask: (question: Question) => Promise<PrometheusAnswer>
let cluster: KafkaCluster
let sidecar: Sidecar
let admin: string
let scrape: string
let asked: PrometheusAnswer

/** As Grafana fills them in. */
const filled = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')

const dashboard = JSON.parse(readFileSync(join(examples, 'grafana-dashboard.json'), 'utf8')) as Dashboard
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })))
const variables = dashboard.templating.list.flatMap(({ definition }) => {
  const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? []
  return definition === undefined ? [] : [{ selector, label }]
})

async function metrics(): Promise<string> {
  const answer = await fetch(`${admin}/metrics`, { headers: { Accept: 'text/plain;version=0.0.4' } })
  expect(answer.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return answer.text()
}

beforeAll(async () => {
  const { tools, folder: root, issuer, sidecar: trusted } = inject('e2e')
  const folder = join(root, 'monitoring')
  mkdirSync(folder)
  const [port, nobody] = (await freePorts(2)) as [number, number]
  ;[ask, cluster] = await Promise.all([
    prometheus(folder),
    startCluster({
      classpath: tools.broker,
      folder: join(folder, 'cluster'),
      secretKey: 'the-same-everywhere',
      listeners: {
        SASL: {
          protocol: 'SASL_PLAINTEXT',
          mechanisms: ['OAUTHBEARER', 'SCRAM-SHA-512'],
          oauth: { jwksUrl: `${trusted}/jwks`, issuer: issuer.issuer, audience: issuer.audience },
        },
      },
    }),
  ])
  admin = `http://localhost:${port}`
  const bootstrapServers = cluster.bootstrap['SASL']
  const kept = { bootstrapServers, securityProtocol: 'SASL_PLAINTEXT', login: { profile: 'default' } }
  const gone = { ...kept, bootstrapServers: `127.0.0.1:${nobody}` }
  sidecar = await startSidecar({
    cli: tools.cli,
    log: join(root, 'sidecar-monitoring'),
    configuration: {
      admin: { port, allowQuit: true },
      profiles: {
        default: { source: 'self-issued', ...issuer, subject: 'alice' },
        broken: {
          source: 'client-credentials',
          tokenEndpoint: `http://127.0.0.1:${nobody}/token`,
          clientId: 'broken',
          clientAuth: 'none',
        },
        unused: { source: 'self-issued' },
      },
      delegationTokens: { spark: kept, gone },
      outlets: [
        { from: { delegationToken: 'spark' }, to: { file: join(folder, 'token') } },
        { from: { profile: 'default' }, to: { file: join(folder, 'nowhere', 'token') }, format: 'raw' },
      ],
    },
  })
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const token = (path = '') => fetch(`${sidecar.origin}/token${path}`, { method: 'POST', body })
  await Promise.all(['', '', '/broken', '/no-such-profile'].map(token))
  await sidecar.shows(/delegation token spark is taken by every broker/, 30_000)
  await sidecar.shows(/could not be kept fresh/, 10_000)
  await sidecar.shows(/monitoring\/token written/, 10_000)
  scrape = await metrics()
  asked = await ask({
    scrape,
    ruleFiles: [ruleFile],
    expressions: targets.map(({ expr }) => filled(expr)),
  })
})
afterAll(async () => {
  await sidecar.stop()
  await cluster.stop()
})

describe('a scrape', () => {
  it('is taken by the parser of Prometheus', () => {
    expect(asked.faults).toEqual([])
    expect(asked.families.length).toBeGreaterThan(40)
  })

  it('tells what happened', () => {
    const told = scraped(scrape, 'sidecar')
    const value = (name: string, labels: object = {}) =>
      told.find((one) => Object.entries({ __name__: name, ...labels }).every(([key, text]) => one.labels[key] === text))
        ?.value
    const requests = 'kafka_token_sidecar_requests_total'
    expect(value(requests, { profile: 'default', outcome: 'token', client: 'node' })).toBe(2)
    expect(value(requests, { profile: 'broken', outcome: 'failed', code: 'ERR_PROVIDER_UNAVAILABLE' })).toBe(1)
    expect(value(requests, { profile: '', outcome: 'refused', code: 'ERR_REQUEST_PROFILE' })).toBe(1)
    expect(value('kafka_token_sidecar_profile_ready', { profile: 'default' })).toBe(1)
    expect(value('kafka_token_sidecar_profile_ready', { profile: 'broken' })).toBe(0)
    expect(value('kafka_token_sidecar_profile_ready', { profile: 'unused' })).toBeUndefined()
    expect(value('kafka_token_sidecar_delegation_token_ready', { name: 'spark' })).toBe(1)
    expect(value('kafka_token_sidecar_delegation_token_ready', { name: 'gone' })).toBe(0)
    expect(value('kafka_token_sidecar_delegation_token_expiry_timestamp_seconds', { name: 'spark' })).toBeGreaterThan(
      Date.now() / 1000,
    )
    expect(value('kafka_token_sidecar_ready')).toBe(1)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  })

  it('holds no secret', () => {
    expect(scrape).not.toMatch(/eyJ|hmac|BEGIN/i)
  })
})

describe('rules and dashboard', () => {
  const labelsOf = () => new Map(asked.families.map(({ name, labels }) => [name, labels]))

  /** The family that a selector is about: of histograms it names a part. */
  function known(name: string): readonly string[] | undefined {
    const part = labelsOf().get(name.replace(/_(bucket|sum|count)$/, ''))
    return labelsOf().get(name) ?? (part && [...part, 'le'])
  }

  async function expectKnown(texts: readonly string[]) {
    const { faults, expressions } = await ask({ expressions: texts })
    expect(faults).toEqual([])
    expect(expressions).toHaveLength(texts.length)
    for (const { text, selected, grouped } of expressions) {
      const all = new Set(ofEverySeries)
      for (const [name, by] of Object.entries(selected)) {
        const labels = known(name)
        expect(labels, `${name} in ${text}`).toBeDefined()
        for (const label of labels ?? []) all.add(label)
        for (const label of by) expect([...(labels ?? []), ...ofEverySeries], `${name} in ${text}`).toContain(label)
      }
      for (const label of grouped) expect([...all], text).toContain(label)
    }
  }

  it('of alerts are valid, and about metrics and labels that a real sidecar has', async () => {
    expect(asked.rules.length).toBeGreaterThan(10)
    await expectKnown(asked.rules.map(({ expr }) => expr))
  })

  it('of alerts tell what their series have', async () => {
    const { expressions } = await ask({ expressions: asked.rules.map(({ expr }) => expr) })
    for (const [at, { alert, annotations, labels }] of asked.rules.entries()) {
      expect(labels['severity'], alert).toMatch(/^(critical|warning)$/)
      expect(Object.keys(annotations).sort(), alert).toEqual(['description', 'summary'])
      const { selected = {}, grouped = [] } = expressions[at] ?? {}
      const there = [...Object.keys(selected).flatMap((name) => known(name) ?? []), ...grouped, ...ofEverySeries]
      const used = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
      for (const label of used) expect(there, alert).toContain(label)
    }
  })

  it('of the dashboard are about metrics and labels that a real sidecar has', async () => {
    expect(targets.length).toBeGreaterThan(20)
    await expectKnown(targets.map(({ expr }) => filled(expr)))
    await expectKnown(variables.map(({ selector, label }) => `count by (${label}) (${filled(selector)})`))
    for (const { expr, legendFormat, title } of targets) {
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(expr, title).toContain(label)
    }
  })

  it('name each metric of the page about them', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8')
    const ours = asked.families.map(({ name }) => name).filter((name) => name.startsWith('kafka_token_sidecar_'))
    for (const name of ours) expect(page).toContain(`\`${name.replace('kafka_token_sidecar_', '')}`)
  })
})

describe('alerts, by the engine of Prometheus', () => {
  const startsAt = 1_800_000_000
  const everySeconds = 15

  /** What Prometheus has when the sidecar goes on as it was at the scrape. */
  function goingOn(text: string, count: number): Scenario {
    const series = scraped(text, 'sidecar:14294').map(({ labels, value }) => {
      const shift = /timestamp_seconds$/.test(labels['__name__'] ?? '') ? startsAt - Math.floor(Date.now() / 1000) : 0
      return { labels, values: minutes(count, value + shift) }
    })
    return { everySeconds, startsAt, series }
  }

  async function firing(...scenarios: readonly Scenario[]) {
    const { firing: found, faults } = await ask({ ruleFiles: [ruleFile], scenarios })
    expect(faults).toEqual([])
    return found
  }

  it('fire for what is wrong with a real sidecar, and for nothing else', async () => {
    expect(await firing(goingOn(scrape, 20))).toEqual([
      ['KafkaDelegationTokenUnavailable', 'KafkaTokenOutletFailing', 'KafkaTokenUnavailable'],
    ])
  })

  it('fire not before their time', async () => {
    const [first] = await firing(goingOn(scrape, 0.5))
    expect(first).toEqual([])
  })

  it('fire for all that they are about', async () => {
    const name = (metric: string, labels: object = {}) => ({
      __name__: metric.startsWith('nodejs') ? metric : `kafka_token_sidecar_${metric}`,
      instance: 'a',
      ...(labels as Record<string, string>),
    })
    const up = { labels: name('build_info', { version: '1', node: 'v24' }), values: minutes(60, 1) }
    const constant = (metric: string, value: number, labels: object = {}) => ({
      labels: name(metric, labels),
      values: minutes(60, value),
    })
    const counter = (metric: string, perScrape: number, labels: object = {}) => ({
      labels: name(metric, labels),
      values: minutes(60, (turn) => turn * perScrape),
    })
    const slow = (metric: string, labels: object) =>
      ['1', '10', '+Inf'].map((le, at) => counter(`${metric}_bucket`, at === 0 ? 0 : 10, { ...labels, le }))
    const profile = { profile: 'p' }
    const token = { name: 't' }
    const failure = constant('profile_failure', 1, { ...profile, code: 'ERR_GCP_UNAVAILABLE' })
    const cases: Readonly<Record<string, Scenario['series']>> = {
      KafkaTokenSidecarAbsent: [{ labels: { __name__: 'up' }, values: minutes(60, 0) }],
      KafkaTokenUnavailable: [up, constant('profile_ready', 0, profile)],
      KafkaTokenRenewalFailing: [up, constant('profile_ready', 1, profile), failure],
      KafkaTokenEndsSoon: [up, constant('token_remaining_seconds', 500, profile), failure],
      KafkaTokenRequestsFail: [
        up,
        counter('requests_total', 1, { ...profile, outcome: 'failed', code: 'ERR_GCP_UNAVAILABLE', client: 'java' }),
        counter('requests_total', 50, { ...profile, outcome: 'token', code: '', client: 'java' }),
      ],
      KafkaTokenRequestsRefused: [
        up,
        counter('requests_total', 1, { ...profile, outcome: 'refused', code: 'ERR_CALLER_UNKNOWN', client: 'go' }),
      ],
      KafkaTokenAnswersSlow: [up, ...slow('request_duration_seconds', { outcome: 'token' })],
      KafkaTokenProviderSlow: [up, ...slow('upstream_duration_seconds', { source: 'gcp' })],
      KafkaDelegationTokenUnavailable: [up, constant('delegation_token_ready', 0, token)],
      KafkaDelegationTokenFailing: [
        up,
        constant('delegation_token_ready', 1, token),
        constant('delegation_token_failing', 1, token),
      ],
      KafkaDelegationTokenEndsSoon: [
        up,
        constant('delegation_token_failing', 1, token),
        constant('delegation_token_expiry_timestamp_seconds', startsAt + 4_000, token),
      ],
      KafkaTokenOutletFailing: [up, constant('outlet_failing', 1, { target: '/run/token' })],
      KafkaTokenReloadFailed: [up, counter('reload_failures_total', 0.1)],
      KafkaTokenSidecarNotReady: [up, constant('ready', 0), constant('draining', 0)],
      KafkaTokenSidecarDrainsLong: [up, constant('ready', 0), constant('draining', 1)],
      KafkaTokenSidecarBusy: [up, constant('nodejs_eventloop_lag_p99_seconds', 0.5)],
    }
    expect(Object.keys(cases).sort()).toEqual(asked.rules.map(({ alert }) => alert).sort())
    const fired = await firing(...Object.values(cases).map((series) => ({ everySeconds, startsAt, series })))
    expect(Object.fromEntries(Object.keys(cases).map((alert, at) => [alert, fired[at]]))).toEqual(
      Object.fromEntries(Object.keys(cases).map((alert) => [alert, [alert]])),
    )
  })
})
