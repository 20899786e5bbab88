import type { Platform } from '../platform/platform.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { assertionCheck } from './assertion/assertion.ts'
import { basicCredentials } from './secret/basic.ts'
import type { CallerForm, CallerRequest, IssuersConfig, Proof } from './caller.ts'
import { certificateCheck } from './certificate/certificate.ts'
import type { Gate } from './gate.ts'
import { callersPolicy, type PolicySettings } from './policy.ts'
import { secretCheck } from './secret/secret.ts'

/** Who may come in, as it is configured. */
export interface CallersSettings extends PolicySettings {
  readonly issuers: IssuersConfig
}

/** A gate that lets in whoever proves to be one of the callers, to what is that caller's. */
export interface CallersGate extends Gate {
  /** Other callers from now on. What was proved a moment ago and still holds need not be proved again. */
  replace(settings: CallersSettings): void
  close(): void
}

export interface CallersWorld {
  readonly platform: Platform
  readonly emit: Emit
}

/**
 * How a request proves who sends it: an assertion before a secret before a certificate. A certificate also counts where the
 * client id is no caller's, because Java 3.9 has to send some id and secret.
 */
export function callersGate(first: CallersSettings, { platform, emit }: CallersWorld): CallersGate {
  let settings = first
  const assertions = assertionCheck(first.callers, first.issuers, { platform, emit })
  const secrets = secretCheck(first.callers, { platform })
  let certificates = certificateCheck(first.callers)
  const policy = callersPolicy(first, platform)

  function identify(request: CallerRequest, form: CallerForm): Proof | Promise<Proof> {
    // Whatever it is needed for: an OpenSSL error that a forged one left behind would end the connection before the answer.
    request.peerCertificate?.()
    requireOneWay(request, form)
    const byAssertion = assertions.check(request, form)
    if (byAssertion) return byAssertion
    // Most connections have no certificate, and need not be asked twice for an id.
    const isOther = request.peerCertificate !== undefined && !namesCaller(request, form)
    const byCertificate = isOther ? provedByCertificate(request, form) : undefined
    if (byCertificate && !(byCertificate instanceof TokenError)) return byCertificate
    const bySecret = secrets.check(request, form)
    if (!bySecret) throw byCertificate ?? new TokenError('ERR_CALLER_MISSING', 'the client does not say who it is')
    return byCertificate && bySecret instanceof Promise ? bySecret.catch(alsoBecause(byCertificate)) : bySecret
  }

  /** A refusal is not thrown yet: where there is an id as well, it would tell that nobody is known by that. */
  function provedByCertificate(request: CallerRequest, form: CallerForm): Proof | TokenError | undefined {
    try {
      return certificates(request, form)
    } catch (thrown) {
      return asTokenError(thrown)
    }
  }

  /** Whether id and secret are those of somebody who is known by them. */
  function namesCaller({ headers }: CallerRequest, form: CallerForm): boolean {
    const ids = basicCredentials(headers['authorization']).map(({ id }) => id)
    const posted = form.has('client_secret') ? form.get('client_id') : undefined
    return [...ids, posted].some(
      (id) => id !== undefined && Object.hasOwn(settings.callers, id) && settings.callers[id]?.secretHashes,
    )
  }

  return {
    identify,
    profileFor: (proof, _request, _form, inPath) => policy.profileFor((proof as Proof).caller, inPath),
    requireDelegationToken(proof, name) {
      policy.requireDelegationToken((proof as Proof).caller, name)
    },
    authMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'],
    replace(changed) {
      settings = changed
      assertions.replace(changed.callers, changed.issuers)
      secrets.replace(changed.callers)
      certificates = certificateCheck(changed.callers)
      policy.replace(changed)
    },
    close() {
      assertions.close()
      secrets.close()
    },
  }
}

/** What the certificate lacks is for the audit stream: the client must not see which of its two proofs came near. */
function alsoBecause({ message }: TokenError): (thrown: unknown) => never {
  return (thrown) => {
    const { code, message: words, cause } = asTokenError(thrown)
    if (code !== 'ERR_CALLER_UNKNOWN' || !(cause instanceof Error)) throw thrown
    throw new TokenError(code, words, { cause: new Error(`${cause.message}; ${message}`) })
  }
}

/** RFC 6749 §2.3, for the grant that is a proof itself. */
function requireOneWay({ headers }: CallerRequest, form: CallerForm): void {
  if (!form.has('assertion') || form.get('grant_type') === 'client_credentials') return
  if (headers['authorization'] !== undefined || form.has('client_secret') || form.has('client_assertion')) {
    const message = 'the client authenticates besides its assertion'
    throw new TokenError('ERR_REQUEST_AUTHENTICATION_TWICE', message, {
      hint: 'With the jwt-bearer grant the assertion says who asks: send no client id, secret or client_assertion.',
    })
  }
}
