import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { finder } from '../../src/explain/finder.ts'
import { recordReader } from '../../src/explain/records.ts'
import { troubles } from '../../src/explain/troubles.ts'
import type { Printed, Version } from './explain-cases.ts'
import { javaCases } from './explain-java-cases.ts'
import { type ExplainWorld, explainWorld } from './explain-world.ts'
import type { ClusterListener } from './kafka-cluster-properties.ts'
import type { ClusterOptions } from './kafka-cluster.ts'

const versions: readonly Version[] = ['4.3', '3.9']
const phases = ['broken', 'fixed'] as const

/** Each case fails at a real client and broker, is explained from what they print, and works once the fix is applied. */
describe('explain, with Java clients and brokers', () => {
  let world: ExplainWorld | undefined
  const logs = {} as Record<Version, string>
  const printed = {} as Record<(typeof phases)[number], Record<Version, Printed>>
  const failedStarts = new Map<string, string>()

  beforeAll(async () => {
    const shared = inject('e2e')
    const made = await explainWorld(shared, join(shared.folder, 'explain-java'))
    world = made
    for (const phase of phases) {
      const [new43, old39] = await Promise.all(versions.map((version) => made.run(version, phase, javaCases)))
      printed[phase] = { '4.3': new43 as Printed, '3.9': old39 as Printed }
    }
    for (const version of versions) logs[version] = made.brokerLog(version)
    const starts = brokerCases.map(async ({ name, change }) => {
      failedStarts.set(name, await made.failedStart(`broker-${name}`, (options) => withGood(options, change)))
    })
    await Promise.all(starts)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  describe.each(versions)('client %s', (version) => {
    const cases = javaCases.filter((one) => !one.versions || one.versions.includes(version))

    it.each(cases)('$name is explained as $trouble', ({ name, trouble, isAmong }) => {
      const found = explain(printed.broken[version].of(name)).map(({ id }) => id)
      if (isAmong) expect(found).toContain(trouble)
      else expect(found[0], printed.broken[version].of(name)).toBe(trouble)
    })

    it.each(cases)('$name works with the fix', ({ name }) => {
      expect(printed.fixed[version].works(name), printed.fixed[version].of(name)).toBe(true)
    })

    it('the whole log tells of renewals that fail', () => {
      const found = explain(printed.broken[version].log).map(({ id }) => id)
      expect(found).toEqual(expect.arrayContaining(['token-short-lived', 'endpoint-unavailable']))
    })

    it('what works is not explained away', () => {
      const found = explain(printed.fixed[version].log).filter(({ weight }) => weight === 'cause')
      expect(found).toEqual([])
    })
  })

  it.each(versions)('the log of broker %s has the reasons that it told nobody', (version) => {
    const wanted = javaCases.flatMap(({ atBroker, versions: own = versions }) =>
      atBroker !== undefined && own.includes(version) ? [atBroker] : [],
    )
    const found = explain(logs[version]).map(({ id }) => id)
    expect(found).toEqual(expect.arrayContaining([...wanted, 'broker-jwks-refresh']))
  })

  it('every text of the table was printed in this run, but for those that are marked', () => {
    const clients = versions.flatMap((version) => [
      printed.broken[version].log,
      ...javaCases.map(({ name }) => printed.broken[version].of(name)),
    ])
    expect(textsNotIn([...clients, ...Object.values(logs), ...failedStarts.values()])).toEqual([])
  })

  it.each(brokerCases)('a broker that does not start: $name is explained as $trouble', ({ name, trouble }) => {
    // With this one thing put right it is the broker of all other cases.
    expect(explain(failedStarts.get(name) ?? '')[0]?.id, failedStarts.get(name)).toBe(trouble)
  })
})

/** Every text of troubles that this suite is said to have seen; those of which nothing was printed. */
function textsNotIn(logs: readonly string[]): readonly string[] {
  const own = troubles.filter(({ seen }) => 'in' in seen && seen.in === 'explain-java.e2e.ts')
  const find = finder(own, { all: true })
  const found = new Set<string>()
  const reader = recordReader(({ text }) => {
    for (const { pattern } of find(text)) found.add(pattern.text.text)
  })
  for (const log of logs) reader.add(`${log}\n`)
  reader.end()
  const texts = own.flatMap((trouble) => trouble.texts)
  return texts.filter(({ text, unseen }) => !unseen && !found.has(text)).map(({ text }) => text)
}

/** A broker whose listener GOOD is other than good in one thing. */
interface BrokerCase {
  readonly name: string
  readonly trouble: string
  readonly change: (good: ClusterListener) => ClusterListener
}

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const set = (name: string, value: string | undefined) => (good: ClusterListener) => ({
  ...good,
  settings: { ...good.settings, [`oauthbearer.${name}`]: value },
})
const brokerCases: readonly BrokerCase[] = [
  {
    name: 'jwks-unreachable',
    trouble: 'broker-jwks-unreachable',
    change: ({ oauth, ...good }) => ({
      ...good,
      ...(oauth && { oauth: { ...oauth, jwksUrl: 'http://127.0.0.1:9/jwks' } }),
    }),
  },
  {
    name: 'jwks-not-allowed',
    trouble: 'broker-allowed-urls',
    change: set('sasl.oauthbearer.jwks.endpoint.url', 'http://127.0.0.1:9/not-allowed'),
  },
  {
    name: 'secured-class',
    trouble: 'class-not-found',
    change: set('sasl.server.callback.handler.class', `${oauthbearer}.secured.OAuthBearerValidatorCallbackHandler`),
  },
  {
    name: 'jaas-unprefixed',
    trouble: 'broker-jaas-unprefixed',
    change: (good) => {
      const login = `${oauthbearer}.OAuthBearerLoginModule required;`
      return { ...good, settings: { 'oauthbearer.sasl.jaas.config': undefined, 'sasl.jaas.config': login } }
    },
  },
  { name: 'no-jaas', trouble: 'broker-jaas-missing', change: set('sasl.jaas.config', undefined) },
]

function withGood(options: ClusterOptions, change: BrokerCase['change']): ClusterOptions {
  const { GOOD, ...others } = options.listeners
  return { ...options, listeners: { ...others, ...(GOOD && { GOOD: change(GOOD) }) } }
}
