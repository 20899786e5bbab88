import { afterEach, beforeEach, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import {
  externalAccount,
  subjectToken,
  temporaryFolder,
  writeExecutable,
  writeJson,
} from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { failureOf, getToken, parts, source } from './source.ts'

// The library reads this one variable from the process itself.
const allow = 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'

let google: GoogleEndpoints
let folder: ReturnType<typeof temporaryFolder>

beforeEach(async () => {
  google = await googleEndpoints({})
  folder = temporaryFolder()
  process.env[allow] = '1'
})
afterEach(async () => {
  await google.close()
  folder.remove()
  Reflect.deleteProperty(process.env, allow)
})

function sourceOf(command: string, timeoutMs = 4_000) {
  const credentials = externalAccount(google.origin, { executable: { command, timeout_millis: 5_000 } })
  const env = {
    GOOGLE_APPLICATION_CREDENTIALS: writeJson(folder.file('credentials.json'), credentials),
    PATH: process.env['PATH'] ?? '',
  }
  return source({ platform: directPlatform(env, google), times: { timeoutMs } })
}

const write = (script: string): string => writeExecutable(folder.file('command'), script)
const response = (token: string) =>
  JSON.stringify({ version: 1, success: true, token_type: 'urn:ietf:params:oauth:token-type:jwt', id_token: token })

test('runs the command for each token, with the variables of its contract', async () => {
  const command = write(`
    const { appendFileSync } = require('node:fs')
    appendFileSync(${JSON.stringify(folder.file('runs'))}, process.env.GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE + ' ' + process.argv[2] + '\\n')
    console.error('a warning that is not part of the answer')
    console.log(${JSON.stringify(response(subjectToken('sub')))})`)
  const gcp = sourceOf(`${command} "two words"`)
  const token = await getToken(gcp)
  expect(token.subject).toMatch(/^principal:\/\/iam\.googleapis\.com\/.*\/subject\/sub$/)
  await getToken(gcp)
  const runs = readFileSync(folder.file('runs'), 'utf8').trim().split('\n')
  expect(runs).toHaveLength(2)
  expect(runs[0]).toMatch(/workloadIdentityPools.* two words$/)
  expect(google.callsTo('/v1/token')).toHaveLength(2)
})

test('is refused unless executables are allowed', async () => {
  Reflect.deleteProperty(process.env, allow)
  const failure = await failureOf(sourceOf(write('')))
  expect(failure.code).toBe('ERR_GCP_CREDENTIALS_FILE')
  expect(failure.hint).toBe(`Set ${allow}=1.`)
})

test.each([
  ['is missing', '/does/not/exist', 'cannot be run (ENOENT)'],
  ['fails', 'process.stdout.write("ya29.secret"); process.exit(3)', 'failed with exit code 3'],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', 'was ended by SIGKILL'],
  ['prints no JSON', 'console.log("ya29.secret")', 'did not print JSON'],
  [
    'prints something else',
    'console.log(JSON.stringify({ id_token: "ya29.secret" }))',
    'invalid response (InvalidVersionFieldError)',
  ],
  ['prints null', 'console.log("null")', 'invalid response'],
  [
    'never stops printing',
    'const loop = () => process.stdout.write("x".repeat(65536), loop); loop()',
    'printed more than 1 MB',
  ],
])('a command that %s ends neither the process nor the source', async (_name, script, message) => {
  const failure = await failureOf(sourceOf(script.startsWith('/') ? script : write(script)))
  expect(failure.code).toBe('ERR_GCP_UNAVAILABLE')
  expect(failure.status).toBe(503)
  expect(failure.message).toContain(message)
  expect(failure.description + String(failure.cause)).not.toContain('secret')
})

test('a command that reports a failure is one', async () => {
  const report = JSON.stringify({ version: 1, success: false, code: '401', message: 'ya29.secret' })
  const failure = await failureOf(sourceOf(write(`console.log(${JSON.stringify(report)})`)))
  expect(failure.code).toBe('ERR_GCP_UNAVAILABLE')
  expect(failure.description).not.toContain('secret')
})

test('a command that takes longer than a caller waits still serves the next one, with one run', async () => {
  const command = write(`
    require('node:fs').appendFileSync(${JSON.stringify(folder.file('runs'))}, 'run\\n')
    setTimeout(() => console.log(${JSON.stringify(response(subjectToken('sub')))}), 1_500)`)
  const gcp = sourceOf(command, 1_200)
  const failure = await failureOf(gcp)
  expect(failure).toMatchObject({ code: 'ERR_GCP_UNAVAILABLE', status: 503 })
  expect(parts(await getToken(gcp)).inner).toBe('ya29.sts-1')
  expect(readFileSync(folder.file('runs'), 'utf8')).toBe('run\n')
})

test('closing the source ends a command that is running', async () => {
  const gcp = sourceOf(write(`console.log(process.pid); setInterval(() => {}, 1000)`))
  const asked = failureOf(gcp)
  setTimeout(() => gcp.close?.(), 300)
  expect((await asked).message).toContain('cannot be run')
})
