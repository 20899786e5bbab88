import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { scriptedServer } from '../test/fakes/scripted-server.ts'
import { median, ratio, spread, table } from './figures.ts'
import type { Measurement } from './measurement.ts'
import { cpuNanos } from './process-figures.ts'
import { askOnce, startServer, type ServerCommand } from './server.ts'

const counts = [1, 100, 10_000] as const
const mostInUse = 100
const settleMs = 1_500

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'RS256' })}.${part({ sub: 'orders', iat: 1, exp: 4_000_000_000 })}.c2lnbmF0dXJl`

/** What further profiles cost that nobody uses. */
export const profiles: Measurement = {
  name: 'profiles',
  about: `source client-credentials, a secret file each names, besides a default profile; start to the first token of default, and heap in use once ${mostInUse} others were asked; medians, differences side by side`,
  async run({ product, rounds = 7 }) {
    const provider = await scriptedServer(() => ({
      body: { access_token: token, token_type: 'Bearer', expires_in: 3600 },
    }))
    try {
      const secretFile = product.file('secret', 'unused')
      const heapFile = product.file('heap', '')
      const commands = counts.map((count) => {
        const yaml = manyProfiles(count, `${provider.origin}/token`, secretFile)
        return product.serve(['--config', product.file(`${count}.yaml`, yaml)])
      })
      const startMs = counts.map((): number[] => [])
      const cpuMs = counts.map((): number[] => [])
      const heapKb = counts.map((): number[] => [])
      for (let round = -1; round < rounds; round++) {
        for (const [index, command] of commands.entries()) {
          const server = await startServer(command)
          const cpu = cpuNanos(server.pid) / 1e6
          await server.stop()
          // The first round fills the caches of the file system.
          if (round < 0) continue
          startMs[index]?.push(server.startedInMs)
          cpuMs[index]?.push(cpu)
          heapKb[index]?.push(await heapInUse(command, Math.min(counts[index] ?? 0, mostInUse), heapFile))
        }
      }
      return table(
        ['profiles', 'in use', 'first token ms', 'x one', 'ms each', 'CPU ms each', 'heap MB', 'heap KB each'],
        counts.map((count, index) => {
          const each = (values: readonly number[][]): string =>
            index === 0 ? '' : further(values[index], values[index - 1], count - (counts[index - 1] ?? 0))
          return [
            count,
            Math.min(count, mostInUse),
            median(startMs[index] ?? []).toFixed(0),
            ratio(startMs[index] ?? [], startMs[0] ?? []),
            each(startMs),
            each(cpuMs),
            (median(heapKb[index] ?? []) / 1024).toFixed(1),
            each(heapKb),
          ]
        }),
      )
    } finally {
      await provider.close()
    }
  },
}

/** What each further one costs over the row before. */
function further(values: readonly number[] = [], before: readonly number[] = [], count: number): string {
  const costs = values.map((value, round) => (value - (before[round] ?? NaN)) / count)
  return `${median(costs).toFixed(3)} ±${spread(costs).toFixed(3)}`
}

function manyProfiles(count: number, tokenEndpoint: string, clientSecretFile: string): string {
  const one = (index: number): string => `  team-${index}:
    source: client-credentials
    tokenEndpoint: ${tokenEndpoint}
    clientId: team-${index}
    clientSecretFile: ${clientSecretFile}
    scope: kafka
`
  return `profiles:\n  default: { source: self-issued }\n${Array.from({ length: count }, (_, index) => one(index)).join('')}`
}

/** Kilobytes of heap, garbage collected, after so many profiles gave a token. */
async function heapInUse(command: ServerCommand, inUse: number, heapFile: string): Promise<number> {
  rmSync(heapFile, { force: true })
  const probed: ServerCommand = {
    ...command,
    command: (port) => {
      const [node = '', ...words] = command.command(port)
      return [node, '--require', join(import.meta.dirname, 'heap-probe.cjs'), ...words]
    },
    env: { ...command.env, BENCH_HEAP_FILE: heapFile },
  }
  await using server = await startServer(probed)
  for (let index = 0; index < inUse; index++) {
    const status = await askOnce(server.port, `/token/team-${index}`)
    if (status !== 200) throw new Error(`team-${index} got ${String(status)}`)
  }
  // What was begun at start is done then.
  await sleep(settleMs)
  process.kill(server.pid, 'SIGUSR2')
  await sleep(settleMs)
  return Number(readFileSync(heapFile, 'utf8')) / 1024
}
