import { tokenSettings, type KeptToken } from '../kafka/token-settings.ts'
import type { Platform } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import type { Emit, ToldDelegationToken } from '../token/event.ts'
import type { AccessToken } from '../token/token.ts'
import { apiServers, type ApiServerOptions, type ApiServers } from './api-servers.ts'
import { fileDestination, type FileTarget } from './file.ts'
import { secretDestination } from './kubernetes-secret.ts'
import { keepFresh, type Destination, type Outlet, type OutletOptions } from './outlet.ts'
import { tokenContent, type AccessTokenFormat } from './token-content.ts'

/** One entry of `outlets`: whose assertions or tokens, or which delegation token, goes where. */
export interface OutletPlan {
  readonly from: { readonly assertion: string } | { readonly profile: string } | { readonly delegationToken: string }
  /** Either a file or, for delegation tokens, a Kubernetes Secret as `<namespace>/<name>`. */
  readonly to: OutletPlace
  /** Of a file; default `properties` for a delegation token, `raw` for everything else. */
  readonly format?: AccessTokenFormat | undefined
}

export interface OutletPlace extends Omit<FileTarget, 'file'>, ApiServerOptions {
  readonly file?: string | undefined
  readonly kubernetesSecret?: string | undefined
  /** Milliseconds, for assertions. */
  readonly refresh?: number | undefined
}

export interface OutletsOptions {
  readonly platform: Platform
  readonly emit: Emit
  readonly getToken: (profile: string) => Promise<AccessToken>
  readonly getAssertion: (profile: string) => Promise<Secret>
  /** Calls `hear` with the token of this name, now if there is one, and whenever it changes, until what it returns is called. */
  readonly followDelegationToken: (name: string, hear: (kept: KeptToken) => void) => () => void
}

/** Everything that goes elsewhere than through the endpoint. What it has put somewhere stays there. */
export interface Outlets {
  close(): void
}

/** Providers that take an assertion once want a new one soon: Keycloak refuses what is older than 60 s. */
const assertionRefreshMs = 30_000
/** The cache renews ahead; a new token is noticed this soon, and so is a file that is gone. */
const tokenRefreshMs = 5_000
/** A new delegation token is written at once; this is about Secrets that another hand has changed. */
const secretRefreshMs = 30_000
/** A Secret that was missing is filled this soon after somebody made it. */
const longestSecretRetryMs = 10_000

export function startOutlets(plans: readonly OutletPlan[], options: OutletsOptions): Outlets {
  const servers = apiServers(options.platform)
  const outlets = plans.map((plan) => startOutlet(plan, options, servers))
  return {
    close() {
      for (const outlet of outlets) outlet.close()
      servers.close()
    },
  }
}

function startOutlet(plan: OutletPlan, options: OutletsOptions, servers: ApiServers): Pick<Outlet, 'close'> {
  const { from, to, format = 'raw' } = plan
  if ('delegationToken' in from) return publish(from.delegationToken, plan, options, servers)
  const { platform, emit, getToken, getAssertion } = options
  const keepFile = <Content>(
    profile: string,
    kept: Pick<OutletOptions<Content>, 'content' | 'refreshMs'> & AsText<Content>,
  ): Outlet =>
    keepFresh<Content>({
      ...kept,
      platform,
      emit,
      destination: fileDestination(fileTarget(to), kept.text),
      failed: { profile },
      written: () => ({ profile }),
    })
  if ('assertion' in from) {
    const { assertion: profile } = from
    const refreshMs = to.refresh ?? assertionRefreshMs
    return keepFile<Secret>(profile, { content: () => getAssertion(profile), text: (content) => content, refreshMs })
  }
  const { profile } = from
  const text = (token: AccessToken): Secret => tokenContent(token, format)
  return keepFile<AccessToken>(profile, { content: () => getToken(profile), text, refreshMs: tokenRefreshMs })
}

interface AsText<Content> {
  readonly text: (content: Content) => Secret
}

/** Keeps a delegation token at its place; a new one is there at once. */
function publish(name: string, plan: OutletPlan, options: OutletsOptions, servers: ApiServers): Pick<Outlet, 'close'> {
  const { platform, emit, followDelegationToken } = options
  let newest: KeptToken | undefined
  const outlet = keepFresh<KeptToken>({
    platform,
    emit,
    ...destinationOf(plan, platform, servers),
    content: () => Promise.resolve(newest),
    failed: { name },
    written: (kept) => ({ delegationToken: toldOf(kept) }),
  })
  const leave = followDelegationToken(name, (kept) => {
    newest = kept
    outlet.look()
  })
  return {
    close() {
      leave()
      outlet.close()
    },
  }
}

type Place = Pick<OutletOptions<KeptToken>, 'refreshMs' | 'longestRetryMs' | 'spread'> & {
  readonly destination: Destination<KeptToken>
}

function destinationOf({ to, format: given }: OutletPlan, platform: Platform, servers: ApiServers): Place {
  const { kubernetesSecret: secret } = to
  // Raw would be the HMAC alone, which nobody can use; the configuration refuses it.
  const format = given === undefined || given === 'raw' ? 'properties' : given
  if (secret === undefined) {
    const destination = fileDestination<KeptToken>(fileTarget(to), (kept) => tokenSettings(kept)[format])
    return { destination, refreshMs: tokenRefreshMs }
  }
  const destination = secretDestination({ platform, secret, api: () => servers.at(to) })
  return { destination, refreshMs: secretRefreshMs, longestRetryMs: longestSecretRetryMs, spread: 0.2 }
}

const fileTarget = ({ file = '', mode, group }: OutletPlace): FileTarget => ({ file, mode, group })

function toldOf({ name, token }: KeptToken): ToldDelegationToken {
  const { tokenId, owner, renewers, expiresAt, maxLifetimeAt } = token
  return { name, tokenId, owner, renewers, expiresAt, maxLifetimeAt }
}
