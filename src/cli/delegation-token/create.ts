import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { createDelegationToken } from '../../kafka/delegation-tokens.ts'
import { visibleEverywhere } from '../../kafka/visibility.ts'
import { asTokenError, TokenError } from '../../token/error.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { accessIn } from './access.ts'
import { accessFlags, readGiven } from './flags.ts'
import { note } from './note.ts'
import { mechanismIn, outputIn, requireWritable } from './output.ts'
import { periodIn } from './period.ts'
import { principalIn, principalsIn } from './principals.ts'
import { giveToken } from './given-token.ts'
import { withSession, type Session } from './session.ts'
import { durationText } from './table.ts'

const flags = [
  ...accessFlags,
  '--owner-principal',
  '--renewer-principal',
  '--max-life-time-period',
  '--no-wait',
  '--mechanism',
  '--output',
  '--out',
] as const

interface Wanted {
  readonly owner: string | undefined
  readonly renewers: readonly string[]
  readonly maxLifetimeMs: number | undefined
}

export async function create(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, flags)
  const wanted: Wanted = {
    owner: principalIn(given, '--owner-principal'),
    renewers: principalsIn(given, '--renewer-principal'),
    maxLifetimeMs: periodIn(given, '--max-life-time-period'),
  }
  const mechanism = mechanismIn(given)
  const out = given.text('--out')
  const output = outputIn(
    given,
    ['table', 'properties', 'json', 'env'],
    terminal.isWatched && out === undefined ? 'table' : 'properties',
  )
  if (out !== undefined && output === 'table')
    given.fault('--output', 'is for people: a file has properties, json or env', output)
  const access = accessIn(given)
  given.settle()
  if (!access) return exitCode.configuration
  if (out !== undefined) await requireWritable(out)
  return withSession(access, given, terminal, async (session) => {
    const token = await made(wanted, session, terminal)
    tellRights(token, wanted, terminal)
    const isReady = given.has('--no-wait') || (await isKnown(token, session, terminal))
    await giveToken(token, { output, out, mechanism }, session, terminal)
    return isReady ? exitCode.ok : exitCode.notReady
  })
}

/** Whoever makes a token for another has to be among the renewers, or nobody here can renew or expire it. */
async function made(
  { owner, renewers, maxLifetimeMs }: Wanted,
  { client, kafka, signal }: Session,
  terminal: Terminal,
): Promise<DelegationToken> {
  const self = owner === undefined ? undefined : await client.principal?.(signal)
  const isAdded = self !== undefined && self !== owner && !renewers.includes(self)
  if (isAdded)
    note(
      terminal,
      `added ${self}, who is logged in, to the renewers: whoever makes a token for another may not renew it otherwise`,
    )
  // Whatever breaks after this may have broken after the token was made.
  await kafka.brokers(signal)
  try {
    const request = { owner, renewers: isAdded ? [...renewers, self] : renewers, maxLifetimeMs, self }
    return await createDelegationToken(kafka, request, signal)
  } catch (thrown) {
    if (asTokenError(thrown).transient) {
      note(terminal, 'the token may have been made all the same: delegation-token describe tells')
    }
    throw thrown
  }
}

/** What came of it that was perhaps not meant. */
function tellRights(
  { tokenId, owner, requester, renewers, issuedAt, maxLifetimeAt }: DelegationToken,
  { owner: wantedOwner, maxLifetimeMs }: Wanted,
  terminal: Terminal,
): void {
  if (wantedOwner === undefined || owner === requester) {
    note(
      terminal,
      `whoever has this token has all rights of ${owner}, who is logged in; --owner-principal names somebody with fewer`,
    )
  } else if (requester !== undefined && !renewers.includes(requester)) {
    note(
      terminal,
      `this login is ${requester} to the brokers, who may neither renew nor expire ${tokenId}: make another one with --renewer-principal ${requester}`,
    )
  }
  const lifetimeMs = maxLifetimeAt - issuedAt
  if (maxLifetimeMs !== undefined && lifetimeMs < maxLifetimeMs) {
    note(terminal, `the brokers allow ${durationText(lifetimeMs)} at most (delegation.token.max.lifetime.ms)`)
  }
}

/** A token that is made is given, also when brokers are slow to hear of it: there is no other way to its HMAC. */
async function isKnown(token: DelegationToken, session: Session, terminal: Terminal): Promise<boolean> {
  const { platform, kafka, signal } = session
  try {
    const unreachable = await visibleEverywhere(platform, kafka, token, signal)
    if (unreachable.length > 0) note(terminal, `could not ask ${unreachable.join(', ')} for the new token`)
    return true
  } catch (thrown) {
    if (!(thrown instanceof TokenError)) throw thrown
    note(terminal, `the token is made, and not known everywhere: ${thrown.description}`)
    return false
  }
}
