import { createHash, createHmac } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { scriptedServer, type Answer, type Call, type ScriptedServer } from './scripted-server.ts'

/**
 * AWS on one port: STS at `/` (GetWebIdentityToken, AssumeRoleWithWebIdentity), the metadata server of EC2 at `/latest/`, and
 * the credentials of ECS tasks and EKS pods at `/container`. STS checks the signature of each request.
 */
export interface FakeAws extends ScriptedServer {
  readonly script: {
    /** How long a session that is given still lasts, and how long a token may last for one, in seconds. */
    sessionSeconds: number
  }
  readonly jwks: { readonly keys: JWK[] }
  /** The forms of the calls of an action of STS. */
  actions(name: string): readonly URLSearchParams[]
  /** An answer of STS that is an error. */
  refusal(code: string, message?: string, status?: number): Answer
}

export const issuer = 'https://abc123-def456.tokens.sts.global.api.aws'
export const role = 'arn:aws:iam::123456789012:role/kafka-orders'
const secretKeys: Readonly<Record<string, string>> = {
  AKIDENV: 'secret-of-env',
  AKIDFILE: 'secret-of-file',
  ASIASESSION: 'secret-of-session',
}

export async function fakeAws(): Promise<FakeAws> {
  const rs256 = await generateKeyPair('RS256')
  const es384 = await generateKeyPair('ES384')
  const script: FakeAws['script'] = { sessionSeconds: 21_600 }
  const tokens = new Map<string, string>()

  // The server answers at once, so what it signs is made before: a token for each algorithm and lifetime of the tests.
  async function prepare(algorithm: 'RS256' | 'ES384', seconds: number): Promise<void> {
    const iat = Math.floor(Date.now() / 1000)
    const key = algorithm === 'RS256' ? rs256 : es384
    const token = await new SignJWT({ 'https://sts.amazonaws.com/': { aws_account: '123456789012' } })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: algorithm })
      .setIssuer(issuer)
      .setSubject(role)
      .setAudience('kafka')
      .setIssuedAt(iat)
      .setExpirationTime(iat + seconds)
      .sign(key.privateKey)
    tokens.set(`${algorithm} ${seconds}`, token)
  }
  for (const seconds of [60, 900, 3600]) await prepare('RS256', seconds)
  await prepare('ES384', 3600)

  const xml = (action: string, body: string): Answer => ({
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${body}</${action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${action}Response>`,
  })
  const refusal: FakeAws['refusal'] = (code, message = 'words of AWS', status = 400) => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
  })
  const session = () => ({
    AccessKeyId: 'ASIASESSION',
    SecretAccessKey: 'secret-of-session',
    Token: 'session-token',
    Expiration: new Date(Date.now() + script.sessionSeconds * 1000).toISOString(),
  })

  const sts = (call: Call): Answer => {
    const form = new URLSearchParams(call.body)
    if (form.get('Action') === 'AssumeRoleWithWebIdentity') {
      if (form.get('WebIdentityToken') !== 'token-of-the-service-account')
        return refusal('InvalidIdentityToken', 'No OpenIDConnect provider found in your account')
      const { AccessKeyId, SecretAccessKey, Token, Expiration } = session()
      return xml(
        'AssumeRoleWithWebIdentity',
        `<Credentials><AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey><SessionToken>${Token}</SessionToken><Expiration>${Expiration}</Expiration></Credentials>`,
      )
    }
    if (form.get('Action') !== 'GetWebIdentityToken') return refusal('InvalidAction')
    const wrong = signatureFault(call)
    if (wrong) return refusal(wrong)
    const seconds = Number(form.get('DurationSeconds'))
    if (seconds > script.sessionSeconds) return refusal('SessionDurationEscalationException', 'exceeds the session')
    const known = [...tokens.keys()].filter((key) => key.startsWith(form.get('SigningAlgorithm') ?? '-'))
    const key = known.findLast((name) => Number(name.split(' ')[1]) <= seconds)
    const token = tokens.get(key ?? '')
    if (!token) return refusal('ValidationError', `no token for ${call.body}`)
    const expiration = new Date(Date.now() + seconds * 1000).toISOString()
    return xml(
      'GetWebIdentityToken',
      `<WebIdentityToken>${token}</WebIdentityToken><Expiration>${expiration}</Expiration>`,
    )
  }

  const server = await scriptedServer((call) => {
    switch (call.path) {
      case '/':
        return sts(call)
      case '/latest/api/token':
        return { body: 'imds-session' }
      case '/latest/meta-data/iam/security-credentials/':
        return { body: 'kafka-orders' }
      case '/latest/meta-data/iam/security-credentials/kafka-orders':
        return { body: { Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date().toISOString(), ...session() } }
      case '/container':
        return call.headers.authorization === 'container-secret' ? { body: session() } : { status: 401, body: {} }
      default:
        return { status: 404, body: '' }
    }
  })

  return {
    ...server,
    script,
    refusal,
    jwks: {
      keys: [
        { ...(await exportJWK(rs256.publicKey)), kid: 'RS256' },
        { ...(await exportJWK(es384.publicKey)), kid: 'ES384' },
      ],
    },
    actions: (name) =>
      server
        .callsTo('/')
        .filter(({ path }) => path === '/')
        .map(({ body }) => new URLSearchParams(body))
        .filter((form) => form.get('Action') === name),
  }
}

/** Signature Version 4, worked out from the request as it arrived; undefined when it is right. */
function signatureFault({ method, path, headers, body }: Call): string | undefined {
  const found = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  )
  if (!found) return 'MissingAuthenticationToken'
  const [, credential = '', names = '', signature] = found
  const [id = '', date = '', region = '', service = ''] = credential.split('/')
  const secret = secretKeys[id]
  if (!secret) return 'InvalidClientTokenId'
  if (id.startsWith('ASIA') && headers['x-amz-security-token'] !== 'session-token') return 'InvalidClientTokenId'
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const canonical = [
    method,
    path,
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name])}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, sha256(canonical)].join('\n')
  const key = ['aws4_request'].reduce(hmac, hmac(hmac(hmac(`AWS4${secret}`, date), region), service))
  return hmac(key, text).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch'
}
