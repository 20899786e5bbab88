import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { admin } from './admin.ts'
import { authenticated } from './authenticated.ts'
import { burst } from './burst.ts'
import { coldToken } from './cold-token.ts'
import { guessing } from './guessing.ts'
import { keptTokens } from './kept-tokens.ts'
import type { Measurement } from './measurement.ts'
import { memory } from './memory.ts'
import { pods } from './pod.ts'
import { product } from './product.ts'
import { profiles } from './profiles.ts'
import { renewal } from './renewal.ts'
import { replicas } from './replicas.ts'
import { start } from './start.ts'
import { throughput } from './throughput.ts'
import { tokenCreate } from './token-create.ts'
import { upstreamFaults } from './upstream-faults.ts'

const measurements: readonly Measurement[] = [
  throughput,
  start,
  memory,
  burst,
  renewal,
  upstreamFaults,
  coldToken,
  authenticated,
  guessing,
  profiles,
  replicas,
  tokenCreate,
  keptTokens,
  admin,
  pods,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: measurements.map(({ name }) => name).join(',') },
    dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

const chosen = values.only.split(',').map((wanted) => {
  const found = measurements.find(({ name }) => name === wanted)
  if (found) return found
  throw new Error(`there is no measurement ${wanted}; there are ${measurements.map(({ name }) => name).join(', ')}`)
})

const sections = [
  `Node ${process.versions.node}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, ${new Date().toISOString().slice(0, 10)}\n`,
]
using built = product(values.dist)
for (const measurement of chosen) {
  const text = await measurement.run({
    product: built,
    rounds: number(values.rounds),
    seconds: number(values.seconds),
    connections: number(values.connections),
  })
  const section = `## ${measurement.name}\n\n${measurement.about}\n\n${text}\n`
  console.log(section)
  sections.push(section)
}
if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), `# Results\n\n${sections.join('\n')}`)
