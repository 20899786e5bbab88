import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { ecosystemSource, installEcosystem, type Ecosystem } from './ecosystem.ts'
import { finished, printedConfig, sharedAccess, smallJvm, startProgram } from './printed-config.ts'
import { verifiedBy } from './verified-clients.ts'

const verified = verifiedBy('client-config-java')
let ecosystem: Ecosystem

beforeAll(async () => {
  ecosystem = await installEcosystem()
})

/** Java's Client for three seconds, with the printed file and variable. */
async function exchange(name: string, version: '3.9' | '4.3', args: readonly string[]) {
  const e2e = inject('e2e')
  const printed = await printedConfig(e2e, name, 'java', [...sharedAccess(e2e), ...args])
  const classpath = version === '4.3' ? e2e.tools.java43 : e2e.tools.java39
  const output = await finished(
    startProgram(e2e, {
      name,
      command: 'java',
      args: [...smallJvm, '-cp', classpath, 'Client', printed.path('client.properties'), name, '3000', '150'],
      exports: version === '4.3' ? [printed.path('JAVA_TOOL_OPTIONS.sh')] : [],
    }),
    150_000,
  )
  const result = JSON.parse(output.split('\n').findLast((line) => line.startsWith('{')) ?? '{}') as Record<
    string,
    unknown
  >
  const sent = result['sent']
  expect(sent).toBeGreaterThan(5)
  expect(result).toMatchObject({ acknowledged: sent, consumed: sent, duplicates: 0, errors: [] })
}

describe.concurrent('the settings of config java', () => {
  it('are taken by a client of Kafka 4.3', async () => {
    await exchange('java-4', '4.3', [])
    verified.ran('java', ['kafka-clients 4.3.0'])
  })

  it('are taken by a client of Kafka 3.9, with --client-version 3', async () => {
    await exchange('java-3', '3.9', ['--client-version', '3'])
    verified.ran('java', ['kafka-clients 3.9.1'])
  })

  it('are taken by Kafka Streams', async () => {
    const e2e = inject('e2e')
    const printed = await printedConfig(e2e, 'streams', 'streams', sharedAccess(e2e))
    const args = [printed.path('client.properties'), join(printed.folder, 'state')]
    const output = await finished(
      startProgram(e2e, {
        name: 'streams',
        command: 'java',
        args: [...smallJvm, '-cp', ecosystem.classpaths.streams, ecosystemSource('StreamsJob'), ...args],
        exports: [printed.path('JAVA_TOOL_OPTIONS.sh')],
      }),
      150_000,
    )
    expect(output).toContain('a record came through')
    verified.ran('streams', ['kafka-streams 4.3.0'])
  })
})
