import type { ProfileConfig } from '../config/schema.ts'
import { failureOf, limitedText } from '../platform/http-answer.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { isLoopback } from '../platform/loopback.ts'
import { withDeadline } from '../platform/deadline.ts'
import { Secret } from '../platform/secret.ts'
import { shortened } from '../platform/shortened.ts'
import { errorTable } from '../token/error-table.ts'
import type { ErrorCode } from '../token/error.ts'
import { endOf, readJwtShape } from '../token/jwt-shape.ts'
import { version } from '../version.ts'
import type { Attempt } from './attempt.ts'
import type { Patient } from './patient.ts'
import { allowedUrls, endpointProperty } from './property-lines.ts'
import type { Remedy } from './step.ts'

/** A token endpoint on this host, which may well be a sidecar, and how a client asks it. */
export interface NearEndpoint {
  readonly url: string
  readonly clientId: string
  readonly secret: Secret
  readonly scope: string | undefined
  /** Claim that names the principal. */
  readonly principalClaim: string
}

/** Longer than a sidecar holds a request that has to wait for its provider. */
const patienceMs = 20_000
const sidecarPort = 14293

/** Undefined where the endpoint is somebody else's, or is asked with more than id and secret. */
export function nearEndpointOf(tokens: ProfileConfig): NearEndpoint | undefined {
  if (tokens.source !== 'client-credentials' || tokens.assertion !== undefined) return undefined
  const { tokenEndpoint: url = '', clientId = '', clientSecret, scope, principalClaim } = tokens
  if (!URL.canParse(url) || clientSecret === undefined) return undefined
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'http:' || !isLoopback(hostname)) return undefined
  return { url, clientId, secret: clientSecret, scope, principalClaim }
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Asks as the client of the properties would, and says in words why there is no token. */
export async function askEndpoint(
  endpoint: NearEndpoint,
  patient: Patient,
): Promise<Pick<Attempt, 'token' | 'failure'>> {
  try {
    const answer = await post(endpoint, patient)
    const given = answer.status < 300 ? parseJsonObject(answer.text)?.['access_token'] : undefined
    if (typeof given !== 'string' || given === '') return { failure: await refused(endpoint, answer, patient) }
    const subject = readJwtShape(given)?.claims[endpoint.principalClaim]
    const named = typeof subject === 'string' ? { subject } : {}
    return { token: { value: new Secret(given), expiresAt: endOf(given) ?? 0, ...named } }
  } catch (thrown) {
    if (patient.signal.aborted) throw thrown
    return { failure: await unreachable(endpoint, thrown, patient) }
  }
}

function post(endpoint: NearEndpoint, { platform, signal }: Patient): Promise<Answer> {
  const { url, clientId, secret, scope } = endpoint
  const params = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) })
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    Authorization: `Basic ${Buffer.from(`${clientId}:${secret.reveal()}`).toString('base64')}`,
    // Whoever names none gets answers without a body from a sidecar, as librdkafka needs them.
    'User-Agent': `kafka-token-sidecar/${version}`,
  }
  const late = (): Error => new Error(`no answer within ${patienceMs / 1000} s`)
  return withDeadline(platform, patienceMs, late, signal, async (inner) => {
    const answer = await platform.fetch(url, { method: 'POST', headers, body: params.toString(), signal: inner })
    return { status: answer.status, text: await limitedText(answer) }
  })
}

type Failure = NonNullable<Attempt['failure']>

async function unreachable(endpoint: NearEndpoint, thrown: unknown, patient: Patient): Promise<Failure> {
  const { host, port } = new URL(endpoint.url)
  const { code, text } = failureOf(thrown)
  if (code === 'ECONNREFUSED') {
    const there = Number(port) === sidecarPort ? undefined : await sidecarAt(sidecarPort, patient)
    const elsewhere = there === undefined ? [] : [movedTo(there, 'A sidecar answers at its usual port: use that.')]
    const start: Remedy = {
      say: 'Start the sidecar, in the same pod or on the same host as the client: localhost is another one in each container that is not of this pod.',
      paste: `npx kafka-token-sidecar serve --port ${port || '80'}`,
    }
    const look: Remedy = {
      say: 'In Kubernetes, see whether its container runs:',
      paste: 'kubectl get pod <pod> -o wide\nkubectl logs <pod> -c <sidecar>',
    }
    return { found: `${host} refuses the connection: no sidecar listens there`, remedies: [...elsewhere, start, look] }
  }
  const isCut = ['ECONNRESET', 'UND_ERR_SOCKET'].includes(code)
  const found = isCut
    ? `${host} closes the connection without an answer`
    : `${host} gives no answer in HTTP (${code || shortened(text)})`
  const remedies = [
    {
      say: 'If a sidecar with listen.tls is there, use https in the URL, and name its CA in sasl.jaas.config (ssl.truststore.location, ssl.truststore.type).',
      paste: `${endpointProperty}=${endpoint.url.replace(/^http:/, 'https:')}`,
    },
    { say: 'Else correct the port: something that is no token endpoint listens there.' },
  ]
  return { found, remedies }
}

async function refused(endpoint: NearEndpoint, { status, text }: Answer, patient: Patient): Promise<Failure> {
  const { host, pathname } = new URL(endpoint.url)
  const { error, error_description: description } = parseJsonObject(text) ?? {}
  const code = ownCode(description)
  if (status === 404 && (code === undefined || code === 'ERR_REQUEST_PATH')) {
    const usual = new URL('/token', endpoint.url).href
    const answers = pathname !== '/token' && (await post({ ...endpoint, url: usual }, patient).catch(() => undefined))
    const moved =
      answers && answers.status !== 404 ? [movedTo(usual, `There is an answer at /token: use that path.`)] : []
    return {
      found: `nothing is served at ${shortened(pathname)} of ${host} (404)`,
      code,
      remedies: [...moved, { say: errorTable.ERR_REQUEST_PATH.hint }],
    }
  }
  if (code !== undefined) {
    const said = String(description).replace(/\s*\[ERR_[A-Z_]+\]$/, '')
    const { hint } = errorTable[code]
    const message = said.endsWith(hint) ? said.slice(0, -hint.length).trim() : said
    return { found: `${host} refuses (${status}): ${message}`, code, remedies: [{ say: hint }] }
  }
  const words =
    typeof error === 'string'
      ? ` ${shortened(error)}: ${shortened(typeof description === 'string' ? description : '')}`
      : ''
  return {
    found: `${host} answers with ${status}${words || ', which is no answer of a token endpoint'}`,
    remedies: [{ say: 'No sidecar answered. Correct the address, or look at the log of whoever is there.' }],
  }
}

function ownCode(description: unknown): ErrorCode | undefined {
  const code = typeof description === 'string' ? /\[(ERR_[A-Z_]+)\]$/.exec(description)?.[1] : undefined
  return code !== undefined && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : undefined
}

function movedTo(url: string, say: string): Remedy {
  return { say, paste: `${endpointProperty}=${url}\n${allowedUrls(url)}` }
}

/** Its address, if a sidecar answers there. */
async function sidecarAt(port: number, { platform, signal }: Patient): Promise<string | undefined> {
  const url = `http://localhost:${port}/token`
  const late = (): Error => new Error('late')
  try {
    return await withDeadline(platform, 1_000, late, signal, async (inner) => {
      const answer = await platform.fetch(url, { signal: inner })
      return (await limitedText(answer)).includes('[ERR_REQUEST_METHOD]') ? url : undefined
    })
  } catch {
    return undefined
  }
}
