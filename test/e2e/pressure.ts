import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'

export interface PressureOptions {
  /** PEM; who issued the endpoint's certificate. */
  readonly caFile?: string
  /** Goes into the header of that name. */
  readonly authorization?: string
  /** As many are kept open and used in turn; default 1. */
  readonly connections?: number
}

/** Asks a token endpoint again and again, about 100 times a second, until it is stopped; then tells what came of it. */
export function pressure(tokenEndpoint: string, options: PressureOptions = {}) {
  const { caFile, authorization, connections = 1 } = options
  const connect = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }
  const dispatcher = new Agent({ connect, connections })
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    ...(authorization !== undefined && { Authorization: authorization }),
  }
  const failures: string[] = []
  let requests = 0
  const end = new AbortController()
  const ask = async () => {
    while (!end.signal.aborted) {
      requests++
      try {
        const body = 'grant_type=client_credentials'
        const answer = await fetch(tokenEndpoint, { method: 'POST', body, headers, dispatcher })
        const text = await answer.text()
        if (!answer.ok) failures.push(`${answer.status} ${text}`)
      } catch (error) {
        const cause = error instanceof Error && error.cause
        failures.push(`${String(error)} ${String(cause)}`)
      }
      await sleep(10 * connections)
    }
  }
  const asking = Promise.all(Array.from({ length: connections }, ask))
  return {
    async stop() {
      end.abort()
      await asking
      await dispatcher.close()
      return { requests, failures }
    },
  }
}
