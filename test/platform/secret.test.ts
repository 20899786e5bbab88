import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'

it.each<[string, (secret: Secret) => string]>([
  ['text', (secret) => String(secret)],
  ['JSON', (secret) => JSON.stringify({ secret })],
  ['inspection', (secret) => inspect({ secret }, { depth: 9, showHidden: true })],
  ['a list', (secret) => [secret].join()],
])('a secret does not show in %s', (_where, show) => {
  const shown = show(new Secret('hunter2'))
  expect(shown).toContain('[secret]')
  expect(shown).not.toContain('hunter2')
})

it('a secret is told to who asks for it', () => {
  expect(new Secret('hunter2').reveal()).toBe('hunter2')
})
