import { answerOf, floor } from './floors/floor.ts'
import { besideFloor, table } from './figures.ts'
import type { Measurement } from './measurement.ts'
import { cpuNanos } from './process-figures.ts'
import { startServer } from './server.ts'

/** From the start of the process to its first token. */
export const start: Measurement = {
  name: 'start',
  about:
    'process start to the first answer of POST /token, asked as soon as the port accepts; medians, ratios side by side',
  async run({ product, rounds = 31 }) {
    const answer = await answerOf(product.serve())
    const bare = floor('bare', answer)
    const commands = [
      bare,
      product.serve(),
      { ...bare, name: 'bare again' },
      { ...product.serve(undefined, { KTS_LOG_LEVEL: 'info' }), name: 'at log level info' },
      { ...product.serve(undefined, { NODE_DISABLE_COMPILE_CACHE: '1' }), name: 'without compile cache' },
    ]
    const tookMs = commands.map((): number[] => [])
    const cpuMs = commands.map((): number[] => [])
    for (let round = -1; round < rounds; round++) {
      for (const [index, command] of commands.entries()) {
        const server = await startServer(command)
        const cpu = cpuNanos(server.pid) / 1e6
        await server.stop()
        // The first round fills the caches of the file system.
        if (round < 0) continue
        tookMs[index]?.push(server.startedInMs)
        cpuMs[index]?.push(cpu)
      }
    }
    return table(
      ['server', 'first token ms', 'x bare', 'CPU ms', 'x bare'],
      commands.map(({ name }, index) => [
        name,
        ...besideFloor(tookMs[index], tookMs[0]),
        ...besideFloor(cpuMs[index], cpuMs[0]),
      ]),
    )
  },
}
