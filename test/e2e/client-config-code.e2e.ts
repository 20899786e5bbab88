import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { installEcosystem, type Ecosystem } from './ecosystem.ts'
import { finished, printedConfig, sharedAccess, startProgram } from './printed-config.ts'
import { verifiedBy } from './verified-clients.ts'

const here = import.meta.dirname
const verified = verifiedBy('client-config-code')
let ecosystem: Ecosystem

beforeAll(async () => {
  ecosystem = await installEcosystem()
})

const came = /^a record came through/m

interface Case {
  readonly tool: string
  readonly program: string
  /** What runs in the folder of what was printed, with the topic as last argument. */
  readonly command: () => readonly [command: string, ...args: string[]]
}

const inPython = (interpreter: () => string, kind: string) => (): [string, ...string[]] => [
  interpreter(),
  join(here, 'python', 'ecosystem.py'),
  kind,
]

const cases: readonly Case[] = [
  {
    tool: 'librdkafka',
    program: 'librdkafka 2.16.0 (confluent-kafka 2.16.1)',
    command: inPython(() => inject('e2e').tools.python, 'librdkafka'),
  },
  {
    tool: 'python',
    program: 'confluent-kafka 2.16.1',
    command: inPython(() => inject('e2e').tools.python, 'python'),
  },
  { tool: 'kafka-python', program: 'kafka-python 3.0.12', command: inPython(() => ecosystem.python, 'kafka-python') },
  { tool: 'aiokafka', program: 'aiokafka 0.14.0', command: inPython(() => ecosystem.python, 'aiokafka') },
  {
    tool: 'platformatic',
    program: '@platformatic/kafka 2.12.1',
    command: () => [process.execPath, join(here, 'node', 'platformatic.ts')],
  },
  {
    tool: 'kafkajs',
    program: 'kafkajs 2.2.4',
    // NODE_PATH counts for require alone, which is what is printed.
    command: () => [
      'env',
      `NODE_PATH=${join(ecosystem.node, 'node_modules')}`,
      process.execPath,
      join(here, 'node', 'kafkajs.ts'),
    ],
  },
]

describe.concurrent('the settings of config, in code', () => {
  it.each(cases)('are taken by $tool', async ({ tool, program, command }) => {
    const e2e = inject('e2e')
    const printed = await printedConfig(e2e, tool, tool, sharedAccess(e2e))
    const [first, ...args] = command()
    const topic = `config-${tool}`
    const options = { name: tool, command: first, args: [...args, topic], cwd: printed.folder }
    expect(await finished(startProgram(e2e, options), 150_000)).toMatch(came)
    verified.ran(tool, [program])
  })

  const modules = [
    { tool: 'franz-go', module: 'franz', program: 'franz-go 1.22.2' },
    { tool: 'sarama', module: 'sarama', program: 'sarama 1.61.1' },
    { tool: 'go', module: 'confluent', program: 'confluent-kafka-go 2.11.1' },
  ]

  it.each(modules)(
    'are compiled and taken in Go: $tool',
    async ({ tool, module, program }) => {
      const e2e = inject('e2e')
      const printed = await printedConfig(e2e, tool, tool, sharedAccess(e2e))
      const source = join(printed.folder, 'source')
      cpSync(ecosystem.go, source, { recursive: true })
      const file = tool === 'go' ? 'config.go' : 'kafka.go'
      cpSync(printed.path(file), join(source, module, file))
      const built = join(printed.folder, 'program')
      const build = {
        name: `${tool}-build`,
        command: 'go',
        args: ['build', '-mod=readonly', '-o', built, `./${module}`],
      }
      await finished(startProgram(e2e, { ...build, cwd: source, home: true }), 150_000)
      const topic = `config-${tool}`
      const output = await finished(startProgram(e2e, { name: tool, command: built, args: [topic] }), 150_000)
      expect(output).toMatch(came)
      verified.ran(tool, [program])
    },
    200_000,
  )
})
