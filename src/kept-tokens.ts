import { isSame } from './config/same.ts'
import type { Config } from './config/schema.ts'
import type { GivenDelegationToken } from './http/delegation-token-route.ts'
import { clientOf, type KafkaClientWorld } from './kafka-client.ts'
import { cluster, type Cluster } from './kafka/cluster.ts'
import { tokenKeepers, type TokenKeepers } from './kafka/keeper/keepers.ts'
import type { KeeperPlan } from './kafka/keeper/plan.ts'
import { tokenSettings, type KeptToken } from './kafka/token-settings.ts'

type Settings = Config['delegationTokens']
type TokenSettings = Settings[string]

/** The delegation tokens of a configuration. */
export interface KeptTokens extends Pick<TokenKeepers, 'follow'> {
  /** What is the same as before is kept on. */
  replace(settings: Settings): void
  /** What callers are given; undefined where there is none that works. */
  current(name: string): GivenDelegationToken | undefined
  /** Resolves when nothing goes on any more, and what is to be expired on stop is. */
  stop(): Promise<void>
}

/** Tokens of one cluster that log in there in the same way share what is connected to it. */
interface Place {
  readonly settings: TokenSettings
  readonly client: KeeperPlan['client']
  readonly cluster: Cluster
  readonly names: Set<string>
}

/** Keeps what the configuration names, from now on. */
export function keptTokens(first: Settings, world: KafkaClientWorld): KeptTokens {
  const keepers = tokenKeepers(world)
  const places = new Set<Place>()
  const forms = new WeakMap<KeptToken, GivenDelegationToken>()
  let settings: Settings = {}
  let isStopped = false
  let changing: Promise<unknown> = Promise.resolve()

  function placeOf(name: string, wanted: TokenSettings): Place {
    const known = [...places].find((place) => isSame(accessOf(place.settings), accessOf(wanted)))
    const client = known?.client ?? clientOf(wanted, world)
    const place = known ?? { settings: wanted, client, cluster: cluster(client, world.platform), names: new Set() }
    places.add(place)
    place.names.add(name)
    return place
  }

  function keep(name: string, wanted: TokenSettings): void {
    const { client, cluster: shared } = placeOf(name, wanted)
    keepers.keep(planOf(name, wanted, client), shared)
  }

  function leave(name: string): void {
    for (const place of places) {
      if (!place.names.delete(name) || place.names.size > 0) continue
      place.cluster.close()
      places.delete(place)
    }
  }

  async function change(name: string, before?: TokenSettings, wanted?: TokenSettings): Promise<void> {
    // The token of another owner, or cluster, is given to nobody meanwhile.
    if (!before || !wanted || !isSame(whoseOf(before), whoseOf(wanted))) {
      // What is to be expired is expired over the connection that it was made by.
      await keepers.drop(name)
      leave(name)
    }
    if (wanted) keep(name, wanted)
  }

  function replace(changed: Settings): void {
    if (isStopped) return
    const former = settings
    settings = changed
    const names = new Set([...Object.keys(former), ...Object.keys(changed)])
    const differing = [...names].filter((name) => !isSame(former[name], changed[name]))
    changing = changing.then(() => Promise.all(differing.map((name) => change(name, former[name], changed[name]))))
  }

  replace(first)
  return {
    follow: (name, hear) => keepers.follow(name, hear),
    replace,
    current(name) {
      const kept = keepers.current(name)
      if (!kept) return undefined
      const given = forms.get(kept) ?? givenOf(kept)
      forms.set(kept, given)
      return given
    },
    async stop() {
      isStopped = true
      await changing
      await keepers.stop()
      for (const place of places) place.cluster.close()
    },
  }
}

/** How the cluster is reached, which several tokens may have in common. */
function accessOf({ bootstrapServers, login, securityProtocol, tls, principal }: TokenSettings): object {
  return { bootstrapServers, login, securityProtocol, tls, principal }
}

/** Whose token it is, and where. */
function whoseOf(settings: TokenSettings): object {
  return { access: accessOf(settings), owner: settings.owner }
}

function planOf(name: string, settings: TokenSettings, client: KeeperPlan['client']): KeeperPlan {
  const { bootstrapServers, scramBootstrapServers = bootstrapServers, owner, renewers, mechanism } = settings
  const { maxLifetime, renewPeriod, renewAt, overlap, checkEvery, expireOnStop } = settings
  return {
    name,
    client,
    scramServers: scramBootstrapServers,
    owner,
    renewers,
    maxLifetimeMs: maxLifetime,
    renewPeriodMs: renewPeriod,
    renewAt,
    overlapMs: overlap,
    checkEveryMs: checkEvery,
    mechanism,
    expireOnStop,
  }
}

function givenOf({ name, token, mechanism, tls }: KeptToken): GivenDelegationToken {
  const { tokenId, owner, renewers, expiresAt, maxLifetimeAt } = token
  const told = { name, tokenId, owner, renewers, expiresAt, maxLifetimeAt }
  return { told, forms: tokenSettings({ token, mechanism, tls }) }
}
