import { isLoopback } from '../platform/loopback.ts'
import { defaultProfile } from '../token/profiles.ts'
import { faultAt, inShort, sourceOf, unknownProfile, valueAt, type ConfigFault, type Origins } from './fault.ts'
import { adminFaults } from './admin-faults.ts'
import { delegationTokenFaults } from './delegation-token-faults.ts'
import { gatewayFaults } from './gateway-faults.ts'
import { sourceOptions, sources } from './option.ts'
import { outletFaults } from './outlet-faults.ts'
import { defaultPort, isRecord } from './schema.ts'

/** Options of a source that name another profile, by their place in a profile: `subjectToken.profile` and the like. */
function referring(source: string): readonly (readonly string[])[] {
  const own = sourceOptions(sources.filter(({ kind }) => kind === source))
  return own.filter(({ path }) => path.at(-1) === 'profile').map(({ path }) => path.slice(2))
}

interface Reference {
  readonly from: string
  readonly place: readonly string[]
  readonly to: string
}

/** What sections of the configuration say of each other and does not hold, as it was written. */
export function referenceFaults(input: unknown, origins: Origins): ConfigFault[] {
  const written = valueAt(input, ['profiles'])
  const profiles = isRecord(written) ? written : { [defaultProfile]: {} }
  const places = new Map<string, ReturnType<typeof referring>>()
  const placesOf = (source: string): ReturnType<typeof referring> => {
    const known = places.get(source) ?? referring(source)
    places.set(source, known)
    return known
  }
  const references = Object.entries(profiles).flatMap(([from, profile]) =>
    placesOf(isRecord(profile) ? sourceOf(profile) : '').flatMap((at): Reference[] => {
      const to = valueAt(profile, at)
      return typeof to === 'string' ? [{ from, place: ['profiles', from, ...at], to }] : []
    }),
  )
  const fault = (place: readonly string[], problem: string): ConfigFault => faultAt(place, input, origins, problem)
  return [
    ...references.flatMap(({ to, place }) =>
      Object.hasOwn(profiles, to) ? [] : [fault(place, unknownProfile(to, Object.keys(profiles)))],
    ),
    ...circles(references).map(([{ place }, names]) =>
      fault(place, `goes round in a circle: ${inShort(names).join(' → ')}`),
    ),
    ...outletFaults(input, profiles, fault),
    ...ownAddress(input, profiles, fault),
    ...gatewayFaults(input, profiles, fault),
    ...adminFaults(input, fault),
    ...delegationTokenFaults(input, profiles, fault),
  ]
}

/** Each circle once, at the reference that comes round to where it began. Kept flat: a chain may be as long as the file. */
function circles(references: readonly Reference[]): [Reference, readonly string[]][] {
  const found: [Reference, readonly string[]][] = []
  const byFrom = Map.groupBy(references, ({ from }) => from)
  const referencesOf = (from: string): Reference[] => [...(byFrom.get(from) ?? [])]
  const inCircle = new Set<string>()
  const done = new Set<string>()

  function note(circle: readonly Reference[]): void {
    const [first] = circle
    if (!first || circle.some(({ from }) => inCircle.has(from))) return
    for (const { from } of circle) inCircle.add(from)
    found.push([first, [...circle.map(({ from }) => from), first.from]])
  }

  function walkFrom(start: string): void {
    const trail: Reference[] = []
    const placeOf = new Map([[start, 0]])
    const left = [referencesOf(start)]
    while (left.length > 0) {
      const next = left.at(-1)?.shift()
      trail.length = left.length - 1
      if (!next) {
        left.pop()
        const last = trail.pop()?.to ?? start
        placeOf.delete(last)
        done.add(last)
        continue
      }
      trail.push(next)
      const place = placeOf.get(next.to)
      if (place !== undefined) note(trail.slice(place))
      else if (!done.has(next.to)) {
        placeOf.set(next.to, left.length)
        left.push(referencesOf(next.to))
      }
    }
  }

  for (const from of byFrom.keys()) if (!done.has(from)) walkFrom(from)
  return found
}

type Fault = (place: readonly string[], problem: string) => ConfigFault

/** A client's properties may well point here already; asking ourselves for a token would never end. */
function ownAddress(input: unknown, profiles: Readonly<Record<string, unknown>>, fault: Fault): ConfigFault[] {
  const port = valueAt(input, ['listen', 'port']) ?? defaultPort
  const isHere = (endpoint: unknown): boolean => {
    const url = typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint) : undefined
    return url !== undefined && isLoopback(url.hostname) && Number(url.port) === port
  }
  const problem = 'is this sidecar itself: name the endpoint of the identity provider'
  return Object.entries(profiles)
    .filter(([, profile]) => isHere(valueAt(profile, ['tokenEndpoint'])))
    .map(([name]) => fault(['profiles', name, 'tokenEndpoint'], problem))
}
