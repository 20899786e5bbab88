import type { Platform } from '../../platform/platform.ts'
import { asTokenError } from '../../token/error.ts'
import type { Emit } from '../../token/event.ts'
import type { Cluster } from '../cluster.ts'
import { silentBrokers } from '../silent-brokers.ts'
import type { KeptToken } from '../token-settings.ts'
import { keeper, type Keeper } from './keeper.ts'
import type { KeeperPlan } from './plan.ts'
import { turns } from './turns.ts'

/** The delegation tokens that are kept, by name. */
export interface TokenKeepers {
  /** Begins to keep a token; where one of this name is kept, it goes on in another way. */
  keep(plan: KeeperPlan, cluster: Cluster): void
  /** Stops keeping it. It lives on until it expires, unless the plan says otherwise. */
  drop(name: string): Promise<void>
  /** What is published and has not expired. */
  current(name: string): KeptToken | undefined
  /** Calls `hear` with the published token, now if there is one and at each change; returns what ends that. */
  follow(name: string, hear: (kept: KeptToken) => void): () => void
  stop(): Promise<void>
}

/**
 * Tokens that are looked after at the same time; each trial is a login at every broker. Those that are published already do not
 * wait behind those that are made: their renewals are due.
 */
const atOnce = 16

export function tokenKeepers({ platform, emit }: { readonly platform: Platform; readonly emit: Emit }): TokenKeepers {
  const making = turns(atOnce)
  const keeping = turns(atOnce)
  const silent = silentBrokers(platform)
  const keepers = new Map<string, Keeper>()
  const published = new Map<string, { readonly kept: KeptToken; readonly endsAt: number }>()
  const followers = new Map<string, Set<(kept: KeptToken) => void>>()

  async function drop(name: string): Promise<void> {
    const dropped = keepers.get(name)
    keepers.delete(name)
    published.delete(name)
    await dropped?.stop({ mayExpire: true })
  }

  /** One that cannot hear it keeps it from nobody else. */
  function tellTo(hear: (kept: KeptToken) => void, kept: KeptToken): void {
    try {
      hear(kept)
    } catch (thrown) {
      const { description } = asTokenError(thrown)
      emit({ type: 'warning', message: `delegation token ${kept.name} could not be handed on: ${description}` })
    }
  }

  return {
    keep(plan, cluster) {
      const { name, mechanism } = plan
      void keepers.get(name)?.stop({ mayExpire: false })
      const made = keeper(plan, {
        platform,
        emit,
        cluster,
        silent,
        inTurn: (work) => (published.has(name) ? keeping : making)(work),
        publish(token, { tls, endsAt }) {
          if (keepers.get(name) !== made) return
          const kept = { name, token, mechanism, tls }
          published.set(name, { kept, endsAt })
          for (const hear of followers.get(name) ?? []) tellTo(hear, kept)
        },
      })
      keepers.set(name, made)
    },
    drop,
    current(name) {
      const { kept, endsAt = 0 } = published.get(name) ?? {}
      return endsAt > platform.now() ? kept : undefined
    },
    follow(name, hear) {
      const hearing = followers.get(name) ?? new Set()
      followers.set(name, hearing.add(hear))
      const { kept } = published.get(name) ?? {}
      if (kept) tellTo(hear, kept)
      return () => {
        hearing.delete(hear)
      }
    },
    async stop() {
      await Promise.all([...keepers.keys()].map(drop))
    },
  }
}
