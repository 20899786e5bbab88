import type { Fault } from '../fakes/scripted-server.ts'

/** Stands for whatever must not be told on. */
export const leak = 'eyJsecret-that-must-not-show-0123456789-0123456789'

/** What can go wrong at any HTTP peer. `unavailable`: it gave no answer, or says that it cannot; `answer`: what came is nonsense. */
export const faults: readonly [name: string, fault: Fault, kind: 'unavailable' | 'answer'][] = [
  ['hangs', 'hang', 'unavailable'],
  ['stalls after half the body', 'stall', 'unavailable'],
  ['breaks the connection', 'reset', 'unavailable'],
  ['answers 500', { status: 500, body: `<html>${leak}</html>` }, 'unavailable'],
  ['answers 503', { status: 503, body: { error: 'x', error_description: leak } }, 'unavailable'],
  ['answers 429', { status: 429, headers: { 'Retry-After': '7' }, body: '' }, 'unavailable'],
  ['answers HTML', { body: `<html>${leak}</html>` }, 'answer'],
  ['answers nothing', { body: '' }, 'answer'],
  ['answers {}', { body: {} }, 'answer'],
  ['answers a list', { body: [leak] }, 'answer'],
  ['answers truncated JSON', { body: `{"access_token":"${leak}","expires_` }, 'answer'],
  ['answers 5 MB', { body: 'x'.repeat(5 * 1024 * 1024) }, 'answer'],
  [
    'answers with numbers for tokens',
    { body: { access_token: 7, id_token: 7, token: 7, signedJwt: 7, expires_in: 3599 } },
    'answer',
  ],
]

/** Short for what never comes; long otherwise, for machines that are busy. */
export const timeoutOf = (fault: Fault): number => (fault === 'hang' || fault === 'stall' ? 800 : 5_000)
