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
  /** What is made once for this profile and stays, also when its options change while the sidecar runs. */
  lasting<Value>(what: string, make: () => Value): Value
  /** The tokens of another profile. Throws ERR_REQUEST_PROFILE where there is none. */
  source(profile: string): TokenSource
  /** What the source reads has changed: a failing profile tries again at once, and a `fresh` token is taken at once. */
  changed(options?: { readonly fresh?: boolean }): void
}

/** What is wrong with the options of one profile, at the option that has to change. */
export interface OptionProblem {
  /** As in `['assertion', 'privateKeyFile']`. */
  readonly path: readonly string[]
  /** As the other faults of the configuration: `is needed for …`, `must not …`. */
  readonly problem: string
}

/** How a kind of source describes itself: its name in the configuration, its options, and how it is made. */
export interface SourceKind<Kind extends string, Options extends z.ZodMiniObject> {
  /** As in `source: gcp`; equals its file's name. */
  readonly kind: Kind
  /** Each option with its description and default; a plain object, so that those common to all kinds can be added. */
  readonly options: Options
  /** A few words for the list of sources in `--help`. */
  readonly summary?: string
  /** What no option can tell by itself, such as two that exclude each other. Asked once all of them are valid. */
  check?(options: z.output<Options>): readonly OptionProblem[]
  create(options: z.output<Options>, world: SourceWorld): TokenSource
}
