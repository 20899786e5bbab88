import { expect, it } from 'vitest'
import { withDeadline } from '../../src/platform/deadline.ts'
import { fakePlatform } from '../fakes/platform.ts'

const late = () => new Error('late')
const never = new AbortController().signal

it('gives what the task gives, and leaves no timer', async () => {
  const platform = fakePlatform()
  await expect(withDeadline(platform, 100, late, never, () => Promise.resolve('done'))).resolves.toBe('done')
  expect(platform.pendingTimers).toBe(0)
})

it('rejects at the deadline even if the task ignores its signal', async () => {
  const platform = fakePlatform()
  let signal: AbortSignal | undefined
  const result = withDeadline(platform, 100, late, never, (inner) => {
    signal = inner
    return new Promise(() => undefined)
  })
  const refusal = expect(result).rejects.toThrow('late')
  await platform.pass(100)
  await refusal
  expect(signal?.aborted).toBe(true)
})

it('rejects with the reason of the outer signal', async () => {
  const outer = new AbortController()
  const result = withDeadline(fakePlatform(), 100, late, outer.signal, () => new Promise(() => undefined))
  const refusal = expect(result).rejects.toThrow('closing')
  outer.abort(new Error('closing'))
  await refusal
})

it('does not begin to wait when the outer signal has aborted before', async () => {
  const outer = AbortSignal.abort(new Error('closed'))
  await expect(withDeadline(fakePlatform(), 100, late, outer, () => new Promise(() => undefined))).rejects.toThrow(
    'closed',
  )
})
