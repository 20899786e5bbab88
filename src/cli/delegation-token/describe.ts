import { ConfigError } from '../../config/fault.ts'
import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { describeDelegationTokens } from '../../kafka/delegation-tokens.ts'
import { timesOf, tokenSettings } from '../../kafka/token-settings.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { accessIn } from './access.ts'
import { accessFlags, readGiven, type Given } from './flags.ts'
import { giveToken, type GivenForm } from './given-token.ts'
import { checkTokenFlags, notListed } from './hmac.ts'
import { note } from './note.ts'
import { jsonText, mechanismIn, outputIn, requireWritable } from './output.ts'
import { principalsIn } from './principals.ts'
import { withSession, type Session } from './session.ts'
import { isExpired, tokenTable } from './token-table.ts'

const flags = [
  ...accessFlags,
  '--owner-principal',
  '--token-id',
  '--show-hmac',
  '--mechanism',
  '--output',
  '--out',
] as const

export async function describe(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, flags)
  const owners = principalsIn(given, '--owner-principal')
  const out = given.text('--out')
  const form: GivenForm = {
    output: outputIn(given, ['table', 'json', 'properties', 'env'], out === undefined ? 'table' : 'properties'),
    out,
    mechanism: mechanismIn(given),
  }
  checkTokenFlags(given, { wants: 'any' })
  checkForm(given, form)
  const access = accessIn(given)
  given.settle()
  if (!access) return exitCode.configuration
  if (out !== undefined) await requireWritable(out)
  return withSession(access, given, terminal, async (session) => {
    const seen = await describeDelegationTokens(session.kafka, owners.length > 0 ? { owners } : {}, session.signal)
    const tokenId = given.text('--token-id')
    const tokens = seen.filter((token) => tokenId === undefined || token.tokenId === tokenId).toSorted(byOwner)
    if (tokenId !== undefined && tokens.length === 0) throw notListed({ tokenId })
    if (isOfOne(form)) await giveToken(requireOne(tokens, form), form, session, terminal)
    else if (form.output === 'json') terminal.out(jsonText(await inJson(tokens, given, form, session)))
    else terminal.out(inTable(tokens, given, session))
    if (tokens.length === 0) note(terminal, await whyNone(session))
    return exitCode.ok
  })
}

/** Whether the form has place for one token alone. */
function isOfOne({ output, out }: GivenForm): boolean {
  return output === 'properties' || output === 'env' || out !== undefined
}

function checkForm(given: Given, form: GivenForm): void {
  const { output, out } = form
  if (out !== undefined && output === 'table')
    given.fault('--output', 'is for people: a file has properties, json or env', output)
  else if (isOfOne(form) && !given.has('--show-hmac')) {
    given.fault('--show-hmac', `is needed for ${out === undefined ? output : '--out'}, which holds the HMAC of a token`)
  }
}

function requireOne(tokens: readonly DelegationToken[], { output, out }: GivenForm): DelegationToken {
  const [token, ...others] = tokens
  if (token && others.length === 0) return token
  const problem = `is for one token, and this login sees ${tokens.length}; choose with --token-id or --owner-principal`
  throw new ConfigError([
    out === undefined ? { option: '--output', given: output, problem } : { option: '--out', given: out, problem },
  ])
}

function inTable(tokens: readonly DelegationToken[], given: Given, { platform }: Session): string {
  const rows =
    tokens.length === 0 ? '' : tokenTable(tokens, { now: platform.now(), showsHmac: given.has('--show-hmac') })
  return `Total number of tokens : ${tokens.length}\n${rows}`
}

async function inJson(
  tokens: readonly DelegationToken[],
  given: Given,
  { mechanism = 'SCRAM-SHA-512' }: GivenForm,
  { client, platform, signal }: Session,
): Promise<unknown> {
  const now = platform.now()
  const tls = given.has('--show-hmac') ? (await client.access(signal)).tls !== undefined : undefined
  return {
    tokens: tokens.map((token) => {
      const { tokenId, owner, requester, renewers, expiresAt } = token
      const settings = tls === undefined ? {} : inSettings(tokenSettings({ token, mechanism, tls }).json.reveal())
      return {
        ...{ tokenId, owner, requester, renewers, ...timesOf(token) },
        remainingSeconds: Math.max(0, Math.floor((expiresAt - now) / 1_000)),
        isExpired: isExpired(token, now),
        ...settings,
      }
    }),
  }
}

/** The published form, so that both have the same names. */
function inSettings(json: string): object {
  return JSON.parse(json) as object
}

async function whyNone({ client, signal }: Session): Promise<string> {
  const self = (await client.principal?.(signal)) ?? '<login>'
  return `no tokens that this login may see. It sees those it owns, renews or asked for; for those of others: kafka-acls.sh --bootstrap-server <server> --add --allow-principal ${self} --operation DescribeTokens --user-principal User:<owner>`
}

function byOwner(a: DelegationToken, b: DelegationToken): number {
  return compared(a.owner, b.owner) || a.issuedAt - b.issuedAt || compared(a.tokenId, b.tokenId)
}

/** The same everywhere, whatever the language of the system. */
function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
