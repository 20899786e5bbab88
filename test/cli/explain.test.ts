import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { explain } from '../../src/cli/explain.ts'
import { run } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'explain-'))
afterAll(() => rm(folder, { recursive: true }))
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const refused = 'org.apache.kafka.common.errors.SaslAuthenticationException: {"status":"invalid_token"}'
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object, header: object = { alg: 'RS256', kid: 'k1' }): string =>
  `${part(header)}.${part(claims)}.c2lnbmF0dXJl`
const claims = { iss: 'https://issuer.example', aud: 'kafka', sub: 'alice', iat: 1, exp: 2 }

describe('explain', () => {
  it('explains what is fed to it', async () => {
    const { code, out, err } = await run('explain', { input: `INFO start\nERROR ${refused}\n` })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('1. The broker refuses the token\n   line 2: ERROR org.apache')
    expect(out).toContain('kafka-token-sidecar doctor')
    expect(await run('explain -', { input: refused })).toMatchObject({ code: 0 })
  })

  it('explains files, and says which', async () => {
    const one = file('one.log', refused)
    const two = file('two.log', '[ERR_KEY_STORE]')
    const { code, out } = await run(['explain', one, two])
    expect(code).toBe(0)
    expect(out).toContain(`${one}\n\n1. The broker refuses the token`)
    expect(out).toContain(`${two}\n\n1. The sidecar answers ERR_KEY_STORE`)
    const json = JSON.parse((await run(['explain', '--json', one, two])).out) as { explained: { file: string }[] }
    expect(json.explained.map((found) => found.file)).toEqual([one, two])
  })

  it('explains a line on the command line, quoted or not', async () => {
    expect((await run(['explain', refused])).out).toContain('The broker refuses the token')
    expect((await run('explain sub value must be non-null')).out).toContain('The token has no sub')
    expect((await run('explain ERR_KEY_STORE')).code).toBe(0)
  })

  it('gives JSON that has all of it', async () => {
    const { out } = await run('explain --json', { input: refused })
    const { explained } = JSON.parse(out) as { explained: readonly Record<string, unknown>[] }
    expect(explained[0]).toMatchObject({ id: 'invalid-token', line: refused, lineNumber: 1, times: 1, weight: 'cause' })
    expect(JSON.parse((await run('explain --json', { input: 'nothing' })).out)).toEqual({ explained: [] })
  })

  it('ends with 7 and says what to do where nothing is known', async () => {
    const { code, out } = await run('explain', { input: 'all is well\n' })
    expect(code).toBe(7)
    expect(out).toContain('Nothing in it is known here.')
    expect(out).toContain('kafka-token-sidecar doctor')
  })

  it.each([
    ['a file that is not there', ['missing.log'], 4, 'missing.log: there is no such file'],
    ['a path that is not there', ['/nonexistent/app'], 4, 'there is no such file'],
    ['a folder', [folder], 4, 'is a folder'],
    ['nothing at all', [], 2, 'needs a log'],
    ['a flag that there is not', ['--verbose', 'x'], 2, '--verbose: is no flag of explain'],
    ['a flag without its value', ['--jwks'], 2, '--jwks: needs a value'],
  ])('refuses %s', async (_what, words, code, text) => {
    const ran = await run(['explain', ...words])
    expect(ran.code).toBe(code)
    expect(ran.err).toContain(text)
    expect(ran.err).not.toContain('    at ')
  })

  it('reads a log piece by piece, as it may be larger than memory', async () => {
    const pieces = function* (): Generator<string> {
      for (let at = 0; at < 30; at++) yield `INFO nothing here ${'x'.repeat(100_000)}\nERROR {"status":`
      yield '"invalid_token"}'
    }
    let out = ''
    const code = await explain.run(['--json'], {
      env: {},
      execArgv: [],
      isWatched: false,
      isErrorWatched: false,
      isFed: true,
      readInput: () => Promise.reject(new Error('it was read whole')),
      // eslint-disable-next-line @typescript-eslint/require-await
      inputPieces: async function* () {
        yield* pieces()
      },
      out: (text) => void (out += text),
      err: () => undefined,
    })
    expect(code).toBe(0)
    expect(out).toContain('"lineNumber": 31')
  })

  it('has help with examples and exit codes', async () => {
    const { code, out } = await run('explain --help')
    expect(code).toBe(0)
    expect(out).toContain('Usage: kafka-token-sidecar explain [FILE ...] [--json]')
    expect(out).toContain('7   nothing in it is known')
  })
})

describe('explain, fed with a token', () => {
  it('lists why a broker may refuse it, and not the token', async () => {
    const given = token(claims)
    const { code, out } = await run('explain --expected-audience none', { input: `Bearer ${given}\n` })
    expect(code).toBe(0)
    expect(out).toMatch(/Surely: the token ended \d+ days ago\./)
    expect(out).toContain('Surely: the token has aud kafka, the broker expects none.')
    expect(out).not.toContain('c2lnbmF0dXJl')
    expect(out).not.toContain(given.slice(0, 20))
  })

  it('compares it with what the broker expects', async () => {
    const jwks = file('jwks.json', '{"keys":[{"kty":"RSA","kid":"k2"}]}')
    const words = [
      '--expected-issuer',
      'https://other.example',
      '--expected-audience',
      'a,kafka',
      '--jwks',
      jwks,
      '--json',
    ]
    const { out } = await run(['explain', ...words, token(claims)])
    const { causes } = JSON.parse(out) as { causes: { id: string; likelihood: string }[] }
    const certain = causes.filter(({ likelihood }) => likelihood === 'certain').map(({ id }) => id)
    expect(certain).toEqual(['broker-kid', 'broker-expired', 'broker-issuer'])
  })

  it('refuses a JWK Set that is none', async () => {
    const none = file('none.json', '{}')
    expect(await run(['explain', '--jwks', none, token(claims)])).toMatchObject({ code: 2 })
    expect(await run(['explain', '--jwks', '/nonexistent', token(claims)])).toMatchObject({ code: 4 })
  })

  it('shows claims as text, whatever is in them', async () => {
    const hostile = {
      ...claims,
      iss: '\u001b[2J\u202e<script>',
      sub: 'x'.repeat(5_000),
      secret: { password: 'hunter2' },
    }
    const { code, out } = await run('explain', { input: token(hostile) })
    expect(code).toBe(0)
    // eslint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\u001b\u202e]/)
    expect(out).toContain('<script>')
    expect(out).not.toContain('hunter2')
  })

  it('takes a folder of files as it is', async () => {
    mkdirSync(join(folder, 'inner'))
    expect((await run(['explain', join(folder, 'inner')])).code).toBe(4)
  })
})
