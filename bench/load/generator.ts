import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pinned } from '../pinned.ts'
import { ended, endWithUs } from '../server.ts'
import type { LoadOrder, LoadResult } from './order.ts'

export interface LoadGenerator extends AsyncDisposable {
  run(order: Partial<LoadOrder> & Pick<LoadOrder, 'port' | 'pid' | 'connections' | 'durationMs'>): Promise<LoadResult>
}

const defaults = {
  path: '/token',
  pauseMs: 0,
  keepsSamples: false,
  credentials: ['unused:unused'],
  isGuessing: false,
  addresses: 1,
}

/** Starts the load generator in a process of its own, on the second core where there is one. */
export function loadGenerator(): LoadGenerator {
  const [command, args] = pinned(1, [process.execPath, join(import.meta.dirname, 'process.ts')])
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' })
  endWithUs(child)
  let isBusy = false

  return {
    async run(order) {
      if (isBusy) throw new Error('the load generator takes one order at a time')
      isBusy = true
      child.send({ ...defaults, ...order } satisfies LoadOrder)
      const patience = AbortSignal.timeout(order.durationMs + 20_000)
      const [result] = (await once(child, 'message', { signal: patience })) as [LoadResult]
      isBusy = false
      return result
    },
    async [Symbol.asyncDispose]() {
      await ended(child)
    },
  }
}
