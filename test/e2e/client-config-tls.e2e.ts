import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { finished, printedConfig, smallJvm, startProgram } from './printed-config.ts'
import { startSidecar, type Sidecar } from './sidecar.ts'

/** An endpoint with TLS, whose CA nobody knows. */
let sidecar: Sidecar
let caFile: string

beforeAll(async () => {
  const { tools, folder: root, issuer } = inject('e2e')
  const folder = join(root, 'config tls')
  mkdirSync(folder)
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const authority = certificateAuthority()
  const { cert, key } = authority.issue('localhost')
  caFile = file('ca.pem', authority.cert)
  sidecar = await startSidecar({
    cli: tools.cli,
    log: join(root, 'sidecar-config-tls'),
    caFile,
    configuration: {
      listen: { tls: { certFile: file('tls.crt', cert), keyFile: file('tls.key', key) } },
      profiles: { default: { source: 'self-issued', ...issuer, subject: 'alice', lifetime: '20s' } },
    },
  })
})

afterAll(() => sidecar.stop())

const flags = () => [
  '--plaintext',
  '--bootstrap-server',
  inject('e2e').jwks,
  '--url',
  `${sidecar.origin}/token`,
  '--ca-file',
  caFile,
]

describe('the settings of config, with --ca-file', () => {
  const versions = [
    { version: '4', classpath: () => inject('e2e').tools.java43 },
    { version: '3', classpath: () => inject('e2e').tools.java39 },
  ]

  it.each(versions)('make a client of Kafka $version trust the endpoint', async ({ version, classpath }) => {
    const e2e = inject('e2e')
    const name = `tls-java-${version}`
    const printed = await printedConfig(e2e, name, 'java', [...flags(), '--client-version', version])
    const args = [...smallJvm, '-cp', classpath(), 'Client', printed.path('client.properties'), name, '1000', '150']
    const exports = version === '4' ? [printed.path('JAVA_TOOL_OPTIONS.sh')] : []
    const output = await finished(startProgram(e2e, { name, command: 'java', args, exports }), 110_000)
    expect(output).toContain('"errors":[]')
  })

  it('make librdkafka trust it', async () => {
    const e2e = inject('e2e')
    const printed = await printedConfig(e2e, 'tls-librdkafka', 'librdkafka', flags())
    const args = [join(import.meta.dirname, 'python', 'ecosystem.py'), 'librdkafka', 'config-tls']
    const options = { name: 'tls-librdkafka', command: e2e.tools.python, args, cwd: printed.folder }
    expect(await finished(startProgram(e2e, options), 110_000)).toContain('a record came through')
  })
})
