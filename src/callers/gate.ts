import type { CallerForm, CallerRequest, Proof } from './caller.ts'

/** Who is let in, and to what. */
export interface Gate {
  /**
   * Who asks; undefined where nobody has to say so. Throws or rejects with a TokenError (`ERR_CALLER_*`), whose `cause` is
   * for the audit stream alone.
   */
  identify(request: CallerRequest, form: CallerForm): Proof | undefined | Promise<Proof | undefined>
  /**
   * The profile that is asked for: by the path, else the first of the caller's, else `default`. Throws ERR_CALLER_PROFILE,
   * or ERR_CALLER_LIMIT when the caller asks too often.
   */
  profileFor(proof: Proof | undefined, request: CallerRequest, form: CallerForm, inPath: string | undefined): string
  /**
   * Lets through who may read this delegation token. Throws ERR_CALLER_DELEGATION_TOKEN, which is the same whether there is one of
   * this name or not, or ERR_CALLER_LIMIT when the caller asks too often.
   */
  requireDelegationToken(proof: Proof | undefined, name: string): void
  /** How callers may prove who they are, as `token_endpoint_auth_methods_supported` (RFC 8414 §2) has it. */
  readonly authMethods: readonly string[]
}
