import { TokenError } from '../../token/error.ts'
import type { CallerForm, CallerRequest, CallersConfig, CertificateRule, PeerCertificate, Proof } from '../caller.ts'
import { normalizedDn } from './distinguished-name.ts'

export { peerCertificateOf } from './peer-certificate.ts'

/** A check that needs no waiting. */
export type CertificateCheck = (request: CallerRequest, form?: CallerForm) => Proof | undefined

/**
 * Proof by a name in the client certificate (RFC 8705 §2.1). Undefined where the connection has none; throws
 * ERR_CALLER_CERTIFICATE where it is not trusted, or is not that of exactly one caller.
 */
export function certificateCheck(callers: CallersConfig): CertificateCheck {
  const byName = new Map<string, ReadonlySet<string>>()
  for (const [caller, { certificate }] of Object.entries(callers)) {
    const name = certificate && ruleName(certificate)
    if (name !== undefined) byName.set(name, new Set([...(byName.get(name) ?? []), caller]))
  }
  const proofs = new WeakMap<PeerCertificate, Proof>()

  function prove(certificate: PeerCertificate): Proof {
    if (certificate.problem !== undefined) throw refused(`is not accepted: ${certificate.problem}`)
    const found = new Set(namesOf(certificate).flatMap((name) => [...(byName.get(name) ?? [])]))
    const [caller, another] = found
    if (caller === undefined) throw refused(`names no caller: it is that of ${shown(certificate)}`)
    if (another !== undefined) {
      const cause = new Error(`the certificate is that of ${[...found].join(' and of ')}`)
      throw refused(`names more than one caller: it is that of ${shown(certificate)}`, cause)
    }
    return { caller, by: 'certificate' }
  }

  return ({ peerCertificate }) => {
    const certificate = peerCertificate?.()
    if (!certificate) return undefined
    const proof = proofs.get(certificate) ?? prove(certificate)
    proofs.set(certificate, proof)
    return proof
  }
}

function ruleName({ subjectDn, sanDns, sanUri }: CertificateRule): string | undefined {
  if (subjectDn !== undefined) return dnName(subjectDn)
  if (sanDns !== undefined) return dnsName(sanDns)
  return sanUri === undefined ? undefined : uriName(sanUri)
}

function namesOf({ subjectDn, sanDns, sanUris }: PeerCertificate): readonly string[] {
  const dn = dnName(subjectDn)
  return [...(dn === undefined ? [] : [dn]), ...sanDns.map(dnsName), ...sanUris.map(uriName)]
}

function dnName(text: string): string | undefined {
  const dn = normalizedDn(text)
  return dn === undefined ? undefined : `DN ${dn}`
}

function dnsName(name: string): string {
  return `DNS ${name.toLowerCase()}`
}

function uriName(uri: string): string {
  return `URI ${uri}`
}

const mostShown = 300

/** Its names as they would stand in `callers`. */
function shown({ subjectDn, sanDns, sanUris }: PeerCertificate): string {
  const names = [
    ...(subjectDn === '' ? [] : [`subjectDn ${subjectDn}`]),
    ...sanDns.map((name) => `sanDns ${name}`),
    ...sanUris.map((uri) => `sanUri ${uri}`),
  ].join('; ')
  return names.length > mostShown ? `${names.slice(0, mostShown)}...` : names || 'nobody'
}

function refused(what: string, cause?: Error): TokenError {
  return new TokenError('ERR_CALLER_CERTIFICATE', `the client certificate ${what}`, { cause })
}
