import { setTimeout as sleep } from 'node:timers/promises'
import { answerOf, floor } from './floors/floor.ts'
import { besideFloor, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { Measurement } from './measurement.ts'
import { residentMb } from './process-figures.ts'
import { startServer } from './server.ts'

const settleMs = 1_500

/** Resident memory after the first token, and after load. */
export const memory: Measurement = {
  name: 'memory',
  about:
    'VmRSS after the first token and after a load of 256 connections, each 1.5 s later; medians, ratios side by side',
  async run({ product, rounds = 7, seconds = 4, connections = 256 }) {
    const answer = await answerOf(product.serve())
    const bare = floor('bare', answer)
    const commands = [bare, product.serve(), { ...bare, name: 'bare again' }, floor('fastify', answer)]
    await using generator = loadGenerator()
    const idle = commands.map((): number[] => [])
    const loaded = commands.map((): number[] => [])
    for (let round = 0; round < rounds; round++) {
      for (const [index, command] of commands.entries()) {
        await using server = await startServer(command, { core: 0 })
        const { pid, port } = server
        await sleep(settleMs)
        idle[index]?.push(residentMb(pid))
        await generator.run({ pid, port, connections, durationMs: seconds * 1000 })
        await sleep(settleMs)
        loaded[index]?.push(residentMb(pid))
      }
    }
    return table(
      ['server', 'idle MB', 'x bare', 'after load MB', 'x bare'],
      commands.map(({ name }, index) => [
        name,
        ...besideFloor(idle[index], idle[0]),
        ...besideFloor(loaded[index], loaded[0]),
      ]),
    )
  },
}
