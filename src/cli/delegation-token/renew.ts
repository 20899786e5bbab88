import { ConfigError } from '../../config/fault.ts'
import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { expireDelegationToken, renewDelegationToken } from '../../kafka/delegation-tokens.ts'
import type { Secret } from '../../platform/secret.ts'
import { asTokenError } from '../../token/error.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { accessIn } from './access.ts'
import { accessFlags, readGiven } from './flags.ts'
import {
  checkTokenFlags,
  listedToken,
  meantToken,
  requireListed,
  tokenFlags,
  withHmac,
  type MeantToken,
} from './hmac.ts'
import { note } from './note.ts'
import { jsonText, outputIn } from './output.ts'
import { periodIn } from './period.ts'
import { withSession, type Session } from './session.ts'
import { dateText } from './table.ts'

const flag = '--renew-time-period'
const flags = [...accessFlags, ...tokenFlags, flag, '--allow-shorter', '--output'] as const

/** Clocks of brokers differ from ours by so much without anybody being at fault. */
const toleranceMs = 2_000

export async function renew(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, flags)
  const periodMs = periodIn(given, flag)
  const output = outputIn(given, ['table', 'json'], 'table')
  checkTokenFlags(given, { wants: 'one' })
  const access = accessIn(given)
  given.settle()
  if (!access) return exitCode.configuration
  const meant = await meantToken(given, terminal)
  return withSession(access, given, terminal, async (session) => {
    const former = await before(meant, session)
    const keepsLonger = !given.has('--allow-shorter')
    if (former && keepsLonger && periodMs !== undefined) requireLonger(former, periodMs, given.text(flag), session)
    const expiresAt = await withHmac(meant, former, (hmac) =>
      renewed({ hmac, periodMs, former, keepsLonger }, session, terminal),
    )
    terminal.out(
      output === 'json'
        ? jsonText(inJson(expiresAt, former))
        : `Completed renew operation. New expiry date : ${dateText(expiresAt)}\n`,
    )
    tellLimits({ expiresAt, periodMs, former }, session, terminal)
    return exitCode.ok
  })
}

/** Why the token does not live as long as was asked for. */
function tellLimits(
  {
    expiresAt,
    periodMs = 0,
    former,
  }: { expiresAt: number; periodMs: number | undefined; former: DelegationToken | undefined },
  { platform }: Session,
  terminal: Terminal,
): void {
  if (former && expiresAt >= former.maxLifetimeAt) {
    note(
      terminal,
      'that is the end of its maximum lifetime, beyond which nothing renews it: make another one in time, as delegation-token keep does',
    )
  } else if (expiresAt < platform.now() + periodMs - toleranceMs) {
    note(terminal, 'the brokers renew for no longer (delegation.token.expiry.time.ms)')
  }
}

/** Who may renew a token sees it; where that is refused all the same, the renewal itself tells what is wrong. */
async function before(meant: MeantToken, { kafka, signal }: Session): Promise<DelegationToken | undefined> {
  if (meant.tokenId !== undefined) return requireListed(kafka, meant, signal)
  try {
    return await listedToken(kafka, meant, signal)
  } catch (thrown) {
    if (asTokenError(thrown).transient) throw thrown
    return undefined
  }
}

function requireLonger(
  { tokenId, expiresAt, maxLifetimeAt }: DelegationToken,
  periodMs: number,
  text = '',
  { platform }: Session,
): void {
  const wouldExpireAt = Math.min(platform.now() + periodMs, maxLifetimeAt)
  if (wouldExpireAt >= expiresAt - toleranceMs) return
  const problem = `would shorten the life of ${tokenId}, which expires at ${dateText(expiresAt)}; with --allow-shorter it does`
  throw new ConfigError([{ option: flag, given: text, problem }])
}

interface Renewal {
  readonly hmac: Secret
  readonly periodMs: number | undefined
  readonly former: DelegationToken | undefined
  readonly keepsLonger: boolean
}

/** What the brokers renew for at most is known only afterwards: where that is shorter, the former expiry is put back. */
async function renewed(
  { hmac, periodMs, former, keepsLonger }: Renewal,
  { kafka, platform, signal }: Session,
  terminal: Terminal,
): Promise<number> {
  const expiresAt = await renewDelegationToken(kafka, { hmac, periodMs }, signal)
  if (!former || expiresAt >= former.expiresAt - toleranceMs) return expiresAt
  const difference = `${dateText(expiresAt)} is earlier than the expiry before, ${dateText(former.expiresAt)}`
  note(terminal, keepsLonger ? `${difference}, which was put back; --allow-shorter leaves it so` : difference)
  if (!keepsLonger) return expiresAt
  // No renewal is longer than the brokers have it configured; an expiry may be.
  return expireDelegationToken(kafka, { hmac, periodMs: former.expiresAt - platform.now() }, signal)
}

function inJson(expiresAt: number, former: DelegationToken | undefined): object {
  const iso = (at: number): string => new Date(at).toISOString()
  if (!former) return { expiresAt: iso(expiresAt) }
  const { tokenId, expiresAt: formerly, maxLifetimeAt } = former
  return { tokenId, expiresAt: iso(expiresAt), formerExpiresAt: iso(formerly), maxLifetimeAt: iso(maxLifetimeAt) }
}
