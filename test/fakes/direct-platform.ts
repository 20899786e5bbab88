import { nodePlatform, type Platform } from '../../src/platform/platform.ts'

/**
 * The real platform with an environment of its own. With `endpoints`, calls to https://*.googleapis.com go there instead,
 * in plain HTTP; everything else is the real thing.
 */
export function directPlatform(env: Readonly<Record<string, string>>, endpoints?: { origin: string }): Platform {
  // Never the metadata server of the machine that the tests run on.
  const platform = nodePlatform({ GCE_METADATA_HOST: '127.0.0.1:1', ...env })
  if (!endpoints) return platform
  return {
    ...platform,
    fetch(url, init) {
      const target = new URL(url)
      return platform.fetch(
        target.hostname.endsWith('.googleapis.com') ? endpoints.origin + target.pathname + target.search : target,
        init,
      )
    },
  }
}
