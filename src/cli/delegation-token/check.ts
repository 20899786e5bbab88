import { tryToken, type BrokerVerdict } from '../../kafka/acceptance.ts'
import type { ScramMechanism } from '../../kafka/access.ts'
import type { Secret } from '../../platform/secret.ts'
import { ConfigError } from '../../config/fault.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { accessIn, serversIn } from './access.ts'
import { accessFlags, readGiven } from './flags.ts'
import { checkTokenFlags, meantToken, requireListed, tokenFlags, type MeantToken } from './hmac.ts'
import { note } from './note.ts'
import { jsonText, mechanismIn, outputIn } from './output.ts'
import { withSession, type Session } from './session.ts'
import { durationText, table } from './table.ts'

const flags = [...accessFlags, ...tokenFlags, '--scram-bootstrap-server', '--mechanism', '--output'] as const

const noToken =
  'must say which token is tried, or --hmac-file, or --command-config the properties of a client with tokenauth="true" in sasl.jaas.config'

interface TriedToken {
  readonly tokenId: string
  readonly hmac: Secret
  readonly mechanism?: ScramMechanism
}

export async function check(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, flags)
  const output = outputIn(given, ['table', 'json'], 'table')
  const wantedMechanism = mechanismIn(given)
  const scramServers = serversIn(given, '--scram-bootstrap-server')
  checkTokenFlags(given, { wants: 'any' })
  const isKnown = given.has('--token-id') && (given.has('--hmac') || given.has('--hmac-file'))
  const access = accessIn(given, { needsLogin: !isKnown })
  const isNamed = tokenFlags.some((flag) => given.has(flag))
  if (!isNamed && access?.by === 'flags') given.fault('--token-id', noToken)
  given.settle()
  if (!access) return exitCode.configuration
  const meant = await meantToken(given, terminal)
  return withSession(access, given, terminal, async (session) => {
    const { tokenId, hmac, mechanism = 'SCRAM-SHA-512' } = await triedToken(meant, session)
    const { client, platform, signal } = session
    const servers = scramServers ?? client.bootstrapServers
    const trial = { platform, client, servers, token: { tokenId, hmac }, mechanism: wantedMechanism ?? mechanism }
    const verdicts = inOrder(await tryToken(trial, signal))
    const rows = verdicts.map((verdict) => ({ ...verdict, why: why(verdict, verdicts) }))
    const without = verdicts.filter(({ outcome }) => outcome !== 'takes')
    terminal.out(output === 'json' ? jsonText(inJson(tokenId, rows)) : inTable(rows))
    if (without.length === 0) return exitCode.ok
    note(terminal, `the token ${tokenId} is not taken by ${without.length} of ${verdicts.length} brokers`)
    return exitCode.notReady
  })
}

/** The token with its id and HMAC, by the shortest way. */
async function triedToken(meant: MeantToken, { client, kafka, signal }: Session): Promise<TriedToken> {
  const { tokenId, hmac } = meant
  if (tokenId !== undefined && hmac !== undefined) return { tokenId, hmac }
  if (tokenId !== undefined || hmac !== undefined) return requireListed(kafka, meant, signal)
  const { login } = await client.access(signal)
  if (login && login.mechanism !== 'OAUTHBEARER' && login.mechanism !== 'PLAIN' && login.tokenAuth) {
    return { tokenId: login.username, hmac: login.password, mechanism: login.mechanism }
  }
  throw new ConfigError([{ option: '--token-id', problem: noToken }])
}

interface Row extends BrokerVerdict {
  readonly why: string
}

function why({ outcome, error }: BrokerVerdict, all: readonly BrokerVerdict[]): string {
  if (outcome === 'takes' || !error) return ''
  if (outcome === 'cuts') {
    return 'expired and not swept yet: brokers let it in and cut the connection at once; make another token'
  }
  if (outcome === 'unreachable') return error.message
  const isByToken = ['ERR_KAFKA_LOGIN', 'ERR_KAFKA_TOKEN_REFUSED'].includes(error.code)
  return isByToken ? whyRefused(all) : `${error.message}. ${error.hint}`
}

/** A broker that stands alone has another secret key, be it the only one that takes what it has told us itself. */
function whyRefused(all: readonly BrokerVerdict[]): string {
  const taking = all.filter(({ outcome }) => outcome === 'takes' || outcome === 'cuts').map(({ broker }) => broker)
  if (taking.length === 0) {
    return 'it knows no token with this id and HMAC: never made in this cluster, removed, expired and swept, or copied wrongly'
  }
  const refusing = all.filter(({ outcome }) => outcome === 'refuses')
  return taking.length < refusing.length
    ? `the HMAC is that of ${taking.join(', ')} alone, whose delegation.token.secret.key differs from that of most brokers`
    : 'its delegation.token.secret.key differs from that of the brokers that take the token, or it has not heard of the token yet'
}

function inTable(rows: readonly Row[]): string {
  const head = ['BROKER', 'RESULT', 'LEFT', 'WHY']
  return table([
    head,
    ...rows.map(({ broker, outcome, lifetimeMs, why: reason }) => {
      return [broker, outcome, lifetimeMs === undefined ? '' : durationText(lifetimeMs), reason]
    }),
  ])
}

function inJson(tokenId: string, rows: readonly Row[]): object {
  return {
    tokenId,
    isTakenByAll: rows.every(({ outcome }) => outcome === 'takes'),
    brokers: rows.map(({ broker, outcome, lifetimeMs, error, why: reason }) => ({
      broker,
      outcome,
      ...(lifetimeMs !== undefined && { remainingSeconds: Math.floor(lifetimeMs / 1_000) }),
      ...(error && { code: error.code, why: reason }),
    })),
  }
}

function inOrder(verdicts: readonly BrokerVerdict[]): readonly BrokerVerdict[] {
  return verdicts.toSorted((a, b) => (a.broker < b.broker ? -1 : 1))
}
