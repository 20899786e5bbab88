import { describe, expect, it, vi } from 'vitest'
import { faultOf, keeperWorld, seededRandom, type Kept, type KeeperWorld } from './keeper-world.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Lets time pass, and finds out what is wrong with what is published at any instant of it. */
async function watched(world: KeeperWorld, keepers: readonly Kept[], ms: number): Promise<readonly string[]> {
  const faults = new Set<string>()
  await world.pass(ms, () => {
    for (const [index, { published }] of keepers.entries()) {
      const token = published.at(-1)
      const fault = token && faultOf(world, token)
      if (fault) faults.add(`keeper ${index}: ${token.tokenId} ${fault}`)
    }
  })
  return [...faults]
}

const creates = ({ kafka }: KeeperWorld): number => kafka.callsTo('CreateDelegationToken').length

describe('keepers of the same token', () => {
  it.each([1, 2, 3, 4, 5, 8, 11, 13, 16, 17])(
    'never publish what does not work, and agree, over many lifetimes (seed %i)',
    async (seed) => {
      await using world = await keeperWorld({ seed, brokers: 1 + (seed % 3) })
      const random = seededRandom(seed)
      for (const broker of world.kafka.brokers) broker.lagMs = Math.floor(random() * (seed % 4 === 0 ? 1_500 : 300))
      const keepers: Kept[] = []
      while (keepers.length < 2 + (seed % 2)) {
        keepers.push(world.keep())
        await world.pass(random() < 0.5 ? 0 : random() * 400)
      }
      const lifetimes = 4
      const faults: string[] = []
      let most = 0
      for (let lifetime = 0; lifetime < lifetimes; lifetime++) {
        faults.push(...(await watched(world, keepers, 60_000)))
        const all = [...world.kafka.tokens.all.values()]
        most = Math.max(most, all.filter(({ expiresAt }) => expiresAt > world.now()).length)
      }
      expect(faults).toEqual([])
      expect(world.failures()).toEqual([])
      expect(most).toBeLessThanOrEqual(keepers.length + 1)
      expect(creates(world)).toBeLessThanOrEqual((lifetimes + 1) * keepers.length)
      // A successor that one of them has made just now is met by the others at their next look.
      await vi.waitUntil(async () => {
        await world.pass(1_000)
        return new Set(keepers.map(({ published }) => published.at(-1)?.tokenId)).size === 1
      })
    },
  )
})
