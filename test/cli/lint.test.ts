import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './command-line.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const right = `security.protocol=SASL_SSL
sasl.mechanism=OAUTHBEARER
sasl.login.callback.handler.class=${oauthbearer}.OAuthBearerLoginCallbackHandler
sasl.oauthbearer.token.endpoint.url=http://localhost:14293/token
sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required clientId="unused" clientSecret="hunter2";
`
const wrong = right.replace('sasl.mechanism=', 'sasl.mechanisms=')

let folder: string
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Report {
  readonly file: string
  readonly kind: string
  readonly findings: readonly { readonly rule: string; readonly line?: number }[]
}
const reports = (out: string): readonly Report[] => JSON.parse(out) as Report[]

describe('lint', () => {
  it('ends with 0 where there is no error, and says how much it has found', async () => {
    const { code, out } = await run(['lint', file('right.properties', right)])
    expect(code).toBe(0)
    expect(out).toMatch(/: 0 errors, 0 warnings, \d notes\.\n$/)
  })

  it('ends with 7 where there is one, with place, text, remedy and what to paste', async () => {
    const path = file('wrong.properties', wrong)
    const { code, out } = await run(['lint', path])
    expect(code).toBe(7)
    expect(out).toContain(`${path}:2 error sasl.mechanisms is a name of librdkafka`)
    expect(out).toContain('printed: Unexpected SASL mechanism: GSSAPI')
    expect(out).toContain('      sasl.mechanism=OAUTHBEARER\n')
    expect(out).not.toContain('hunter2')
  })

  it('reads several files, and standard input', async () => {
    const paths = [file('a.properties', right), file('b.properties', wrong)]
    const several = await run(['lint', ...paths, '--json'])
    expect(several.code).toBe(7)
    expect(reports(several.out).map((report) => report.file)).toEqual(paths)
    for (const line of ['lint -', 'lint']) {
      const fed = await run(`${line} --json`, { input: wrong })
      expect(fed.code).toBe(7)
      expect(reports(fed.out)[0]).toMatchObject({ file: 'standard input', kind: 'java-client' })
    }
  })

  it('takes the options of this shell for those of the client only when it is told to', async () => {
    const path = file('env.properties', right)
    const rulesOf = async (flags: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { out } = await run(`lint ${path} --client-version 4 --json ${flags}`, { env })
      return (reports(out)[0]?.findings ?? []).map(({ rule }) => rule)
    }
    const allowed = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='
    expect(await rulesOf('', { KAFKA_OPTS: `${allowed}http://other/token` })).toContain('allowed-urls-missing')
    expect(await rulesOf('--env', { KAFKA_OPTS: `${allowed}http://other/token` })).toContain('allowed-urls-mismatch')
    const mended = await rulesOf('--env', { KAFKA_OPTS: `${allowed}http://localhost:14293/token` })
    expect(mended.filter((rule) => rule.startsWith('allowed'))).toEqual([])
  })

  it('looks at the first line of a key that is named', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = file('key.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }))
    const assertion = `sasl.oauthbearer.assertion.claim.iss=a\nsasl.oauthbearer.assertion.private.key.file=`
    const rulesOf = async (path: string): Promise<readonly string[]> => {
      const { out } = await run(['lint', file('assertion.properties', `${right}${assertion}${path}`), '--json'])
      return (reports(out)[0]?.findings ?? []).map(({ rule }) => rule)
    }
    expect(await rulesOf(key)).toContain('private-key-form')
    // What is not there, is a folder, or never ends, says nothing.
    for (const path of [join(folder, 'none.pem'), folder, '/dev/zero', 'key.pem']) {
      expect(await rulesOf(path)).not.toContain('private-key-form')
    }
  })

  it('reads no more of a file than its bound, whatever it is', async () => {
    const { code, out } = await run(['lint', '/dev/zero'])
    expect(code).toBe(0)
    expect(out).toContain('file-too-long')
  })

  it.each([
    ['a file that is not there', ['lint', '/nowhere/client.properties'], 4, /cannot be read \(ENOENT\)/],
    ['a folder', ['lint', '/tmp'], 4, /cannot be read \(EISDIR\)/],
    ['no file', ['lint'], 2, /name a file, or - for standard input/],
    ['another kind', ['lint', 'x', '--kind', 'java'], 2, /must be one of java-client, broker/],
    ['another version', ['lint', 'x', '--client-version', '5'], 2, /must be 3 or 4/],
    ['another flag', ['lint', 'x', '--fix'], 2, /is no flag of lint/],
  ] as const)('%s is told in a line', async (_what, argv, code, text) => {
    const ran = await run(argv)
    expect(ran.code).toBe(code)
    expect(ran.err).toMatch(text)
    expect(ran.err).not.toMatch(/\n\s+at /)
  })

  it('tells its flags, exits and examples', async () => {
    const { out } = await run('lint --help')
    for (const word of ['--kind', '--client-version', '--env', '--json', 'Exit codes', 'Examples'])
      expect(out).toContain(word)
  })
})
