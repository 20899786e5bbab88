import type { ApiName, Request } from './codec.ts'

interface Place {
  /** Node id. */
  readonly broker: number
  readonly listener: string
  /** Counted over the whole cluster. */
  readonly connection: number
  /** By the cluster's clock. */
  readonly at: number
}

/** One request, as it arrived. */
export interface Call<Name extends ApiName = ApiName> extends Place {
  readonly api: Name
  readonly version: number
  readonly clientId: string | null
  /** Undefined: in a version that the broker does not have. */
  readonly request: Request<Name> | undefined
  /** As in `User:spark`; undefined: before the login. */
  readonly principal: string | undefined
}

/** One login that came to its end. */
export interface Login extends Place {
  readonly mechanism: string
  readonly isAccepted: boolean
  readonly principal?: string
  readonly isByToken?: boolean
  /** As it was told: 0 without a limit as well. */
  readonly sessionLifetimeMs: number
}

/** What happened in a cluster. */
export interface Journal {
  readonly calls: Call[]
  readonly logins: Login[]
  /** What no broker would have understood; a test of a client finds nothing here. */
  readonly malformed: string[]
  readonly nextConnection: () => number
  /** A connection has been opened. */
  readonly opened: () => void
}
