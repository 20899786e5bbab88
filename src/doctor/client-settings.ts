import type { Finding } from '../lint/finding.ts'
import { lint } from '../lint/lint.ts'
import type { ExaminedClient } from './client.ts'
import type { ExaminedProfile, Learned, Patient } from './patient.ts'
import { allowedUrls, endpointProperty } from './property-lines.ts'
import { broken, ok, skipped, warning, type Remedy, type Step } from './step.ts'
import { count } from './words.ts'

/** What the client would do with its properties: what fails there before any broker is asked. */
export const clientSettings: Step = {
  id: 'client-settings',
  title: 'client settings',
  doing: 'reading the properties of the client',
  exitCode: 14,
  async run(patient, learned) {
    const { client } = patient
    if (!client) return skipped('no --command-config')
    const findings = await findingsIn(patient, client)
    const errors = [...findings.filter(({ severity }) => severity === 'error'), ...ownFaults(client, findings)]
    const doubts = [
      ...findings.filter(({ severity }) => severity === 'warning'),
      ...forJava(patient, client),
      ...comparedWith(patient.profile, client, learned),
    ]
    const [first] = errors
    const told = [...errors, ...doubts]
    const remedies = told.map(remedyOf)
    const troubles = told.flatMap(({ trouble }) => trouble ?? [])
    const more = { remedies, ...(troubles.length > 0 && { troubles }) }
    if (first) return broken(wordsOf(first), { ...more, details: told.slice(1).map(wordsOf) })
    const settings = `${client.securityProtocol}${client.access?.login ? `, ${client.access.login.mechanism}` : ''}`
    if (doubts.length > 0) {
      return warning(`${settings}; ${count(doubts.length, 'doubt')}`, { ...more, details: doubts.map(wordsOf) })
    }
    const notes = findings.map(wordsOf)
    return ok(
      `${settings}; nothing that fails`,
      notes.length > 0 ? { details: notes, remedies: findings.map(remedyOf) } : {},
    )
  },
}

type Told = Pick<Finding, 'line' | 'key' | 'problem' | 'remedy' | 'paste' | 'trouble'>

/** Variables by which the options of a JVM are given. */
const javaVariables = ['KAFKA_OPTS', 'JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS']

async function findingsIn(
  { platform, clientVersion }: Patient,
  { text, file }: ExaminedClient,
): Promise<readonly Finding[]> {
  const { env } = platform
  // An environment that has none of them is that of this shell, and says nothing of the client's.
  const isClients = javaVariables.some((name) => env[name] !== undefined)
  const { findings } = await lint({
    text,
    name: file,
    kind: 'java-client',
    version: clientVersion,
    ...(isClients && { env }),
  })
  return findings
}

/** What we cannot do as the client would, unless the linter has told it. */
function ownFaults({ faults }: ExaminedClient, findings: readonly Finding[]): readonly Told[] {
  const isTold = (key: string): boolean =>
    findings.some((finding) => finding.severity === 'error' && finding.key !== undefined && key.startsWith(finding.key))
  return faults
    .filter(({ key, isForJava }) => !isTold(key) && !isForJava)
    .map(({ key, problem, hint }) => ({ key, problem, remedy: hint ?? 'Correct it there.' }))
}

/** A class that only Java can run is not wrong; the token of a profile stands in for what it gets. */
function forJava({ profile }: Patient, { faults }: ExaminedClient): readonly Told[] {
  const then = profile
    ? `so the token of the profile ${profile.name} stands in for it below`
    : 'so the login is not tried below'
  return faults
    .filter(({ isForJava }) => isForJava)
    .slice(0, 1)
    .map(({ key }) => ({
      key,
      problem: `names what only Java can run, ${then}`,
      remedy: `${profile ? '' : 'Name a profile that gets the same: --profile NAME, --source NAME. '}To let the client itself use the sidecar, point it at the token endpoint: kafka-token-sidecar config java.`,
    }))
}

function comparedWith(
  profile: ExaminedProfile | undefined,
  client: ExaminedClient,
  _learned: Learned,
): readonly Told[] {
  const login = client.access?.login
  if (!profile || !login) return []
  if (login.mechanism !== 'OAUTHBEARER') {
    const problem = `is ${login.mechanism}: the client uses no token of the profile ${profile.name}`
    return [
      {
        key: 'sasl.mechanism',
        problem,
        remedy: 'For tokens it has to be this one.',
        paste: 'sasl.mechanism=OAUTHBEARER',
      },
    ]
  }
  const url = client.properties.get(endpointProperty)?.trim() ?? ''
  if (!URL.canParse(url)) return []
  const [asked, ours] = [new URL(url), new URL(profile.origin)]
  const path = profile.name === 'default' ? '/token' : `/token/${profile.name}`
  const wanted = `${profile.origin}${path}`
  const named = /^\/token\/([^/]+)$/.exec(asked.pathname)?.[1] ?? 'default'
  const isElsewhere = asked.host !== ours.host || asked.protocol !== ours.protocol
  if (!isElsewhere && named === profile.name) return []
  const problem = isElsewhere
    ? `is ${url}, and a sidecar of this configuration listens at ${profile.origin}`
    : `asks for the profile ${named}, and ${profile.name} is looked at here`
  const remedy =
    'If the client is to use this profile, correct both: the property, and what the JVM of the client allows.'
  return [{ key: endpointProperty, problem, remedy, paste: `${endpointProperty}=${wanted}\n${allowedUrls(wanted)}` }]
}

function wordsOf({ line, key, problem }: Told): string {
  const where = line === undefined ? '' : `line ${line}: `
  return `${where}${key === undefined || key === '' ? '' : `${key}: `}${problem}`
}

function remedyOf({ remedy, paste }: Told): Remedy {
  return { say: remedy, ...(paste !== undefined && { paste }) }
}
