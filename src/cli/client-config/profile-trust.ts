import { loadConfig } from '../../config/load.ts'
import { ConfigError, unknownProfile } from '../../config/fault.ts'
import type { Config, ProfileConfig } from '../../config/schema.ts'
import type { Target, Trust } from '../../client-config/tool.ts'
import { defaultProfile } from '../../token/profiles.ts'
import type { Terminal } from '../command.ts'
import { readTextFile } from '../read-text-file.ts'

/** Options that tell which profile a broker is to trust. */
const profileOptions = ['--config', '--source', '--properties']

/** Whether the arguments describe a profile, whose options are then told apart from our own. */
export function describesProfile(argv: readonly string[]): boolean {
  return argv.some((argument) => profileOptions.some((name) => argument === name || argument.startsWith(`${name}=`)))
}

export interface ProfileTrust {
  readonly trust: Trust
  /** Where this sidecar listens; undefined where it takes a free port. */
  readonly origin?: string
}

/** What brokers have to check of a profile's tokens, as far as its configuration says it. Throws ConfigError. */
export async function profileTrust(
  argv: readonly string[],
  terminal: Terminal,
  name = defaultProfile,
  url?: string,
): Promise<ProfileTrust> {
  const warn = (message: string): void => {
    terminal.err(`kafka-token-sidecar: ${message}\n`)
  }
  const config = await loadConfig({ argv, env: terminal.env, readFile: readTextFile, warn })
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined
  if (!profile) {
    const problem = unknownProfile(name, Object.keys(config.profiles))
    throw new ConfigError([{ option: '--profile', given: name, problem }])
  }
  const origin = url === undefined ? originOf(config) : new URL(url).origin
  return { trust: trustIn(profile, name, origin), ...(origin !== undefined && { origin }) }
}

function originOf({ listen }: Config): string | undefined {
  return listen.port === 0 ? undefined : `${listen.tls ? 'https' : 'http'}://localhost:${listen.port}`
}

function trustIn(profile: ProfileConfig, name: string, origin: string | undefined): Trust {
  if (profile.source === 'gcp') {
    const problem = 'is for Google Managed Kafka, whose brokers Google sets up; others refuse its tokens'
    throw new ConfigError([{ option: '--source', given: 'gcp', problem }])
  }
  const suffix = name === defaultProfile ? '' : `/${name}`
  if (profile.source === 'self-issued') {
    const own = origin === undefined ? undefined : origin + suffix
    return {
      issuer: profile.issuer ?? own,
      audience: first(profile.audience),
      jwksUrl: origin === undefined ? undefined : `${origin}/jwks${suffix}`,
    }
  }
  const { issuer, audience, principalClaim } = profile as Readonly<Record<string, unknown>>
  return {
    issuer: textOf(issuer),
    audience: first(audience),
    principalClaim: textOf(principalClaim),
  }
}

/** Kafka takes a token that has any of those it expects, so one of them is enough. */
const first = (value: unknown): string | undefined => textOf(Array.isArray(value) ? value[0] : value)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Flags come before what the profile says. */
export function withTrust(target: Target, { trust }: ProfileTrust): Target {
  const said = Object.fromEntries(Object.entries(target.trust ?? {}).filter(([, value]) => value !== undefined))
  return { ...target, trust: { ...trust, ...said } }
}
