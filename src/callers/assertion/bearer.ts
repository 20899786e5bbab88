import type { CallerForm, CallerRequest } from '../caller.ts'

/** RFC 7523 §2.2. */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const nothing: CallerForm = new Map()

/**
 * The JWT of `Authorization: Bearer` (RFC 6750 §2.1) as the parameters that it would come in at the token endpoint, so that it
 * is checked as any other. Empty where the header is missing or of another scheme; what cannot be read is refused by that check.
 */
export function bearerAsForm({ headers }: Pick<CallerRequest, 'headers'>): CallerForm {
  const header = headers['authorization']
  if (typeof header !== 'string' || !/^bearer(?: |$)/i.test(header)) return nothing
  return new Map([
    ['client_assertion_type', clientAssertionType],
    ['client_assertion', header.slice('bearer'.length).trim()],
  ])
}
