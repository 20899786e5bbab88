import { expect, test } from 'vitest'
import { shortened, withoutTokens } from '../../src/platform/shortened.ts'

test.each([
  ['an access token', `refused ya29.a0Af_x now`, 'refused [...] now'],
  ['a JWT', 'bad eyJhbGciOi.eyJpc3M.c2ln here', 'bad [...] here'],
  ['a refresh token', 'Token 1//0gAbc-d expired', 'Token [...] expired'],
  ['a key', 'x -----BEGIN PRIVATE KEY-----\nMII', 'x [...]'],
  ['a long run', `x ${'Ab3/'.repeat(12)} y`, 'x [...] y'],
  ['lines', 'one\n two\r\n\tthree', 'one two three'],
  [
    'plain words',
    "Permission 'iam.serviceAccounts.getAccessToken' denied on resource",
    "Permission 'iam.serviceAccounts.getAccessToken' denied on resource",
  ],
])('words of an endpoint are told without %s', (_name, text, wanted) => {
  expect(shortened(text)).toBe(wanted)
})

test('an issuer and a link stay, where only tokens are left out', () => {
  const words = `issuer 'https://oidc.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/' eyJhbGciOi.eyJpc3M.c2ln`
  expect(withoutTokens(words)).toBe(words.replace(/eyJ.*/, '[...]'))
})
