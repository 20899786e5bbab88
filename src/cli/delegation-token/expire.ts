import { expireDelegationToken } from '../../kafka/delegation-tokens.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { accessIn } from './access.ts'
import { accessFlags, readGiven } from './flags.ts'
import { checkTokenFlags, meantToken, requireListed, tokenFlags, withHmac } from './hmac.ts'
import { note } from './note.ts'
import { jsonText, outputIn } from './output.ts'
import { periodIn } from './period.ts'
import { withSession } from './session.ts'
import { dateText } from './table.ts'

const flag = '--expiry-time-period'
const flags = [...accessFlags, ...tokenFlags, flag, '--output'] as const

export async function expire(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, flags)
  const periodMs = periodIn(given, flag, { least: 0 })
  const output = outputIn(given, ['table', 'json'], 'table')
  checkTokenFlags(given, { wants: 'one' })
  const access = accessIn(given)
  given.settle()
  if (!access) return exitCode.configuration
  const meant = await meantToken(given, terminal)
  return withSession(access, given, terminal, async ({ kafka, platform, signal }) => {
    const listed = meant.tokenId === undefined ? undefined : await requireListed(kafka, meant, signal)
    const answered = await withHmac(meant, listed, (hmac) => expireDelegationToken(kafka, { hmac, periodMs }, signal))
    // Brokers of some versions repeat the -1.
    const expiresAt = answered < 0 ? platform.now() : answered
    const isRemoved = periodMs === undefined
    const found = {
      ...(listed && { tokenId: listed.tokenId }),
      expiresAt: new Date(expiresAt).toISOString(),
      isRemoved,
    }
    terminal.out(
      output === 'json' ? jsonText(found) : `Completed expire operation. New expiry date : ${dateText(expiresAt)}\n`,
    )
    if (listed && expiresAt > listed.expiresAt)
      note(terminal, `that is later than the expiry before, ${dateText(listed.expiresAt)}`)
    note(terminal, openConnections)
    if (periodMs === 0)
      note(
        terminal,
        'until it is swept (delegation.token.expiry.check.interval.ms), describe lists it and brokers cut who logs in with it; -1 removes it',
      )
    return exitCode.ok
  })
}

/** What people find out otherwise when they look for who still writes. */
const openConnections =
  'connections that were made with it stay open until their session ends, at the expiry it had at their login; with connections.max.reauth.ms the brokers end sessions sooner'
