import type { Route } from '../http/route.ts'
import type { WireRequest, WireResponse } from '../http/wire-message.ts'
import { defaultProfile } from '../token/profiles.ts'
import { profilePart, readiness, startedUp, tokenPart, type Health, type Part, type Role } from './health.ts'
import { isoTime } from './iso-time.ts'
import type { Observed } from './observed/observed.ts'
import { plainText } from './plain-text.ts'

export interface HealthOptions {
  readonly observed: () => Observed
  readonly role: () => Role
}

/** Of those that cannot be given, so many are told unless all are asked for. */
const mostTold = 20

/** `/livez`, `/readyz` and `/startupz`, as Kubernetes has them: for anybody, by any name, without anything secret. */
export function healthRoutes({ observed, role }: HealthOptions): Route[] {
  const isDraining = (): boolean => observed().phase === 'draining'

  function readyOne(request: WireRequest, kind: Part['kind'], name: string): WireResponse {
    const { profiles, delegationTokens } = role()
    const isProfile = kind === 'profile'
    if (!(isProfile ? profiles : delegationTokens).includes(name)) {
      return plainText(404, `there is no ${kind} ${name.replace(/[^\w.-]/g, '?').slice(0, 64)}\n`)
    }
    const known = observed()
    const part = isProfile
      ? profilePart(name, known.profiles.get(name))
      : tokenPart(name, known.delegationTokens.get(name))
    const isReady = part.isReady && !isDraining()
    const summary = isDraining() ? 'draining' : isReady ? 'ready' : `${kind} ${name} cannot be given`
    return answerOf(request, { isReady, summary, parts: [part] })
  }

  return [
    get('/livez', () => plainText(200, 'alive\n')),
    get('/readyz', (request) => answerOf(request, readiness(role(), observed()))),
    get('/startupz', (request) => answerOf(request, startedUp(role(), observed(), defaultProfile))),
    get('/readyz/:profile', (request, name) => readyOne(request, 'profile', name)),
    get('/readyz/delegation-tokens/:name', (request, name) => readyOne(request, 'delegation token', name)),
  ]
}

function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, isPublic: true, handle }
}

function answerOf({ headers, query }: WireRequest, health: Health): WireResponse {
  const status = health.isReady ? 200 : 503
  if (String(headers['accept'] ?? '').includes('application/json')) {
    return plainText(status, `${JSON.stringify(asJson(health))}\n`, 'application/json')
  }
  const isVerbose = new URLSearchParams(query).has('verbose')
  const { parts, summary } = health
  const shown = isVerbose ? parts : parts.filter(({ isReady }) => !isReady)
  const told = isVerbose ? shown : shown.slice(0, mostTold)
  const rest = shown.length - told.length
  const lines = [summary, ...told.map(lineOf), ...(rest > 0 ? [`and ${rest} more; ?verbose tells all`] : [])]
  return plainText(status, `${lines.join('\n')}\n`)
}

function lineOf({ kind, name, isReady, isUnused, code }: Part): string {
  const state = isUnused ? 'unused' : isReady ? 'ready' : 'cannot be given'
  return `${kind} ${name}: ${state}${code === undefined ? '' : ` (${code})`}`
}

function asJson({ isReady, summary, parts }: Health): object {
  const ofKind = (wanted: Part['kind']): object =>
    Object.fromEntries(
      parts
        .filter(({ kind }) => kind === wanted)
        .map(({ name, isReady: ready, isUnused, code, expiresAt }) => [
          name,
          {
            ready,
            unused: isUnused,
            ...(code !== undefined && { code }),
            ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
          },
        ]),
    )
  return { ready: isReady, summary, profiles: ofKind('profile'), delegationTokens: ofKind('delegation token') }
}
