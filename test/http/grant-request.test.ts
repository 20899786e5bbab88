import { describe, expect, it } from 'vitest'
import { readGrant } from '../../src/http/grant-request.ts'
import type { WireRequest } from '../../src/http/wire-message.ts'
import { realClients } from './real-clients.ts'
import { formType, tokenForm, wire } from './wire.ts'

describe('readGrant', () => {
  it.each(realClients)('takes what $name sends', ({ headers, body, scope }) => {
    const form = readGrant(wire({ headers: { host: 'localhost', ...headers }, body: Buffer.from(body) }))
    expect(form.get('scope')).toBe(scope)
  })

  const refused: [string, Partial<WireRequest>, string][] = [
    ['no body', { body: '' }, 'ERR_REQUEST_GRANT_MISSING'],
    ['no grant_type', { body: 'scope=a' }, 'ERR_REQUEST_GRANT_MISSING'],
    ['an empty grant_type', { body: 'grant_type=' }, 'ERR_REQUEST_GRANT_MISSING'],
    ['grant_type=password', { body: 'grant_type=password' }, 'ERR_REQUEST_GRANT_UNSUPPORTED'],
    ['grant_type=authorization_code', { body: 'grant_type=authorization_code' }, 'ERR_REQUEST_GRANT_UNSUPPORTED'],
    ['a grant_type in capitals', { body: 'grant_type=CLIENT_CREDENTIALS' }, 'ERR_REQUEST_GRANT_UNSUPPORTED'],
    ['the grant_type in the query only', { body: '', query: tokenForm }, 'ERR_REQUEST_GRANT_MISSING'],
    [
      'jwt-bearer without an assertion',
      { body: 'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer' },
      'ERR_REQUEST_PARAMETER_MISSING',
    ],
    [
      'a client_assertion without its type',
      { body: `${tokenForm}&client_assertion=a.b.c` },
      'ERR_REQUEST_PARAMETER_MISSING',
    ],
    [
      'a client_assertion_type without the assertion',
      { body: `${tokenForm}&client_assertion_type=x` },
      'ERR_REQUEST_PARAMETER_MISSING',
    ],
    [
      'Basic and a client_secret',
      { headers: { authorization: 'Basic YTpi' }, body: `${tokenForm}&client_secret=b` },
      'ERR_REQUEST_AUTHENTICATION_TWICE',
    ],
    [
      'Basic and a client_assertion',
      {
        headers: { authorization: 'Basic YTpi' },
        body: `${tokenForm}&client_assertion_type=x&client_assertion=a.b.c`,
      },
      'ERR_REQUEST_AUTHENTICATION_TWICE',
    ],
    [
      'a client_secret and a client_assertion',
      { body: `${tokenForm}&client_secret=b&client_assertion_type=x&client_assertion=a.b.c` },
      'ERR_REQUEST_AUTHENTICATION_TWICE',
    ],
    ['a secret in the query', { query: 'client_secret=s' }, 'ERR_REQUEST_CREDENTIALS_IN_URL'],
    ['an assertion in the query', { query: 'a=b&client_assertion=a.b.c' }, 'ERR_REQUEST_CREDENTIALS_IN_URL'],
    ['an escaped secret in the query', { query: 'client%5Fsecret=s' }, 'ERR_REQUEST_CREDENTIALS_IN_URL'],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{}' }, 'ERR_REQUEST_CONTENT_TYPE'],
    ['text', { headers: { 'content-type': 'text/plain' } }, 'ERR_REQUEST_CONTENT_TYPE'],
    ['a multipart form', { headers: { 'content-type': 'multipart/form-data' } }, 'ERR_REQUEST_CONTENT_TYPE'],
    ['a body of no type', { headers: { 'content-type': undefined } }, 'ERR_REQUEST_CONTENT_TYPE'],
    ['a type that only begins right', { headers: { 'content-type': `${formType}x` } }, 'ERR_REQUEST_CONTENT_TYPE'],
  ]
  it.each(refused)('refuses %s', (_case, changes, code) => {
    expect(() => readGrant(wire(changes))).toThrow(expect.objectContaining({ code }) as Error)
  })

  it('says nothing of a secret that it refuses', () => {
    const secret = 'hunter2-hunter2'
    const attempts: Partial<WireRequest>[] = [
      { query: `client_secret=${secret}` },
      { headers: { authorization: `Basic ${secret}` }, body: `${tokenForm}&client_secret=${secret}` },
      { body: `${tokenForm}&client_secret=${secret}&client_secret=${secret}` },
    ]
    for (const changes of attempts) {
      expect(() => readGrant(wire(changes))).toThrow(
        expect.objectContaining({ description: expect.not.stringContaining(secret) as string }) as Error,
      )
    }
  })
})
