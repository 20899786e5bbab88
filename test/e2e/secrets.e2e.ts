import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

/** What a secret looks like; the last two are an access token of Google and `unused:unused` in base64. */
const secrets = [
  /eyJ[\w-]+\.[\w-]+/,
  /ya29\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /"(access_token|refresh_token|private_key|d)":/,
  /eWEyO/,
  /dW51c2VkOnVudXNlZA/,
]

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  })

describe('the output of every sidecar of this run', () => {
  const output = () => {
    const { folder } = inject('e2e')
    return globSync(join(folder, 'sidecar-*.{stdout,stderr}')).map((file) => ({
      file,
      text: readFileSync(file, 'utf8'),
    }))
  }

  it('holds no secret', async () => {
    const { sidecar } = inject('e2e')
    const answer = await post(`${sidecar}/token`, 'grant_type=client_credentials')
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect(token).toMatch(secrets[0] as RegExp)

    const files = output()
    const all = files.map(({ text }) => text).join('')
    // So it is a log of every answer that is searched.
    expect(all).toContain('token given')
    for (const part of token.split('.')) expect(all).not.toContain(part)
    const found = files.flatMap(({ file, text }) => {
      const lines = text.split('\n').filter((line) => secrets.some((secret) => secret.test(line)))
      return lines.map((line) => `${file}: ${line.slice(0, 200)}`)
    })
    expect(found).toEqual([])
  })

  it('holds nothing of a file with a secret', () => {
    const { folder } = inject('e2e')
    const files = globSync(['**/*.{pem,secret}', 'keys-*/*'].map((pattern) => join(folder, pattern)))
    const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    const parts = [...new Set(lines.filter((line) => line.length > 20 && !line.startsWith('-----')))]
    expect(parts).not.toEqual([])
    for (const { file, text } of output()) {
      // Booleans, as a failure is not to print the secret either.
      expect(
        parts.some((part) => text.includes(part)),
        file,
      ).toBe(false)
    }
  })

  it('repeats nothing of a refused request', async () => {
    const { sidecar } = inject('e2e')
    const secret = 'correct-horse-battery-staple'
    const grant = 'grant_type=client_credentials'
    const answers = await Promise.all([
      post(`${sidecar}/token?client_secret=${secret}`, grant),
      post(`${sidecar}/${secret}`, grant),
      post(`${sidecar}/token`, `grant_type=password&username=a&password=${secret}`),
      post(`${sidecar}/token`, `${grant}&client_secret=${secret}&client_secret=${secret}`),
      post(`${sidecar}/token`, `${grant}&client_id=a&client_secret=${secret}`, { Authorization: `Basic ${secret}` }),
      post(`${sidecar}/token`, `{"client_secret":"${secret}"}`, { 'Content-Type': 'application/json' }),
    ])
    for (const answer of answers) expect(answer.status).toBeGreaterThanOrEqual(400)
    for (const { text } of output()) expect(text).not.toContain(secret)
  })
})
