import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { tokenContent } from '../../src/outlets/token-content.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import { Secret } from '../../src/platform/secret.ts'

const value = 'eyJh.eyJz-._~+/.c2ln=='
const token = { value: new Secret(value), expiresAt: Date.UTC(2030, 0, 2, 3, 4, 5, 678), subject: 'alice' }
const seconds = Date.UTC(2030, 0, 2, 3, 4, 5) / 1000

it('is the token alone, without a line break, when it is raw', () => {
  expect(tokenContent(token, 'raw').reveal()).toBe(value)
})

it('has the names of OAuth libraries in JSON, and never says that it lasts longer than it does', () => {
  expect(JSON.parse(tokenContent(token, 'json').reveal())).toEqual({
    access_token: value,
    token_type: 'Bearer',
    expires_at: seconds,
    expiry: '2030-01-02T03:04:05Z',
    principal: 'alice',
  })
  expect(tokenContent({ value: token.value, expiresAt: 0 }, 'json').reveal()).not.toContain('principal')
})

it('is read as properties by whoever reads Java properties', () => {
  const odd = String.raw` C:\a=b #é`
  const read = parseJavaProperties(tokenContent({ ...token, subject: odd }, 'properties').reveal())
  expect(Object.fromEntries(read)).toEqual({
    access_token: value,
    token_type: 'Bearer',
    expires_at: String(seconds),
    expiry: '2030-01-02T03:04:05Z',
    principal: odd,
  })
})

it('is read as variables by a shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kts-token-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'token.env')
  writeFileSync(file, tokenContent(token, 'env').reveal())
  const said = execFileSync('sh', ['-c', '. "$0"; echo "$KAFKA_TOKEN $KAFKA_TOKEN_EXPIRES_AT"', file]).toString()
  expect(said).toBe(`${value} ${seconds}\n`)
})
