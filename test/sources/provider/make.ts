import type * as z from 'zod/mini'
import { clientCredentials } from '../../../src/sources/client-credentials.ts'
import { jwtBearer } from '../../../src/sources/jwt-bearer.ts'
import type { AssertingSource } from '../../../src/sources/provider/provider-source.ts'
import { tokenExchange } from '../../../src/sources/token-exchange.ts'
import type { OptionProblem, SourceKind, SourceWorld } from '../../../src/sources/source-kind.ts'
import type { SidecarEvent } from '../../../src/token/event.ts'
import { TokenError } from '../../../src/token/error.ts'
import type { TokenSource } from '../../../src/token/token.ts'
import { nodePlatform, type Platform } from '../../../src/platform/platform.ts'

export const kinds = {
  'client-credentials': clientCredentials,
  'jwt-bearer': jwtBearer,
  'token-exchange': tokenExchange,
} as const

type Kind = Pick<SourceKind<string, z.ZodMiniObject>, 'options' | 'check' | 'create'>

export type KindName = keyof typeof kinds

export interface Made {
  readonly source: AssertingSource
  readonly events: SidecarEvent[]
  /** How often the source said that what it reads has changed. */
  readonly changes: () => number
}

export interface Surroundings {
  readonly platform?: Platform
  readonly env?: Readonly<Record<string, string>>
  readonly fetchTimeoutMs?: number
  /** Name of the profile; default: orders. */
  readonly profile?: string
  /** Other profiles. */
  readonly profiles?: Readonly<Record<string, TokenSource>>
  readonly changed?: () => void
}

/** A source as a user configures it: its options are parsed and checked, then it is made. */
export function make(name: KindName, options: Readonly<Record<string, unknown>>, around: Surroundings = {}): Made {
  const { env = {}, platform = nodePlatform(env), fetchTimeoutMs = 10_000, profile = 'orders', profiles = {} } = around
  const events: SidecarEvent[] = []
  let changes = 0
  const world: SourceWorld = {
    platform,
    profile,
    emit: (event) => void events.push(event),
    fetchTimeoutMs,
    defaultIssuer: 'http://localhost:14293',
    lasting: (_what, make) => make(),
    source(profile) {
      const other = profiles[profile]
      if (other) return other
      throw new TokenError('ERR_REQUEST_PROFILE', `there is no profile ${profile}`)
    },
    changed() {
      changes++
      around.changed?.()
    },
  }
  // The three kinds have much in common, which the compiler does not see.
  const kind: Kind = kinds[name]
  const settings = kind.options.parse(options) as never
  const [problem] = kind.check?.(settings) ?? []
  if (problem) throw new Error(`${problem.path.join('.')} ${problem.problem}`)
  return { source: kind.create(settings, world) as AssertingSource, events, changes: () => changes }
}

/** What is wrong with the options, found before the start. */
export function problemsOf(name: KindName, options: Readonly<Record<string, unknown>>): readonly OptionProblem[] {
  const kind: Kind = kinds[name]
  return kind.check?.(kind.options.parse(options)) ?? []
}

/** A source that gives this text as a token. */
export function fixedSource(read: () => string): TokenSource {
  return {
    kind: 'fixed',
    getToken: async () => {
      const { Secret } = await import('../../../src/platform/secret.ts')
      return { value: new Secret(read()), expiresAt: Date.now() + 3_600_000 }
    },
  }
}
