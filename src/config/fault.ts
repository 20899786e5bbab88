import { inspect } from 'node:util'
import type * as z from 'zod/mini'
import { didYouMean } from './did-you-mean.ts'
import { options } from './option.ts'
import { configSchema, isRecord, kinds } from './schema.ts'

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
    super(faults.map(({ option, given, problem }) => `${option}${shown(given)}: ${problem}`).join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
    this.unreadable = unreadable
  }
}

function shown(given: unknown): string {
  return given === undefined
    ? ''
    : ` (given: ${typeof given === 'string' ? given : inspect(given, { depth: 1, breakLength: Infinity })})`
}

/** Where a value came from, by its place in the configuration: `listen.port` → `--port`. */
export type Origins = ReadonlyMap<string, { readonly option: string; readonly given: unknown }>

/** What the schema found wrong, told at the flag, variable or place where it was written. */
export function faultsOf(issue: z.core.$ZodIssue, input: unknown, origins: Origins): ConfigFault[] {
  if (issue.code === 'invalid_key') {
    return [{ option: issue.path.map(String).join('.'), problem: problemOf(issue, undefined) }]
  }
  if (issue.code !== 'unrecognized_keys') {
    const place = issue.path.map(String)
    const origin = origins.get(place.join('.'))
    const given = origin ? origin.given : valueAt(input, issue.path)
    return [{ option: origin?.option ?? (place.join('.') || 'configuration'), given, problem: problemOf(issue, given) }]
  }
  return issue.keys.map((key) => {
    const place = [...issue.path.map(String), key]
    const origin = origins.get(place.join('.'))
    return { option: origin?.option ?? place.join('.'), problem: unknownKey(place, valueAt(input, issue.path)) }
  })
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
  if (issue.code === 'invalid_union' && issue.discriminator === 'source') return oneOf(kinds, given)
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type' && issue.message === 'Invalid input') return wanted[issue.expected] ?? issue.message
  return issue.message
}

function oneOf(names: readonly string[], given: unknown): string {
  const meant = typeof given === 'string' ? didYouMean(given, names) : undefined
  return `must be one of ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
}

/** A key that the section does not have: perhaps another source has it, perhaps it is misspelt. */
function unknownKey(place: readonly string[], section: unknown): string {
  const key = place.at(-1) ?? ''
  const siblings = options.filter((option) => option.path.length === place.length && option.path[0] === place[0])
  const owner = siblings.find((option) => option.path.at(-1) === key && option.source)
  const source = isRecord(section) && typeof section['source'] === 'string' ? section['source'] : 'gcp'
  if (owner?.source) return `is an option of source ${owner.source}, not of ${source}`
  const names = siblings
    .filter((option) => !option.source || option.source === source)
    .map(({ path }) => path.at(-1) ?? '')
  return unknownOption(key, place.length === 1 ? Object.keys(configSchema.shape) : names)
}

/** The words for an option that does not exist. */
export function unknownOption(name: string, candidates: readonly string[]): string {
  const meant = didYouMean(name, candidates)
  return meant ? `no such option; did you mean ${meant}?` : 'no such option'
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[String(key)] : undefined), input)
}
