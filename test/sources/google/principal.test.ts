import { describe, expect, test } from 'vitest'
import { annotateHint, federatedPrincipal, requireUsable } from '../../../src/sources/google/principal.ts'
import { TokenError } from '../../../src/token/error.ts'

const workload = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/idp'
const workforce = '//iam.googleapis.com/locations/global/workforcePools/pool/providers/idp'

test.each([
  'a@project.iam.gserviceaccount.com',
  '123-compute@developer.gserviceaccount.com',
  'me@example.com',
  'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/x/sa/y',
])('%s can be used', (principal) => {
  expect(requireUsable(` ${principal}\n`, 'it')).toBe(principal)
})

test.each([
  ['project.svc.id.goog', annotateHint],
  ['default', annotateHint],
  ['', '--principal'],
  ['  ', '--principal'],
  ['two words', '--principal'],
  ['x'.repeat(2_000), '--principal'],
])('%j is refused', (principal, hint) => {
  const refuse = () => requireUsable(principal, 'the principal of the credentials')
  expect(refuse).toThrow(TokenError)
  expect(refuse).toThrow(
    expect.objectContaining({ code: 'ERR_GCP_PRINCIPAL', hint: expect.stringContaining(hint) as string }),
  )
})

test('the line that mends it survives the rules for error_description', () => {
  const error = new TokenError('ERR_GCP_PRINCIPAL', 'x', { hint: annotateHint })
  expect(error.description).toContain(annotateHint)
  expect(annotateHint).not.toMatch(/["'`\\\n]/)
})

describe('a federated identity', () => {
  test.each([
    [
      workload,
      'repo:a/b',
      'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/subject/repo:a/b',
    ],
    [workforce, 'me', 'principal://iam.googleapis.com/locations/global/workforcePools/pool/subject/me'],
    [
      workload.replace('googleapis.com', 'example-universe.goog'),
      'me',
      'principal://iam.example-universe.goog/projects/1/locations/global/workloadIdentityPools/pool/subject/me',
    ],
  ])('of %s is named by pool and subject', (audience, subject, principal) => {
    expect(federatedPrincipal(audience, subject)).toBe(principal)
  })

  test.each([
    [workload, undefined],
    ['identitynamespace:project.svc.id.goog:https://container.googleapis.com/', 'me'],
    [undefined, 'me'],
  ])('of %s with subject %s has to be set', (audience, subject) => {
    expect(() => federatedPrincipal(audience, subject)).toThrow(expect.objectContaining({ code: 'ERR_GCP_PRINCIPAL' }))
  })
})
