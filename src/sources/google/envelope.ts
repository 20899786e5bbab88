import { envelope as wrap, type Envelope } from '../envelope.ts'

/**
 * A Google access token in the shape of a JWT, as Google's Managed Kafka takes it; the specification with a test vector is
 * in `docs/google.md`. Nothing is signed: the third part is the access token, and the broker asks Google about it.
 * `subject` is an e-mail, or `principal://…` of a federated identity.
 */
export function envelope(of: Omit<Envelope, 'algorithm' | 'issuer'>): string {
  return wrap({ ...of, algorithm: 'GOOG_OAUTH2_TOKEN', issuer: 'Google' })
}
