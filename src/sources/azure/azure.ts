import * as z from 'zod/mini'
import { withDeadline } from '../../platform/deadline.ts'
import { once } from '../../platform/once.ts'
import { TokenError } from '../../token/error.ts'
import type { AccessToken, TokenSource } from '../../token/token.ts'
import { described, text } from '../option-text.ts'
import type { OptionProblem, SourceKind, SourceWorld } from '../source-kind.ts'
import { timesFor, type SourceTimes } from '../source-times.ts'
import { withAzureHint } from './azure-errors.ts'
import { findCredential, type ManagedIdentity } from './credential.ts'
import { askManagedIdentity, NoIdentity } from './managed-identity.ts'
import { scopeOption } from './scope.ts'
import { workloadIdentities } from './workload-identity.ts'

const options = once(() =>
  z.object({
    scope: described(
      scopeOption(),
      'Resource that the token is for, followed by /.default; a bare address such as https://<namespace>.servicebus.windows.net gets it added.',
    ),
    credential: described(
      z.optional(z.enum(['workload-identity', 'managed-identity'])),
      'Which credential is used. Default: workload identity where AZURE_FEDERATED_TOKEN_FILE is set, else a managed identity.',
    ),
    clientId: described(
      z.optional(text),
      'Client id of the application or of the managed identity. Default: AZURE_CLIENT_ID; without it, the managed identity of the system.',
    ),
    tenantId: described(z.optional(text), 'Tenant for workload identity. Default: AZURE_TENANT_ID.'),
    objectId: described(z.optional(text), 'Object (principal) id of the managed identity, instead of clientId.'),
    resourceId: described(z.optional(text), 'Azure resource id of the managed identity, instead of clientId.'),
  }),
)

type AzureOptions = z.output<ReturnType<typeof options>>

// IMDS asks for at least a second between attempts, and for more each time.
const leastWaitMs = 1_000
const longestWaitMs = 8_000

/** Entra ID by workload identity or managed identity, with the variables of azure-identity. */
export const azure: SourceKind<'azure', ReturnType<typeof options>> = {
  kind: 'azure',
  summary: 'Entra ID by workload or managed identity, for Event Hubs',
  get options() {
    return options()
  },
  check,
  create: (settings, world) => azureSource(settings, world, timesFor(world.fetchTimeoutMs)),
}

export function azureSource(
  settings: AzureOptions,
  { platform }: Pick<SourceWorld, 'platform'>,
  { timeoutMs, startingMs, retryMs }: SourceTimes,
): TokenSource {
  const createdAt = platform.monotonicNow()
  const resource = settings.scope.replace(/\/\.default$/, '')
  const workload = workloadIdentities(platform, settings.scope)
  let asked = 'Azure'
  let identitySeen = false
  let failures = 0

  async function obtain(signal: AbortSignal): Promise<AccessToken> {
    const { credential, tried } = findCredential(platform.env, { ...settings, resource })
    asked = new URL(credential.kind === 'workload-identity' ? credential.tokenEndpoint : credential.url).host
    if (credential.kind === 'workload-identity') return workload.obtain(credential, signal)
    try {
      return await byManagedIdentity(credential, signal)
    } catch (thrown) {
      if (!(thrown instanceof NoIdentity)) throw thrown
      throw new TokenError(
        'ERR_AZURE_NO_CREDENTIALS',
        `no Azure identity found. Tried: ${[...tried, thrown.message].join('; ')}`,
        // One that has been there is not gone because it is away for a moment.
        { cause: thrown, starting: (identitySeen && !thrown.isAnswer) || isStarting(), retryAfterMs: retryMs },
      )
    }
  }

  async function byManagedIdentity(identity: ManagedIdentity, signal: AbortSignal): Promise<AccessToken> {
    try {
      const token = await askManagedIdentity(identity, platform, signal)
      identitySeen = true
      failures = 0
      return { ...token, scope: settings.scope }
    } catch (thrown) {
      const { code, message, cause, retryAfterMs } = thrown instanceof TokenError ? thrown : {}
      if (code !== 'ERR_PROVIDER_UNAVAILABLE' || retryAfterMs !== undefined) throw withAzureHint(thrown)
      failures += 1
      const wait = Math.min(leastWaitMs * 2 ** (failures - 1), longestWaitMs)
      throw new TokenError(code, message ?? '', { cause, retryAfterMs: wait })
    }
  }

  function isStarting(): boolean {
    return platform.monotonicNow() - createdAt < startingMs
  }

  return {
    kind: 'azure',
    getToken(_request, signal) {
      const late = () =>
        new TokenError('ERR_PROVIDER_UNAVAILABLE', `no answer from ${asked} within ${timeoutMs / 1000} s`)
      return withDeadline(platform, timeoutMs, late, signal, obtain)
    },
    close: workload.close,
  }
}

function check({ credential, clientId, tenantId, objectId, resourceId }: AzureOptions): readonly OptionProblem[] {
  const problems: OptionProblem[] = []
  const names = Object.entries({ clientId, objectId, resourceId }).filter(([, value]) => value !== undefined)
  for (const [name] of names.slice(1)) {
    problems.push({
      path: [name],
      problem: `cannot be set together with ${names[0]?.[0] ?? ''}: one of them names the identity`,
    })
  }
  if (credential === 'managed-identity' && tenantId !== undefined) {
    problems.push({
      path: ['tenantId'],
      problem: 'is for credential workload-identity; a managed identity has its own tenant',
    })
  }
  if (credential === 'workload-identity') {
    for (const [name, value] of Object.entries({ objectId, resourceId })) {
      if (value !== undefined)
        problems.push({ path: [name], problem: 'is for credential managed-identity; use clientId' })
    }
  }
  return problems
}
