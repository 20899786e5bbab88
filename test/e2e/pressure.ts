import { setTimeout as sleep } from 'node:timers/promises'

/** Asks a token endpoint again and again, about 100 times a second, until it is stopped; then tells what came of it. */
export function pressure(tokenEndpoint: string) {
  const failures: string[] = []
  let requests = 0
  const end = new AbortController()
  const asking = (async () => {
    while (!end.signal.aborted) {
      requests++
      try {
        const answer = await fetch(tokenEndpoint, { method: 'POST', body: 'grant_type=client_credentials', headers })
        const text = await answer.text()
        if (!answer.ok) failures.push(`${answer.status} ${text}`)
      } catch (error) {
        failures.push(String(error))
      }
      await sleep(10)
    }
  })()
  return {
    async stop() {
      end.abort()
      await asking
      return { requests, failures }
    },
  }
}

const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
