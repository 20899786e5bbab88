import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, inject, it } from 'vitest'
import { metadataServer } from '../fakes/metadata-server.ts'
import type { Fault } from '../fakes/scripted-server.ts'
import { startSidecar } from './sidecar.ts'

const lifetimeSeconds = 30
const tokenPath = '/token'

const faults: readonly [string, Fault][] = [
  ['hangs', 'hang'],
  ['fails', { status: 500, body: 'internal' }],
  ['answers garbage', { body: '<html>captive portal</html>' }],
  ['answers {}', { body: {} }],
]

interface Answer {
  readonly status: number
  readonly text: string
  readonly at: number
}

async function ask(origin: string): Promise<Answer> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const answer = await fetch(`${origin}/token`, { method: 'POST', body })
  return { status: answer.status, text: await answer.text(), at: Date.now() }
}

/** Asks one after the other, with little rest, until the time is over. */
async function askUntil(origin: string, end: number): Promise<Answer[]> {
  const answers: Answer[] = []
  while (Date.now() < end) {
    answers.push(await ask(origin))
    await sleep(20)
  }
  return answers
}

describe.concurrent('while the metadata server', () => {
  it.for(faults)(
    '%s, the token is given to its end, upstream is not hammered, and all is well after',
    async ([name, fault], { expect }) => {
      const { tools, folder } = inject('e2e')
      const metadata = await metadataServer()
      metadata.identity.expiresIn = lifetimeSeconds
      await using sidecar = await startSidecar({
        cli: tools.cli,
        log: join(folder, `sidecar-${name.replace(/\W/g, '-')}`),
        options: { source: 'gcp' },
        env: { GCE_METADATA_HOST: metadata.host },
      })
      try {
        expect((await ask(sidecar.origin)).status).toBe(200)
        const obtainedAt = metadata.callsTo(tokenPath)[0]?.at ?? 0
        const endsAt = obtainedAt + lifetimeSeconds * 1000
        metadata.fail(tokenPath, fault)

        // Given until 0.05 of its life is left (1.5 s); a second more is the rounding of Google's seconds and ours.
        const during = await askUntil(sidecar.origin, endsAt - 2_500)
        expect(during.filter(({ status }) => status !== 200)).toEqual([])
        expect(new Set(during.map(({ text }) => /"access_token":"([^"]+)/.exec(text)?.[1])).size).toBe(1)
        // The renewal is due with half of the life left; then back-off doubles from a quarter of a second.
        const calls = metadata.callsTo(tokenPath).length
        expect(calls).toBeGreaterThan(1)
        expect(calls).toBeLessThan(12)

        await sleep(Math.max(endsAt - Date.now(), 0))
        const after = await ask(sidecar.origin)
        expect(after.status).toBe(503)
        expect(after.text).toContain('[ERR_GCP_METADATA_UNAVAILABLE]')

        metadata.heal()
        await expect.poll(async () => (await ask(sidecar.origin)).status, { timeout: 30_000 }).toBe(200)
        await sidecar.stop()
      } finally {
        await metadata.close()
      }
    },
  )
})
