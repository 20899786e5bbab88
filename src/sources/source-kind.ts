import type * as z from 'zod/mini'
import type { Platform } from '../platform/platform.ts'
import type { Emit } from '../token/event.ts'
import type { TokenSource } from '../token/token.ts'

/** What a source is handed to be made with. */
export interface SourceWorld {
  readonly platform: Platform
  readonly profile: string
  readonly emit: Emit
  /** Deadline of one getToken, in milliseconds: the profile's `fetchTimeout`. */
  readonly fetchTimeoutMs: number
  /** Issuer of this profile unless one is configured: the sidecar's own address. */
  readonly defaultIssuer: string
}

/** How a kind of source describes itself: its name in the configuration, its options, and how it is made. */
export interface SourceKind<Kind extends string, Options extends z.ZodMiniObject> {
  /** As in `source: gcp`; equals its file's name. */
  readonly kind: Kind
  /** Each option with its description and default; a plain object, so that those common to all kinds can be added. */
  readonly options: Options
  create(options: z.output<Options>, world: SourceWorld): TokenSource
}
