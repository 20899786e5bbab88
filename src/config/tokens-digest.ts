import { createHash } from 'node:crypto'
import { isRecord, type Config } from './schema.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Variables by which Google, AWS and Azure find whose credentials are used; those that are secret themselves tell nobody apart. */
const tellsWhose = /^(GOOGLE|GCE|CLOUDSDK|AWS|AZURE|IDENTITY)_|^HOME$/
const isSecret = /(SECRET|SECRET_ACCESS_KEY|TOKEN|PASSWORD|HEADER)$/

/**
 * Digest of all that decides whose tokens are given to whom, and published where: profiles, callers, delegation tokens,
 * outlets, and the variables that lead to credentials. Secrets take no part in it, nor does what is in files.
 */
export function tokensDigest(config: Config, env: Env, folder: string): string {
  const { profiles, callers, issuers, delegationTokens, outlets } = config
  const told = { profiles, callers, issuers, delegationTokens, outlets }
  const variables = Object.entries(env).filter(([name]) => tellsWhose.test(name) && !isSecret.test(name))
  const written = JSON.stringify([
    ordered(told),
    ordered(Object.fromEntries(variables)),
    // The same name leads to another file from another folder.
    namesRelativeFile(told) ? folder : '',
  ])
  return createHash('sha256').update(written).digest('base64url')
}

/** The same whatever the order in which keys were written. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isRecord(value) || 'toJSON' in value) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, ordered(value[key])]),
  )
}

function namesRelativeFile(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesRelativeFile)
  if (!isRecord(value)) return false
  return Object.entries(value).some(([key, inner]) =>
    typeof inner === 'string' ? /file$/i.test(key) && !inner.startsWith('/') : namesRelativeFile(inner),
  )
}
