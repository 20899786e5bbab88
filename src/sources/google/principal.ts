import { TokenError } from '../../token/error.ts'

/** The GKE setting without which the metadata server tells the identity pool instead of an e-mail. */
export const annotateHint =
  'On GKE run: kubectl annotate serviceaccount <KSA> --namespace <NS> iam.gke.io/return-principal-id-as-email=true'

const setHint = 'Set --principal or GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL to the e-mail of the account.'

/** Refuses what Managed Kafka refuses without a reason: the identity pool of a cluster, a placeholder, nothing. */
export function requireUsable(principal: string, from: string): string {
  const name = principal.trim()
  if (name === 'default' || name.endsWith('.svc.id.goog')) {
    throw new TokenError('ERR_GCP_PRINCIPAL', `${from} is ${name}, which Managed Kafka cannot use`, {
      hint: annotateHint,
    })
  }
  if (name === '') throw new TokenError('ERR_GCP_PRINCIPAL', `${from} is empty`, { hint: setHint })
  if (/[\s\p{Cc}]/u.test(name) || name.length > 1024) {
    throw new TokenError('ERR_GCP_PRINCIPAL', `${from} is not a principal`, { hint: setHint })
  }
  return name
}

/** No way to find it out. */
export function unknownPrincipal(why: string): TokenError {
  return new TokenError('ERR_GCP_PRINCIPAL', why, { hint: setHint })
}

/**
 * The principal of a federated identity without a service account, from the provider's audience and the `sub` of the
 * subject token: `//iam.googleapis.com/…/workloadIdentityPools/<pool>/providers/<provider>` becomes
 * `principal://iam.googleapis.com/…/workloadIdentityPools/<pool>/subject/<sub>`.
 *
 * Follows https://cloud.google.com/iam/docs/principal-identifiers; not checked against Google. It holds where the provider
 * maps `google.subject` to `assertion.sub`, as is usual; any other mapping needs `--principal`.
 */
export function federatedPrincipal(audience: unknown, subject: string | undefined): string {
  const pool = typeof audience === 'string' ? /^\/\/(.+Pools\/[^/]+)\/providers\/[^/]+$/.exec(audience)?.[1] : undefined
  if (!pool)
    throw unknownPrincipal('the audience of the credentials names no identity pool, so their principal is unknown')
  // AWS and SAML subject tokens are no JWTs: their subject is known to Google alone.
  if (!subject) throw unknownPrincipal('the subject token has no sub, so the principal of the credentials is unknown')
  return `principal://${pool}/subject/${subject}`
}
