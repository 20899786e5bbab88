import { ConfigError } from '../config/fault.ts'
import { asTokenError } from '../token/error.ts'
import { brokerDoubts } from '../token/broker-doubts.ts'
import { readJwtShape } from '../token/jwt-shape.ts'
import type { AccessToken } from '../token/token.ts'
import { version } from '../version.ts'
import type { Command, Flag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { helpText } from './help-text.ts'
import { ownFlags } from './own-flags.ts'
import { withSidecar, type OneShot } from './with-sidecar.ts'

/** One step on the way to a token. */
interface Step {
  readonly step: string
  readonly ok: boolean
  readonly tookMs: number
  /** What was found, or what went wrong and what mends it. */
  readonly found: string
  readonly code?: string
}

interface Report {
  readonly version: string
  readonly node: string
  readonly system: string
  readonly at: string
  readonly profile: string
  readonly source: string
  /** What the profile asks, without what is secret; undefined for sources that ask nobody. */
  readonly provider?: string
  readonly steps: readonly Step[]
  readonly doubts: readonly string[]
  readonly ok: boolean
}

const flags = [
  { name: '--profile', value: 'NAME', about: 'The profile, as the word after verify.' },
  { name: '--json', about: 'The report as JSON.' },
] as const satisfies readonly Flag[]

export const verify: Command = {
  flags,
  takesOptions: true,
  help: (argv) =>
    helpText({
      usage: ['verify [NAME] [--json] [options]'],
      about: `Obtains a token of the profile, step by step, and reports what was found: fit to be attached to an issue. It tells
names (principal, issuer, audience) but no key, secret, assertion or token. The command doctor goes on from there to the
brokers.`,
      examples: [['verify orders --config sidecar.yaml', 'whether the provider takes the profile orders']],
      flags,
      exits: [[5, 'the profile does not work']],
      optionsFor: argv ?? [],
    }),
  async run(argv, terminal) {
    const { switches, texts, rest } = ownFlags(argv, { switches: ['--json'], texts: ['--profile'] })
    const [first = '', ...others] = rest
    const isNamed = first !== '' && !first.startsWith('--')
    if (isNamed && texts['--profile'] !== undefined) {
      throw new ConfigError([{ option: '--profile', problem: `is ${first} already; name one profile` }])
    }
    const name = isNamed ? first : texts['--profile']
    const report = await withSidecar(isNamed ? others : rest, terminal, name, reportOf)
    terminal.out(switches['--json'] ? `${JSON.stringify(report, undefined, 2)}\n` : inWords(report))
    return report.ok ? exitCode.ok : exitCode.noToken
  },
}

async function reportOf({ sidecar, getToken, name, profile, platform }: OneShot): Promise<Report> {
  const steps: Step[] = []
  let doubts: readonly string[] = []

  async function step(title: string, task: () => Promise<string>): Promise<boolean> {
    const startedAt = platform.monotonicNow()
    const outcome = await task().then(
      (found) => ({ ok: true, found }),
      (thrown: unknown) => {
        const { message, hint, code } = asTokenError(thrown)
        return { ok: false, found: `${message}. ${hint}`, code }
      },
    )
    steps.push({ step: title, tookMs: Math.round(platform.monotonicNow() - startedAt), ...outcome })
    return outcome.ok
  }

  const makesAssertions = 'assertion' in profile && profile.assertion !== undefined
  const hasAssertion =
    !makesAssertions ||
    (await step('assertion', async () => describeAssertion((await sidecar.getAssertion(name)).reveal())))
  if (hasAssertion) {
    await step('token', async () => {
      const token = await getToken()
      const shape = readJwtShape(token.value.reveal())
      doubts = shape ? brokerDoubts(shape, platform.now()) : []
      return describeToken(token, platform.now())
    })
  }
  const provider = 'principalClaim' in profile ? (profile.issuer ?? profile.tokenEndpoint) : undefined
  return {
    version,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    at: new Date(platform.now()).toISOString(),
    profile: name,
    source: profile.source,
    ...(provider !== undefined && { provider }),
    steps,
    doubts,
    ok: steps.every(({ ok }) => ok),
  }
}

function describeAssertion(assertion: string): string {
  const shape = readJwtShape(assertion)
  if (!shape) return 'no JWT'
  return `JWT, ${members(shape.header, ['alg', 'kid', 'x5t#S256'])}, ${members(shape.claims, ['iss', 'sub', 'aud', 'jti'])}`
}

function describeToken({ value, expiresAt, subject, scope }: AccessToken, nowMs: number): string {
  const shape = readJwtShape(value.reveal())
  const life = `lives ${Math.round((expiresAt - nowMs) / 1000)} s`
  if (!shape) return `opaque, ${life}`
  const granted = scope === undefined ? [] : [`scope ${scope}`]
  const found = [
    'JWT',
    members(shape.header, ['alg', 'kid', 'typ']),
    members(shape.claims, ['iss', 'aud', 'azp', 'client_id']),
    `principal ${subject ?? 'unknown'}`,
    ...granted,
    life,
  ]
  return found.filter(Boolean).join(', ')
}

function members(record: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  const found = names.filter((name) => record[name] !== undefined)
  // An id that is never the same again tells nothing, but that there is one does.
  return found.map((name) => (name === 'jti' ? 'jti' : `${name} ${JSON.stringify(record[name])}`)).join(', ')
}

function inWords({ steps, doubts, ok, ...about }: Report): string {
  const { version: ours, node, system, at, profile, source, provider } = about
  const lines = [
    `kafka-token-sidecar ${ours}, Node ${node}, ${system}, ${at}`,
    `profile ${profile}, source ${source}${provider === undefined ? '' : `, provider ${provider}`}`,
    '',
    ...steps.map(
      (step) =>
        `${step.ok ? 'ok    ' : 'FAILED'} ${step.step} (${step.tookMs} ms): ${step.found}${step.code ? ` [${step.code}]` : ''}`,
    ),
    ...doubts.map((doubt) => `note   the token ${doubt}`),
    '',
    ok ? 'The profile works.' : 'The profile does not work.',
  ]
  return `${lines.join('\n')}\n`
}
