import type { TokenError } from '../../token/error.ts'
import { refused, told, wrongAudience } from './claims.ts'
import type { Subjects } from './subjects.ts'

/** The caller that a verified subject belongs to. Throws ERR_CALLER_ASSERTION, which tells nothing of other subjects. */
export function callerOf(
  subjects: Subjects | undefined,
  issuer: string,
  subject: string,
  audience: readonly string[],
): string {
  if (!subjects) throw untrusted(issuer)
  const candidates = subjects.find(subject)
  if (candidates.length === 0) {
    throw refused(`${issuer} vouches for ${named(subject)}, which is no caller here`, {
      hint: 'Add it to subject of callers.<name>.assertion in the configuration of the sidecar.',
    })
  }
  const fitting = candidates.find((candidate) => candidate.audience.some((one) => audience.includes(one)))
  if (fitting) return fitting.caller
  throw wrongAudience(
    audience,
    candidates.flatMap((candidate) => candidate.audience),
  )
}

export function untrusted(issuer: string): TokenError {
  return refused(`the issuer ${told(issuer)} is not trusted here`, {
    hint: 'Write it exactly so in callers.<name>.assertion.issuer, if it is to be trusted; for a cluster: kubectl get --raw /.well-known/openid-configuration.',
  })
}

const longestName = 300

/** It has been verified, so it may be told; what is meant for terminals may not. */
function named(subject: string): string {
  const line = subject.replace(/\p{C}+/gu, ' ')
  return line.length > longestName ? `${line.slice(0, longestName)}...` : line
}
