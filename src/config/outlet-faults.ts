import { resolve } from 'node:path'
import { unknownDelegationToken, unknownProfile, valueAt, type ConfigFault } from './fault.ts'
import { isRecord } from './schema.ts'

type Fault = (place: readonly string[], problem: string) => ConfigFault
type Section = Readonly<Record<string, unknown>>

/** What outlets, profiles and delegation tokens say of each other and does not hold. */
export function outletFaults(input: unknown, profiles: Section, fault: Fault): ConfigFault[] {
  const written = valueAt(input, ['outlets'])
  const outlets: readonly unknown[] = Array.isArray(written) ? written : []
  const section = valueAt(input, ['delegationTokens'])
  const tokens = isRecord(section) ? section : {}
  return [
    ...outlets.flatMap((outlet, index) => unknownNames(outlet, ['outlets', String(index)], profiles, tokens, fault)),
    ...sharedPlaces(outlets, fault),
  ]
}

function unknownNames(
  outlet: unknown,
  place: readonly string[],
  profiles: Section,
  tokens: Section,
  fault: Fault,
): ConfigFault[] {
  const from = (kind: string): readonly string[] => [...place, 'from', kind]
  const ofProfiles = ['assertion', 'profile'].flatMap((kind) => {
    const name = valueAt(outlet, ['from', kind])
    if (typeof name !== 'string') return []
    if (!Object.hasOwn(profiles, name)) return [fault(from(kind), unknownProfile(name, Object.keys(profiles)))]
    return kind === 'assertion' && valueAt(profiles[name], ['assertion']) === undefined
      ? [fault(from(kind), 'is a profile without an assertion')]
      : []
  })
  const token = valueAt(outlet, ['from', 'delegationToken'])
  if (typeof token !== 'string' || Object.hasOwn(tokens, token)) return ofProfiles
  return [...ofProfiles, fault(from('delegationToken'), unknownDelegationToken(token, Object.keys(tokens)))]
}

/** Two outlets would replace each other's content for ever. */
function sharedPlaces(outlets: readonly unknown[], fault: Fault): ConfigFault[] {
  const seen = new Set<string>()
  return outlets.flatMap((outlet, index) => {
    const at = ['outlets', String(index), 'to']
    const file = valueAt(outlet, ['to', 'file'])
    const secret = valueAt(outlet, ['to', 'kubernetesSecret'])
    const places: [key: string, place: string, problem: string][] = []
    if (typeof file === 'string') places.push([`file ${resolve(file)}`, 'file', 'is the file of another outlet'])
    if (typeof secret === 'string') {
      const server = serverOf(valueAt(outlet, ['to', 'apiServer']))
      places.push([`secret ${server} ${secret}`, 'kubernetesSecret', 'is the Secret of another outlet'])
    }
    return places.flatMap(([key, place, problem]) => {
      if (seen.has(key)) return [fault([...at, place], problem)]
      seen.add(key)
      return []
    })
  })
}

function serverOf(written: unknown): string {
  return typeof written === 'string' && URL.canParse(written) ? new URL(written).href : 'of the pod'
}
