import {
  keyOf,
  writeAnswer,
  type Answer,
  type ApiName,
  type Frame,
  type Header,
  type Request,
  type VersionRange,
} from './codec.ts'
import { SaslRefusal, startExchange, type Authenticated, type Credentials, type Exchange } from './sasl.ts'

/** What the sessions of one listener have in common. */
export interface SessionRules {
  readonly now: () => number
  readonly versions: ReadonlyMap<ApiName, VersionRange>
  /** Empty: there is no SASL at this listener. */
  readonly mechanisms: ReadonlySet<string>
  readonly credentials: Credentials
  /** `connections.max.reauth.ms`; 0: the credential alone limits a session. */
  readonly maxReauthMs: number
  readonly login: (mechanism: string, session: Authenticated | undefined, sessionLifetimeMs: number) => void
  readonly answer: (api: ApiName, request: Request, session: Authenticated) => Answer
  readonly failure: (api: ApiName, errorCode: number) => Answer
}

export interface Reply {
  readonly bytes: Buffer
  /** The connection ends with it. */
  readonly isLast?: boolean
}

export interface Authenticator {
  readonly session: Authenticated | undefined
  /** Undefined: the session is over, and the connection is cut. Throws on what Kafka does not take at this point. */
  answerTo(frame: Frame): Reply | undefined
}

const unsupportedMechanism = 33
const illegalSaslState = 34
const unsupportedVersion = 35
const invalidRequest = 42
const saslAuthenticationFailed = 58
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** What a connection may ask when, after SaslServerAuthenticator of Kafka 4.3. */
export function authenticator(rules: SessionRules, anonymous: Authenticated): Authenticator {
  const { now, mechanisms } = rules
  let session = mechanisms.size === 0 ? anonymous : undefined
  let mechanism: string | undefined
  let exchange: Exchange | undefined
  let endsAt: number | undefined
  let hasToldVersions = false

  function apiVersions(frame: Frame): Reply {
    const header = { ...frame, api: 'ApiVersions' } as const
    const apis = [...rules.versions].map(([api, [oldest, newest]]) => ({ key: keyOf(api), oldest, newest }))
    if (!frame.request) {
      const own = apis.filter(({ key }) => key === keyOf('ApiVersions'))
      return { bytes: writeAnswer({ ...header, version: 0 }, { errorCode: unsupportedVersion, apis: own }) }
    }
    if (hasToldVersions && !session) throw new Error('ApiVersions once more before the login')
    const { softwareName: name = '', softwareVersion: version = '' } = frame.request as Request<'ApiVersions'>
    const isValid = frame.version < 3 || (softwareName.test(name) && softwareName.test(version))
    hasToldVersions ||= isValid
    return { bytes: writeAnswer(header, isValid ? { errorCode: 0, apis } : { errorCode: invalidRequest, apis: [] }) }
  }

  function handshake(frame: Header, asked: string): Reply {
    const header = { ...frame, api: 'SaslHandshake' } as const
    const answer = { errorCode: 0, mechanisms: [...mechanisms] }
    if (!mechanisms.has(asked)) {
      return { bytes: writeAnswer(header, { ...answer, errorCode: unsupportedMechanism }), isLast: true }
    }
    // Version 0 would go on with bare tokens in place of SaslAuthenticate.
    if (frame.version === 0) throw new Error('SaslHandshake v0 is not played by the fake cluster')
    exchange = startExchange(asked, rules.credentials)
    if (mechanism !== undefined && mechanism !== asked) exchange = otherMechanism(asked, mechanism)
    mechanism ??= asked
    return { bytes: writeAnswer(header, answer) }
  }

  function authenticate(frame: Header, current: Exchange, authBytes: Buffer): Reply {
    const header = { ...frame, api: 'SaslAuthenticate' } as const
    const answer = { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0 }
    const during = session ? 're-authentication' : 'authentication'
    try {
      const step = current(authBytes)
      const sessionLifetimeMs = step.done ? begin(step.done) : 0
      return { bytes: writeAnswer(header, { ...answer, authBytes: step.answer, sessionLifetimeMs }) }
    } catch (error) {
      if (!(error instanceof SaslRefusal)) throw error
      rules.login(mechanism ?? '', undefined, 0)
      const generic = `Authentication failed during ${during} due to invalid credentials with SASL mechanism ${mechanism ?? ''}`
      const errorMessage = error.message || generic
      const errorCode = saslAuthenticationFailed
      return { bytes: writeAnswer(header, { ...answer, errorCode, errorMessage }), isLast: true }
    }
  }

  /** As on the wire, 0 stands for both: no limit, and over already. */
  function begin(next: Authenticated): number {
    if (session && session.principal !== next.principal) {
      const [before, after] = [session, next].map(({ principal }) => principal.replace(':', '.'))
      throw new SaslRefusal(`Cannot change principals during re-authentication from ${before}: ${after}`)
    }
    const credentialMs = (next.expiresAt ?? Infinity) - now()
    const lifetimeMs = Math.max(0, Math.min(rules.maxReauthMs || Infinity, credentialMs))
    endsAt = Number.isFinite(lifetimeMs) ? now() + lifetimeMs : undefined
    session = next
    exchange = undefined
    const toldMs = Number.isFinite(lifetimeMs) ? lifetimeMs : 0
    rules.login(mechanism ?? '', next, toldMs)
    return toldMs
  }

  return {
    get session() {
      return session
    },
    answerTo(frame) {
      const { api, version, request } = frame
      const isOver = session && endsAt !== undefined && now() >= endsAt
      // KIP-368: after the end nothing but a new login is taken.
      if (isOver && !exchange && api !== 'SaslHandshake') return undefined
      if (api === 'ApiVersions' && !exchange) return apiVersions(frame)
      if (!request) throw new Error(`${api} v${version} is not enabled`)
      if (exchange && api === 'SaslAuthenticate') {
        return authenticate(frame, exchange, (request as Request<'SaslAuthenticate'>).authBytes)
      }
      if (exchange) return { bytes: writeAnswer(frame, rules.failure(api, illegalSaslState)), isLast: true }
      if (api === 'SaslHandshake' && mechanisms.size > 0) {
        return handshake(frame, (request as Request<'SaslHandshake'>).mechanism)
      }
      if (!session) throw new Error(`unexpected Kafka request of type ${api} during SASL handshake`)
      const isSasl = api === 'SaslHandshake' || api === 'SaslAuthenticate'
      const answer = isSasl ? rules.failure(api, illegalSaslState) : rules.answer(api, request, session)
      return { bytes: writeAnswer(frame, answer) }
    },
  }
}

function otherMechanism(asked: string, before: string): Exchange {
  const reason = `SASL mechanism '${asked}' requested by client is not supported for re-authentication of mechanism '${before}'`
  return () => {
    throw new SaslRefusal(reason)
  }
}
