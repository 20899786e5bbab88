import { createPublicKey, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identityProvider, tokenExchangeGrantType, type Idp, type IdpRequest } from '../../fakes/idp.ts'
import { keyOf, pkcs8 } from '../../keys/key-forms.ts'
import { getToken } from '../outcome.ts'
import { make } from './make.ts'

let idp: Idp
let folder: string
let file: (name: string, content: string) => string
beforeAll(async () => {
  idp = await identityProvider()
  folder = mkdtempSync(join(tmpdir(), 'kts-reference-'))
  file = (name, content) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const jwks = { keys: [{ ...(await exportJWK(createPublicKey(keyOf.RS256))), use: 'sig' } as never] }
  idp.register({ client_id: 'by-key', token_endpoint_auth_method: 'private_key_jwt', jwks })
  idp.register({
    client_id: 'id +&=%:',
    client_secret: 's3cret +&=%:~*',
    token_endpoint_auth_method: 'client_secret_basic',
  })
})
afterAll(async () => {
  await idp.close()
  rmSync(folder, { recursive: true })
})

// The provider of this test speaks plain HTTP on loopback.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const insecure = { [oauth.allowInsecureRequests]: true }

async function server(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(idp.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
}

const last = (): IdpRequest => idp.tokenRequests.at(-1) as IdpRequest

/** What must be the same, whoever asks: an assertion is another one each time. */
function comparable({ params, authorization }: IdpRequest) {
  const { client_assertion: assertion = '', ...rest } = Object.fromEntries(params)
  if (assertion === '') return { ...rest, authorization }
  const { iat = 0, exp: _exp, nbf: _nbf, jti, ...claims } = decodeJwt(assertion)
  return {
    ...rest,
    authorization,
    claims,
    hasJti: jti !== undefined,
    header: decodeProtectedHeader(assertion).alg,
    isNow: iat > 1e9,
  }
}

/** oauth4webapi has been certified as an OpenID Connect client; it shares no code with ours but jose's author. */
describe('as the reference client oauth4webapi does', () => {
  it('asks with an assertion', async () => {
    const privateKey = await webcrypto.subtle.importKey(
      'pkcs8',
      keyOf.RS256.export({ type: 'pkcs8', format: 'der' }),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    const as = await server()
    const client = { client_id: 'by-key' }
    const parameters = { scope: 'kafka kafka.read', resource: 'urn:example:a b' }
    const answer = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.PrivateKeyJwt(privateKey),
      parameters,
      insecure,
    )
    await oauth.processClientCredentialsResponse(as, client, answer)
    const theirs = comparable(last())
    const { source } = make('client-credentials', {
      issuer: idp.issuer,
      clientId: 'by-key',
      scope: 'kafka kafka.read',
      parameters: {},
      resource: ['urn:example:a b'],
      assertion: { privateKeyFile: file('key.pem', pkcs8(keyOf.RS256)), claim: { jtiInclude: true } },
    })
    await getToken(source)
    expect(comparable(last())).toEqual(theirs)
  })

  it('asks with a secret, whatever is in it', async () => {
    const as = await server()
    const client = { client_id: 'id +&=%:' }
    const secret = 's3cret +&=%:~*'
    await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(secret), { scope: 'kafka' }, insecure)
    const theirs = last()
    const { source } = make('client-credentials', {
      issuer: idp.issuer,
      clientId: client.client_id,
      clientSecretFile: file('secret', secret),
      scope: 'kafka',
    })
    await getToken(source)
    const decoded = ({ authorization = '' }: IdpRequest): string[] =>
      Buffer.from(authorization.slice(6), 'base64')
        .toString()
        .split(':')
        .map((part) => new URLSearchParams(`=${part}`).get('') ?? '')
    expect(decoded(last())).toEqual(decoded(theirs))
    expect(Object.fromEntries(last().params)).toEqual(Object.fromEntries(theirs.params))
  })

  it('exchanges a token', async () => {
    idp.trust('https://kubernetes.example', [await exportJWK(createPublicKey(keyOf.ES256))])
    const subject = await new SignJWT({ sub: 'a-pod' })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('https://kubernetes.example')
      .setAudience(idp.issuer)
      .setExpirationTime('5m')
      .sign(keyOf.ES256)
    const as = await server()
    const client = { client_id: 'id +&=%:' }
    const auth = oauth.ClientSecretBasic('s3cret +&=%:~*')
    const parameters = {
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'kafka',
    }
    const answer = await oauth.genericTokenEndpointRequest(
      as,
      client,
      auth,
      tokenExchangeGrantType,
      parameters,
      insecure,
    )
    const theirs = await oauth.processGenericTokenEndpointResponse(as, client, answer)
    const theirRequest = Object.fromEntries(last().params)
    const { source } = make('token-exchange', {
      issuer: idp.issuer,
      clientId: client.client_id,
      clientSecretFile: file('secret', 's3cret +&=%:~*'),
      scope: 'kafka',
      subjectToken: { file: file('subject', subject) },
    })
    const ours = await getToken(source)
    expect(Object.fromEntries(last().params)).toEqual(theirRequest)
    const claims = async (token: string) => {
      const { sub, aud, scope } = await idp.verify(token)
      return { sub, aud, scope }
    }
    expect(await claims(ours.value.reveal())).toEqual(await claims(theirs.access_token))
  })
})
