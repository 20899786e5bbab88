import { withDeadline } from '../../platform/deadline.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Secret } from '../../platform/secret.ts'
import { asTokenError, TokenError } from '../../token/error.ts'
import type { DelegationTokenChanged, Emit } from '../../token/event.ts'
import type { Cluster } from '../cluster.ts'
import type { DelegationToken } from '../delegation-token.ts'
import { expireDelegationToken } from '../delegation-tokens.ts'
import type { SilentBrokers } from '../silent-brokers.ts'
import { dangersOf } from './dangers.ts'
import { formerToken } from './former.ts'
import { tokenMaker } from './maker.ts'
import type { KeeperPlan } from './plan.ts'
import type { Proof } from './proof.ts'
import { renewedUntil } from './renewal.ts'
import { repeated } from './repeated.ts'
import { renewAt, replaceAt } from './times.ts'
import { trials } from './trials.ts'

export interface KeeperWorld {
  readonly platform: Platform
  readonly emit: Emit
  /** Shared by all that log in there in the same way. */
  readonly cluster: Cluster
  /** Shared by all that try tokens. */
  readonly silent?: SilentBrokers | undefined
  /** Waits for its turn: a thousand tokens are not made all at once. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Hears of the token that every broker takes, and of each change of it. */
  readonly publish: (token: DelegationToken, about: Published) => void
}

export interface Published {
  /** Whether brokers are reached by TLS. */
  readonly tls: boolean
  /** When it expires by our clock, which may differ from that of the controller. */
  readonly endsAt: number
}

export interface Keeper {
  /** Resolves when it has stopped, and with `expireOnStop`, where it may, when its tokens are expired. Never rejects. */
  stop(options: { readonly mayExpire: boolean }): Promise<void>
}

/** Between two attempts when no token is left that works: seldom only after a while. */
const longestDeadMs = 10_000
const stopDeadlineMs = 5_000
const mostHmacs = 3
/** Of the time to the expiry: what is left when renewing is given up, or less where it is renewed late. */
const endingShare = 0.1
/** Brokers hear of a new token within some 100 ms, and those that start within seconds. */
const patience = { mostMs: 15_000, leastMs: 2_000 }
/** Keepers that make a token at the same moment agree on one of them within so many switches. */
const mostSwitches = 3
/** What is given up for another one may be what a third keeper has published, until its next look. */
const givenUp = { looks: 2, leastMs: 60_000 }

/**
 * Keeps one token alive. Each look compares what the cluster has with what is published, and does what is missing: so it does
 * not matter what happened before, in this process or in another.
 */
export function keeper(plan: KeeperPlan, { platform, emit, cluster, silent, inTurn, publish }: KeeperWorld): Keeper {
  const maker = tokenMaker(plan, { platform, emit, cluster })
  const former = formerToken(plan, cluster, maker)
  const tried = trials(plan, { platform, silent, now: maker.now })
  const made = new Set<string>()
  let published: DelegationToken | undefined
  /** Made, and not published yet. */
  let unseen: DelegationToken | undefined
  /** All that it was published with: the controller may have another secret key than the brokers. */
  let hmacs: readonly Secret[] = []
  /** When the expiry of the published one was learned. */
  let since = 0
  let chance = platform.random()
  let isTls = false

  async function look(signal: AbortSignal): Promise<number> {
    tried.begin()
    const found = await find(signal)
    const current = found.find(({ tokenId }) => tokenId === published?.tokenId)
    // First of all, and whatever comes of it: what is in use stays alive.
    const alive = await Promise.allSettled([current && renew(current, signal), former.look(found, signal)])
    const lasting = found.find((token) => maker.now() < replaceAt(token, plan, chance) && !isLost(token))
    const token = lasting ?? (await create(signal))
    if (!isPublished(token)) await take(token, signal)
    else if (maker.now() >= tried.dueAt) await prove(token, signal)
    for (const result of alive) if (result.status === 'rejected') throw result.reason
    return nextLookAt() - maker.now()
  }

  function nextLookAt(): number {
    const ahead = published ? [renewAt(published, plan, since, chance), replaceAt(published, plan, chance)] : []
    return Math.min(...ahead, tried.dueAt, former.dueAt(chance))
  }

  async function find(signal: AbortSignal): Promise<readonly DelegationToken[]> {
    return (await maker.find(signal)).filter((token) => !tried.isDead(token))
  }

  function isPublished({ tokenId, hmac }: DelegationToken): boolean {
    return published?.tokenId === tokenId && published.hmac.reveal() === hmac.reveal()
  }

  async function create(signal: AbortSignal): Promise<DelegationToken> {
    const startedAt = platform.monotonicNow()
    const token = await maker.create(signal)
    made.add(token.tokenId)
    unseen = token
    tell('created', token, startedAt)
    return token
  }

  /** Publishes another token, or another HMAC of the same, once every broker takes it. */
  async function take(first: DelegationToken, signal: AbortSignal): Promise<void> {
    const startedAt = platform.monotonicNow()
    let token = first
    for (let switches = 0; ; switches++) {
      const proof = await prove(token, signal)
      const better = made.has(token.tokenId) && switches < mostSwitches ? await betterThan(token, signal) : undefined
      if (!better) {
        isTls = (await plan.client.access(signal)).tls !== undefined
        if (!published) for (const message of dangersOf(plan, token, isTls)) emit({ type: 'warning', message })
        become(token, startedAt, proof)
        return
      }
      await giveUp(token, signal).catch(() => undefined)
      token = better
    }
  }

  /** One that another keeper made at the same moment; all choose the same. */
  async function betterThan(token: DelegationToken, signal: AbortSignal): Promise<DelegationToken | undefined> {
    const [best] = await find(signal)
    if (!best || best.maxLifetimeAt < token.maxLifetimeAt) return undefined
    return best.maxLifetimeAt > token.maxLifetimeAt || best.tokenId < token.tokenId ? best : undefined
  }

  async function giveUp(token: DelegationToken, signal: AbortSignal): Promise<void> {
    const startedAt = platform.monotonicNow()
    const periodMs = Math.max(givenUp.looks * plan.checkEveryMs, givenUp.leastMs)
    maker.fresh.forget(token)
    const isShorter = maker.now() + periodMs < token.expiresAt
    const expiresAt = isShorter
      ? await expireDelegationToken(cluster, { hmac: token.hmac, periodMs }, signal)
      : token.expiresAt
    tell('lapsing', { ...token, expiresAt }, startedAt)
  }

  /** Tries it everywhere. Rejects where a broker refuses it, unless what is published ends before that can be mended. */
  async function prove(token: DelegationToken, signal: AbortSignal): Promise<Proof> {
    const proof = await tried.run(token, patienceMs(), signal)
    if (proof.error && (isPublished(token) || !isEnding(published))) throw proof.error
    return proof
  }

  /** What is published must neither lapse nor miss its renewal meanwhile. */
  function patienceMs(): number {
    if (!published) return patience.mostMs
    const leftMs = Math.min(renewAt(published, plan, since, chance), published.expiresAt) - maker.now()
    return Math.min(Math.max(leftMs, patience.leastMs), patience.mostMs)
  }

  /** It is time to renew it since long, and that does not work. */
  function isEnding(token: DelegationToken | undefined): boolean {
    const share = Math.min(endingShare, (1 - plan.renewAt) / 2)
    return token !== undefined && token.expiresAt - maker.now() < share * (token.expiresAt - since)
  }

  /** Another one has to take its place, whatever keeps it from being renewed. */
  function isLost({ tokenId }: DelegationToken): boolean {
    return tokenId === published?.tokenId && published.expiresAt < published.maxLifetimeAt && isEnding(published)
  }

  function become(token: DelegationToken, startedAt: number, { unreachable, differing }: Proof): void {
    const isSame = token.tokenId === published?.tokenId
    if (!isSame && !made.has(token.tokenId)) tell('adopted', token, startedAt)
    if (published && !isSame) {
      former.begin(published)
      tell('lapsing', published, startedAt)
    }
    tell(isSame ? 'rekeyed' : 'usable', token, startedAt, { unreachable, differing })
    hmacs = isSame ? [token.hmac, ...hmacs].slice(0, mostHmacs) : [token.hmac]
    put(token)
  }

  function put(token: DelegationToken): void {
    published = token
    if (unseen?.tokenId === token.tokenId) unseen = undefined
    since = maker.now()
    chance = platform.random()
    publish(token, { tls: isTls, endsAt: platform.now() + token.expiresAt - maker.now() })
  }

  async function renew(token: DelegationToken, signal: AbortSignal): Promise<void> {
    // Another keeper, or somebody by hand.
    if (published && token.expiresAt !== published.expiresAt) put({ ...published, expiresAt: token.expiresAt })
    if (maker.now() < renewAt(token, plan, since, chance)) return
    const startedAt = platform.monotonicNow()
    const about = { periodMs: plan.renewPeriodMs, now: maker.now(), signal, otherHmacs: hmacs }
    const expiresAt = await renewedUntil(cluster, token, about)
    // It lasts longer than a renewal would make it, and is looked at again when less of that is left.
    if (expiresAt === undefined) since = maker.now()
    if (expiresAt === undefined) return
    const renewed = { ...token, expiresAt }
    maker.fresh.note(renewed)
    tell('renewed', renewed, startedAt)
    if (published) put({ ...published, expiresAt })
  }

  async function expire(token: DelegationToken, signal: AbortSignal): Promise<void> {
    const startedAt = platform.monotonicNow()
    maker.fresh.forget(token)
    await expireDelegationToken(cluster, token, signal)
    tell('expired', token, startedAt)
  }

  function tell(
    action: DelegationTokenChanged['action'],
    { tokenId, owner, renewers, expiresAt, maxLifetimeAt }: DelegationToken,
    startedAt: number,
    { unreachable = [], differing = [] }: Partial<Proof> = {},
  ): void {
    const tookMs = platform.monotonicNow() - startedAt
    const about = { name: plan.name, tokenId, owner, renewers, expiresAt, maxLifetimeAt, tookMs }
    emit({
      type: 'delegation-token-changed',
      action,
      ...about,
      ...(unreachable.length > 0 && { unreachable }),
      ...(differing.length > 0 && { differing }),
    })
  }

  function tellFailure({ code, message, hint }: TokenError, isRepeated: boolean, nextAttemptMs: number): void {
    const { differing } = tried
    emit({
      type: 'delegation-token-failed',
      name: plan.name,
      code,
      message,
      hint,
      nextAttemptMs,
      isRepeated,
      ...(differing.length > 0 && { differing }),
      ...(published && { expiresAt: published.expiresAt }),
    })
  }

  const looks = repeated({
    platform,
    work: look,
    inTurn,
    onFailure: tellFailure,
    // The nearer the end of what is published, on either side, the more often.
    longestRetryMs() {
      const leftMs = published ? published.expiresAt - maker.now() : Infinity
      return leftMs > 0 ? leftMs / 10 : Math.min(-leftMs / 4, longestDeadMs)
    },
  })
  return {
    async stop({ mayExpire }) {
      await looks.stop()
      if (!plan.expireOnStop || !mayExpire) return
      const mine = [published, former.token, unseen].filter((token) => token !== undefined)
      const late = (): Error => new TokenError('ERR_KAFKA_TIMEOUT', 'the token could not be expired in time')
      const { signal } = new AbortController()
      for (const token of mine) {
        try {
          await withDeadline(platform, stopDeadlineMs, late, signal, (inner) => expire(token, inner))
        } catch (thrown) {
          tellFailure(asTokenError(thrown), false, 0)
        }
      }
    },
  }
}
