import { cpuNanos } from '../process-figures.ts'
import { quantile } from '../figures.ts'
import { connection, tokenRequest } from './connection.ts'
import type { LoadOrder, LoadResult } from './order.ts'

// The load generator: a process of its own, so that it takes nothing from the server's core. One order at a time.
process.on('message', (order: LoadOrder) => {
  void carryOut(order).then((result) => process.send?.(result))
})

const mostSamples = 2_000_000

async function carryOut(order: LoadOrder): Promise<LoadResult> {
  const { connections: count, durationMs, pauseMs, port, keepsSamples, addresses } = order
  const pids = [order.pid].flat()
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuNanos(pid), 0)
  const tookMs = new Float32Array(mostSamples)
  const at = new Float64Array(keepsSamples ? mostSamples : 0)
  let answers = 0
  let refused = 0
  let broken = 0
  let settled = 0
  const ready = Promise.withResolvers<undefined>()
  const settle = (): void => {
    if (++settled === count) ready.resolve(undefined)
  }

  const all = Array.from({ length: count }, (_, index) => {
    let isConnected = false
    return connection({
      port,
      from: `127.0.0.${1 + (index % addresses)}`,
      request: requests(order, index),
      pauseMs,
      onConnected() {
        isConnected = true
        settle()
      },
      onAnswer(status, took) {
        if (status !== 200) refused++
        if (keepsSamples) at[answers] = performance.timeOrigin + performance.now()
        tookMs[answers++] = took
      },
      onBroken() {
        broken++
        if (!isConnected) settle()
      },
    })
  })
  await ready.promise

  const cpuBefore = cpu()
  const startedAt = performance.now()
  // Pausing connections start spread over one pause, else they would keep asking all at once.
  for (const [index, one] of all.entries()) {
    if (pauseMs > 0) setTimeout(one.start, (pauseMs * index) / count)
    else one.start()
  }
  await new Promise((over) => setTimeout(over, durationMs))
  const elapsedMs = performance.now() - startedAt
  const cpuTaken = cpu() - cpuBefore
  for (const one of all) one.end()

  const taken = tookMs.slice(0, answers)
  const sorted = taken.toSorted()
  return {
    answers,
    refused,
    broken,
    perSecond: (answers / elapsedMs) * 1000,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    longest: sorted.at(-1) ?? NaN,
    cpuMicros: cpuTaken / 1000 / answers,
    busy: cpuTaken / 1e6 / elapsedMs,
    at: at.slice(0, keepsSamples ? answers : 0),
    tookMs: keepsSamples ? taken : new Float32Array(0),
  }
}

/** What one connection sends, request by request. */
function requests({ path, port, credentials, isGuessing }: LoadOrder, index: number): () => Buffer {
  const own = credentials[index % credentials.length] ?? ''
  let guesses = 0
  if (isGuessing) return () => tokenRequest(path, port, `${own}-${index}-${++guesses}`)
  const request = tokenRequest(path, port, own)
  return () => request
}
