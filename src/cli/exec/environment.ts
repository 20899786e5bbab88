import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { namedVariables } from '../../config/given.ts'
import type { Config } from '../../config/schema.ts'
import { defaultProfile } from '../../token/profiles.ts'
import { javaOptions } from './java-options.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface EnvironmentOptions {
  readonly env: Env
  readonly config: Config
  /** As in `http://localhost:14293`. */
  readonly url: string
  readonly profile: string
  readonly setsJavaOptions: boolean
}

export interface CommandEnvironment {
  readonly env: Env
  /** Where tokens of the profile are to be had. */
  readonly endpoint: string
  readonly warnings: readonly string[]
}

/** The environment of the command: what ours is, without what is for the sidecar alone, and with the endpoint. */
export function commandEnvironment(options: EnvironmentOptions): CommandEnvironment {
  const { env, config, url, profile, setsJavaOptions } = options
  const ofSidecar = namedVariables(config)
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('KTS_') && !ofSidecar.has(name))
  const endpoint = endpointOf(url, profile)
  const passed = {
    ...Object.fromEntries(kept),
    KAFKA_TOKEN_SIDECAR_URL: url,
    SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: endpoint,
  }
  if (!setsJavaOptions) return { env: passed, endpoint, warnings: [] }
  const { changed, warnings } = javaOptions(passed, urlsFor(endpoint, url, config))
  return { env: { ...passed, ...changed }, endpoint, warnings }
}

function endpointOf(url: string, profile: string): string {
  return profile === defaultProfile ? `${url}/token` : `${url}/token/${profile}`
}

/** Whatever a client of the command may have for its endpoint, the most likely first. */
function urlsFor(endpoint: string, url: string, { profiles, outlets }: Config): readonly string[] {
  const names = Object.keys(profiles)
  const ofDefault = names.includes(defaultProfile) ? [`${url}/token`, url, `${url}/`] : []
  const files = outlets.flatMap(({ from, to, format = 'raw' }) =>
    'profile' in from && to.file !== undefined && format === 'raw' ? [pathToFileURL(resolve(to.file)).href] : [],
  )
  const others = names.map((name) => endpointOf(url, name))
  return [...new Set([endpoint, ...ofDefault, ...files, ...others])]
}
