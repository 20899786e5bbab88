import { inspect } from 'node:util'
import type * as z from 'zod/mini'
import { withoutTokens } from '../platform/shortened.ts'
import { defaultProfile } from '../token/profiles.ts'
import { didYouMean } from './did-you-mean.ts'
import { allOptions, keysAt, writtenOptions, type Option } from './option.ts'
import { configSchema, isRecord } from './schema.ts'

/** One thing that is wrong, in the words of whoever wrote it. */
export interface ConfigFault {
  /** Flag, variable or place in the file. */
  readonly option: string
  readonly given?: unknown
  readonly problem: string
}

/** All that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]
  /** The configuration file could not be read. */
  readonly unreadable: boolean

  constructor(faults: readonly ConfigFault[], { unreadable = false } = {}) {
    const told = faults.map((fault) => ('given' in fault ? { ...fault, given: withoutSecrets(fault.given) } : fault))
    super(told.map(({ option, given, problem }) => `${option}${shown(given)}: ${problem}`).join('\n'))
    this.name = 'ConfigError'
    this.faults = told
    this.unreadable = unreadable
  }
}

/** A value as it was written, but for a key or token that was pasted and the password in a URL. */
function withoutSecrets(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(withoutSecrets)
  return typeof given === 'string' ? withoutTokens(given).replace(/:\/\/[^/?#\s]*@/g, '://[...]@') : given
}

/** What is no single value stays unsaid: a section may hold what is secret. */
function shown(given: unknown): string {
  if (given === undefined || isRecord(given)) return ''
  const flat = Array.isArray(given) && given.every((item) => typeof item !== 'object')
  if (Array.isArray(given) && !flat) return ''
  return ` (given: ${typeof given === 'string' ? given : inspect(given, { breakLength: Infinity })})`
}

/** Where a value came from, by its place in the configuration: `listen.port` → `--port`. */
export type Origins = ReadonlyMap<string, Origin>

export interface Origin {
  /** Flag, variable or property. */
  readonly option: string
  /** As it was written; absent where it must not be shown. */
  readonly given: unknown
}

/** What the schema found wrong, told at the flag, variable or place where it was written. */
export function faultsOf(issue: z.core.$ZodIssue, input: unknown, origins: Origins): ConfigFault[] {
  const place = issue.path.map(String)
  if (issue.code === 'invalid_key') return [{ option: place.join('.'), problem: problemOf(issue, undefined) }]
  if (issue.code !== 'unrecognized_keys') {
    const { given, ...fault } = faultAt(place, input, origins, (value) => problemOf(issue, value))
    // Whoever writes a value where a section belongs may have meant to write a secret.
    const isSection = issue.code === 'invalid_type' && ['object', 'record'].includes(issue.expected)
    return [given === undefined || isSection ? fault : { ...fault, given }]
  }
  return issue.keys.flatMap((key) => {
    const unknown = [...place, key]
    const problem = unknownKey(unknown, valueAt(input, place))
    // A section that a source does not have was perhaps never written as one, but by a flag of each of its options.
    const given = [...origins].filter(([at]) => `${at}.`.startsWith(`${unknown.join('.')}.`))
    return given.length > 0
      ? given.map(([, { option }]) => ({ option, problem }))
      : [{ option: unknown.join('.'), problem }]
  })
}

/** A fault at a place of the configuration, in the words of whoever wrote it there. */
export function faultAt(
  place: readonly string[],
  input: unknown,
  origins: Origins,
  problem: string | ((value: unknown) => string),
): ConfigFault {
  const origin = originOf(place, origins)
  const value = valueAt(input, place)
  const given = origin ? origin.given : isSecretPlace(place) ? undefined : unlessSection(value)
  return {
    option: origin?.option ?? flagOf(place, origins) ?? (place.join('.') || 'configuration'),
    ...(given !== undefined && { given }),
    problem: typeof problem === 'string' ? problem : problem(value),
  }
}

/** An item of a list was written where the list was. */
function originOf(place: readonly string[], origins: Origins): Origin | undefined {
  const above = place.map((_, depth) => place.slice(0, place.length - depth).join('.'))
  return above.map((at) => origins.get(at)).find((origin) => origin !== undefined)
}

/** Who configures the default profile by flags, variables or properties knows its options by their flags. */
function flagOf(place: readonly string[], origins: Origins): string | undefined {
  const home = ['profiles', defaultProfile]
  if (!origins.has([...home, 'source'].join('.')) || !home.every((key, depth) => place[depth] === key)) return undefined
  return writtenOptions().find(({ path }) => path.join('.') === place.join('.'))?.flag
}

function unlessSection(value: unknown): unknown {
  return isRecord(value) || (Array.isArray(value) && value.some((item) => typeof item === 'object')) ? undefined : value
}

/** What stands here may be a secret, where somebody did not know that it must not. */
function isSecretPlace([room, , ...rest]: readonly string[]): boolean {
  if (room === 'callers' && ['secret', 'secretHashes'].includes(rest[0] ?? '')) return true
  const isThis = ({ path, value }: Option): boolean => value === 'secret' && path.slice(2).join('.') === rest.join('.')
  return room === 'profiles' && allOptions().some(isThis)
}

const wanted: Readonly<Record<string, string>> = {
  string: 'must be a text',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a mapping',
  record: 'must be a mapping',
}

/** Every schema of ours brings its own words, but for the types. */
function problemOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String), given)
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type' && issue.message === 'Invalid input') {
    return given === undefined ? 'is missing' : (wanted[issue.expected] ?? issue.message)
  }
  return issue.message
}

function oneOf(names: readonly string[], given: unknown): string {
  const meant = typeof given === 'string' ? didYouMean(given, names) : undefined
  return `must be one of ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
}

/** A key that the section does not have: perhaps another source has it, perhaps it is misspelt. */
function unknownKey(place: readonly string[], section: unknown): string {
  const key = place.at(-1) ?? ''
  if (place.length === 1) return unknownOption(key, Object.keys(configSchema.shape))
  if (place[0] !== 'profiles') return unknownOption(key, keysAt(place.slice(0, -1)))
  const beside = allOptions().filter(({ path }) => isBeside(path, place))
  const owners = beside.filter(({ path, sources }) => path[place.length - 1] === key && sources)
  const sources = [...new Set(owners.flatMap((option) => option.sources ?? []))]
  // Only at the top of a profile is the section the one that names the source.
  const isTop = place.length === 3
  const own = isTop && isRecord(section) ? sourceOf(section) : undefined
  if (own !== undefined && sources.length > 0) {
    return `is an option of ${sources.length > 1 ? 'the sources' : 'source'} ${sources.join(', ')}, not of ${own}`
  }
  const mine = beside.filter((option) => own === undefined || (option.sources?.includes(own) ?? true))
  return unknownOption(key, [...new Set(mine.map(({ path }) => path[place.length - 1] ?? ''))])
}

/** Whether an option is in the section of this place, or deeper; every profile has what the default profile has. */
function isBeside(path: readonly string[], place: readonly string[]): boolean {
  const above = place.slice(0, -1)
  return above.every((key, depth) => path[depth] === key || (depth === 1 && place[0] === 'profiles'))
}

/** The source of a profile as it is written; whoever names none has gcp. */
export function sourceOf(profile: Readonly<Record<string, unknown>>): string {
  return typeof profile['source'] === 'string' ? profile['source'] : 'gcp'
}

/** The words for an option that does not exist. */
export function unknownOption(name: string, candidates: readonly string[]): string {
  const meant = didYouMean(name, candidates)
  return meant ? `no such option; did you mean ${meant}?` : 'no such option'
}

/** The words for a profile that does not exist. */
export function unknownProfile(name: string, names: readonly string[]): string {
  const meant = didYouMean(name, names)
  return `is no profile; ${meant ? `did you mean ${meant}?` : `there is ${inShort(names).join(', ')}`}`
}

/** The words for a delegation token that is not kept. */
export function unknownDelegationToken(name: string, names: readonly string[]): string {
  const meant = didYouMean(name, names)
  if (meant) return `is no delegation token; did you mean ${meant}?`
  return `is no delegation token; there is ${names.length > 0 ? inShort(names).join(', ') : 'none in delegationTokens'}`
}

/** A list that fits into an error: of many items the first and the last. */
export function inShort(items: readonly string[]): readonly string[] {
  return items.length > 12 ? [...items.slice(0, 10), '…', ...items.slice(-1)] : items
}

/** What stands at a place, through sections and lists; undefined where there is nothing. */
export function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const inside = isRecord(value) || Array.isArray(value)
    return inside && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
  }, input)
}
