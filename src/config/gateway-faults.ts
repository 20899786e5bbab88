import { normalizedDn } from '../callers/certificate/distinguished-name.ts'
import { isLoopback } from '../platform/loopback.ts'
import { inShort, unknownDelegationToken, unknownOption, unknownProfile, valueAt, type ConfigFault } from './fault.ts'
import { isRecord } from './schema.ts'

type Fault = (place: readonly string[], problem: string) => ConfigFault
type Section = Readonly<Record<string, unknown>>

/** What callers, issuers, profiles, delegation tokens and the listener say of each other and does not hold. */
export function gatewayFaults(input: unknown, profiles: Section, fault: Fault): ConfigFault[] {
  const callers = sectionAt(input, 'callers')
  const delegationTokens = sectionAt(input, 'delegationTokens')
  return [
    ...['profiles', 'callers', 'issuers', 'delegationTokens'].flatMap((section) => lostName(input, section, fault)),
    ...listenFaults(input, callers, fault),
    ...sharedKeyFaults(input, profiles, fault),
    ...Object.entries({ profiles, delegationTokens }).flatMap(([section, entries]) =>
      lookalikes(entries).map(([name, other]) =>
        fault([section, name], `differs from ${other} only in capital letters, which nobody sees in a URL`),
      ),
    ),
    ...callerFaults(input, callers, { profiles, delegationTokens }, fault),
    ...issuerFaults(input, callers, fault),
  ]
}

function sectionAt(input: unknown, ...path: readonly string[]): Section {
  const section = valueAt(input, path)
  return isRecord(section) ? section : {}
}

/** The schema leaves this one name out without a word: the only caller of all would let everybody in. */
function lostName(input: unknown, section: string, fault: Fault): ConfigFault[] {
  const place = [section, '__proto__']
  return valueAt(input, place) === undefined
    ? []
    : [fault(place, 'is a name that JavaScript has taken: choose another')]
}

/** A search among thousands of names takes milliseconds: when thousands are wrong, only the first hear what was meant. */
const mostSuggestions = 10

function atFirst(words: (name: string) => string, short: string): (name: string) => string {
  let left = mostSuggestions
  return (name) => (left-- > 0 ? words(name) : short)
}

function listenFaults(input: unknown, callers: Section, fault: Fault): ConfigFault[] {
  const listen = sectionAt(input, 'listen')
  const host = listen['host'] ?? 'localhost'
  if (typeof host !== 'string' || host === '' || isLoopback(host)) return []
  const isOff = (name: string): boolean => listen[name] !== true
  const missing = [
    Object.keys(callers).length === 0 && isOff('allowAnonymousNetwork')
      ? 'callers are needed, who prove who they are (or --allow-anonymous-network, and everybody who reaches the port can take a token)'
      : '',
    listen['tls'] === undefined && isOff('allowPlaintextNetwork')
      ? 'TLS is needed, by listen.tls (or --allow-plaintext-network, and everybody on the way can read tokens)'
      : '',
  ].filter((text) => text !== '')
  return missing.length === 0 ? [] : [fault(['listen', 'host'], `is not a loopback address: ${missing.join('; ')}`)]
}

/** Sidecars that answer at one address have to sign with one key. */
function sharedKeyFaults(input: unknown, profiles: Section, fault: Fault): ConfigFault[] {
  const { replicas = 1, reusePort = false } = sectionAt(input, 'listen')
  if (reusePort !== true && !(typeof replicas === 'number' && replicas > 1)) return []
  const why = reusePort === true ? 'with listen.reusePort' : `with ${String(replicas)} replicas`
  return Object.entries(profiles).flatMap(([name, profile]) =>
    valueAt(profile, ['source']) === 'self-issued' && valueAt(profile, ['keyFile']) === undefined
      ? [fault(['profiles', name, 'keyFile'], `is needed ${why}: all of them have to sign with the same key`)]
      : [],
  )
}

function lookalikes(profiles: Section): [string, string][] {
  const seen = new Map<string, string>()
  return Object.keys(profiles).flatMap((name): [string, string][] => {
    const other = seen.get(name.toLowerCase())
    seen.set(name.toLowerCase(), name)
    return other === undefined ? [] : [[name, other]]
  })
}

type Granted = Readonly<Record<'profiles' | 'delegationTokens', Section>>

function callerFaults(input: unknown, callers: Section, granted: Granted, fault: Fault): ConfigFault[] {
  const known = new Map<string, string>()
  const hasClientCa = valueAt(input, ['listen', 'tls', 'clientCaFile']) !== undefined
  const unknownIn = {
    profiles: atFirst((name) => unknownProfile(name, Object.keys(granted.profiles)), 'is no profile'),
    delegationTokens: atFirst(
      (name) => unknownDelegationToken(name, Object.keys(granted.delegationTokens)),
      'is no delegation token',
    ),
  }
  return Object.entries(callers).flatMap(([name, caller]) => {
    const at = (...path: readonly string[]): string[] => ['callers', name, ...path]
    const unknown = (['profiles', 'delegationTokens'] as const).flatMap((section) =>
      [valueAt(caller, [section])]
        .flat()
        .flatMap((each: unknown, index) =>
          typeof each !== 'string' || Object.hasOwn(granted[section], each)
            ? []
            : [fault(at(section, String(index)), unknownIn[section](each))],
        ),
    )
    const taken = identitiesOf(caller).flatMap(([place, identity]) => {
      const other = known.get(identity) ?? name
      known.set(identity, other)
      return other === name ? [] : [fault(at(...place), `is that of the caller ${other} already`)]
    })
    const needsCa = isRecord(valueAt(caller, ['certificate'])) && !hasClientCa
    const ca = needsCa ? [fault(at('certificate'), 'needs listen.tls.clientCaFile: the CA of client certificates')] : []
    return [...unknown, ...taken, ...ca]
  })
}

/** Names in a certificate that are the same although they are written differently. */
const sameFor: Readonly<Record<string, (name: string) => string | undefined>> = {
  subjectDn: normalizedDn,
  sanDns: (name) => name.toLowerCase(),
  sanUri: (uri) => uri,
}

/** What has to be one caller's alone, with its place in the caller. */
function identitiesOf(caller: unknown): [readonly string[], string][] {
  const [issuer] = textsAt(caller, 'assertion', 'issuer')
  const bySubject = textsAt(caller, 'assertion', 'subject').flatMap((subject) =>
    textsAt(caller, 'assertion', 'audience').map((audience): [readonly string[], string] => [
      ['assertion', 'subject'],
      JSON.stringify([issuer, subject, audience]),
    ]),
  )
  const byName = Object.keys(sameFor).flatMap((kind) =>
    textsAt(caller, 'certificate', kind).map((text): [readonly string[], string] => [
      ['certificate', kind],
      JSON.stringify([kind, sameFor[kind]?.(text) ?? text]),
    ]),
  )
  return [...bySubject, ...byName]
}

function textsAt(section: unknown, ...path: readonly string[]): string[] {
  return [valueAt(section, path)].flat().filter((text) => typeof text === 'string')
}

function issuerFaults(input: unknown, callers: Section, fault: Fault): ConfigFault[] {
  const issuers = Object.keys(sectionAt(input, 'issuers'))
  if (issuers.length === 0) return []
  const used = new Set(Object.values(callers).flatMap((caller) => textsAt(caller, 'assertion', 'issuer')))
  const names = [...used]
  const all = used.size > 0 ? `; they have ${inShort(names).join(', ')}` : ''
  const hint = atFirst((issuer) => unknownOption(issuer, names).replace('no such option', '') || all, '')
  return issuers
    .filter((issuer) => !used.has(issuer))
    .map((issuer) => fault(['issuers', issuer], `is the issuer of no caller${hint(issuer)}`))
}
