import { outletOptions } from '../../config/outlet-options.ts'
import type { Config, OutletConfig } from '../../config/schema.ts'
import { tokenFormats } from '../../kafka/token-settings.ts'
import { checkCommandConfig, loginProblem, profileIn, settingsIn } from './access.ts'
import { checkedBy } from './checked.ts'
import { accessFlags, type Given } from './flags.ts'
import { mechanismIn, outputIn } from './output.ts'
import { periodIn } from './period.ts'
import { principalIn, principalsIn } from './principals.ts'

export const keepFlags = [
  ...accessFlags,
  '--scram-bootstrap-server',
  '--owner-principal',
  '--renewer-principal',
  '--max-life-time-period',
  '--renew-time-period',
  '--mechanism',
  '--expire-on-stop',
  '--to-file',
  '--output',
  '--to-kubernetes-secret',
] as const

/** One token that is kept, as the configuration has it. */
export type Kept = Pick<Config, 'delegationTokens' | 'outlets'>

/** Its name in the log. */
const name = 'token'

/** Bounds of the configuration; what is shorter than this cannot be kept. */
const bounds = { maxLifetime: { least: 10_000, mostDays: 366 }, renewPeriod: { least: 5_000, mostDays: 366 } }

/**
 * The token that flags describe; `servers` are those of `--command-config`. Undefined where there are faults, or the
 * configuration is to say it all.
 */
export function keptIn(given: Given, servers: string | undefined): Kept | undefined {
  const others = keepFlags.filter((flag) => flag !== '--profile' && given.has(flag))
  if (others.length === 0 && !given.has('--profile')) return undefined
  if (!given.has('--to-file') && !given.has('--to-kubernetes-secret')) {
    given.fault('--to-file', 'must name the file where the token is published, or --to-kubernetes-secret a Secret')
  }
  const settings = settingsIn(given, loginIn(given), {
    bootstrapServers: given.text('--bootstrap-server') ?? servers,
    owner: principalIn(given, '--owner-principal'),
    renewers: principalsIn(given, '--renewer-principal'),
    maxLifetime: durationOf(periodIn(given, '--max-life-time-period', bounds.maxLifetime)),
    renewPeriod: durationOf(periodIn(given, '--renew-time-period', bounds.renewPeriod)),
    mechanism: mechanismIn(given),
    expireOnStop: given.has('--expire-on-stop'),
  })
  const outlets = outletsIn(given)
  return settings && { delegationTokens: { [name]: settings }, outlets }
}

function loginIn(given: Given): { profile: string } | { propertiesFile: string } | undefined {
  const propertiesFile = given.text('--command-config')
  const profile = profileIn(given)
  if (propertiesFile !== undefined) {
    checkCommandConfig(given)
    return { propertiesFile }
  }
  if (profile !== undefined) return { profile }
  if (!given.has('--broker-cert-file')) given.fault('--command-config', loginProblem)
  return undefined
}

function outletsIn(given: Given): OutletConfig[] {
  const from = { delegationToken: name }
  const file = given.text('--to-file')
  const kubernetesSecret = given.text('--to-kubernetes-secret')
  const format = given.has('--output') ? outputIn(given, tokenFormats, 'properties') : undefined
  const places = {
    'to.file': '--to-file',
    'to.kubernetesSecret': '--to-kubernetes-secret',
    format: '--output',
  } as const
  if (file === undefined && format !== undefined)
    given.fault('--output', 'goes with --to-file: a Secret has all it needs')
  const written = [
    ...(file === undefined ? [] : [{ from, to: { file }, format }]),
    ...(kubernetesSecret === undefined ? [] : [{ from, to: { kubernetesSecret } }]),
  ]
  return written.flatMap((outlet) => checkedBy(outletOptions, outlet, places, given) ?? [])
}

/** A bare number is seconds in the configuration. */
function durationOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms}ms`
}
