import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { sourceKinds } from '../sources/index.ts'
import { isSecretValue } from '../sources/option-text.ts'
import { defaultProfile } from '../token/profiles.ts'
import {
  adminOptions,
  configSchema,
  commonProfileOptions,
  listenOptions,
  listenTlsOptions,
  logOptions,
  openTelemetryOptions,
  sourceOption,
} from './schema.ts'

/** One option as a person meets it: flag, variable and place in the file, all from the schema. */
export interface Option {
  /** Place in the file, as in `listen.port`. */
  readonly path: readonly string[]
  /** As in `--port`. */
  readonly flag: string
  /** As in `KTS_PORT`. */
  readonly variable: string
  /** How it is written. Neither flag nor variable have a mapping, which only the file can express, and a secret. */
  readonly value: 'boolean' | 'number' | 'list' | 'text' | 'mapping' | 'secret'
  /** Also takes `false`, for none. */
  readonly orFalse: boolean
  readonly description: string
  /** As it would be written; absent where there is none, or where it depends. */
  readonly default?: string
  /** The kinds of source that have it in these very words; absent when it belongs to all. */
  readonly sources?: readonly string[]
}

interface Kind {
  readonly kind: string
  readonly summary?: string
  readonly options: z.ZodMiniObject
}

const { tls: _tls, ...listenItself } = listenOptions.shape

/** The kinds of source, for a list of them. */
export const sources: readonly Kind[] = sourceKinds

/** What can be configured with these sources, but for further profiles, which have what the profile `default` has, and lists of sections. */
export function optionsWith(kinds: readonly Kind[]): readonly Option[] {
  return [
    ...optionsOf(z.object(listenItself), ['listen']),
    ...optionsOf(listenTlsOptions, ['listen', 'tls'], 'listen-tls-'),
    ...optionsOf(adminOptions, ['admin'], 'admin-'),
    ...optionsOf(openTelemetryOptions, ['openTelemetry'], 'open-telemetry-'),
    ...optionsOf(logOptions, ['log'], 'log-'),
    ...optionsOf(z.object({ source: sourceOption }), ['profiles', defaultProfile]),
    ...sourceOptions(kinds),
    ...optionsOf(commonProfileOptions, ['profiles', defaultProfile]),
  ]
}

/** Everything that can be configured. */
export const allOptions = once(() => optionsWith(sourceKinds))

/** What can be written as flag or variable. */
export const writtenOptions = once(() => allOptions().filter(isWritten))

export function isWritten({ value }: Option): boolean {
  return value !== 'mapping' && value !== 'secret'
}

/** What each kind of source has; an option that several have in the same words is one. */
export function sourceOptions(kinds: readonly Kind[]): Option[] {
  const known = new Map<string, Option>()
  for (const { kind, options } of kinds) {
    for (const option of optionsOf(options, ['profiles', defaultProfile])) {
      const words = JSON.stringify(option)
      known.set(words, { ...option, sources: [...(known.get(words)?.sources ?? []), kind] })
    }
  }
  return [...known.values()]
}

/** The options of sources, by the sources that have them. */
export function bySources(
  list: readonly Option[],
): { readonly sources: readonly string[]; readonly options: readonly Option[] }[] {
  const groups = Map.groupBy(list, ({ sources = [] }) => sources.join(' '))
  return [...groups]
    .filter(([names]) => names !== '')
    .map(([names, options]) => ({ sources: names.split(' '), options }))
}

/** Options by flag. Sources may share one, as `--scope`; which is meant shows when the source is known. */
export function optionsByFlag(options: readonly Option[]): ReadonlyMap<string, readonly Option[]> {
  return Map.groupBy(options, ({ flag }) => flag)
}

/** Of options that share a flag, the one of this source. */
export function optionFor(source: string, sharing: readonly Option[]): Option | undefined {
  return sharing.find(({ sources }) => sources?.includes(source) ?? true) ?? sharing[0]
}

function optionsOf(schema: z.ZodMiniObject, place: readonly string[], prefix = ''): Option[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = [...place, key]
    const name = prefix + kebabCase(key)
    const inner = unwrapped(field)
    if (inner instanceof z.ZodMiniObject) return optionsOf(inner, path, `${name}-`)
    const written = writtenDefault(field)
    return [
      {
        path,
        flag: `--${name}`,
        variable: `KTS_${name.replaceAll('-', '_').toUpperCase()}`,
        value: valueOf(inner),
        orFalse: inner instanceof z.ZodMiniUnion && inner.def.options.some(takesFalse),
        description: z.globalRegistry.get(field)?.description ?? '',
        ...(written !== undefined && { default: written }),
      },
    ]
  })
}

/** Keys of the section at a place of the configuration; none where there is no section. */
export function keysAt(place: readonly string[], schema: z.core.$ZodType = configSchema): readonly string[] {
  const section = unwrapped(schema)
  const [key, ...rest] = place
  if (section instanceof z.ZodMiniLazy) return keysAt(place, section.def.getter())
  if (section instanceof z.ZodMiniRecord) return keysAt(rest, section.def.valueType)
  if (section instanceof z.ZodMiniArray) return keysAt(rest, section.def.element)
  if (!(section instanceof z.ZodMiniObject)) return []
  if (key === undefined) return Object.keys(section.shape)
  const inner = section.shape[key]
  return inner ? keysAt(rest, inner) : []
}

/** The schema of a value that is there. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniOptional ||
    schema instanceof z.ZodMiniPrefault
    ? unwrapped(schema.def.innerType)
    : schema
}

function valueOf(schema: z.core.$ZodType): Option['value'] {
  if (schema instanceof z.ZodMiniUnion && schema.def.options.some(takesFalse)) {
    const others = schema.def.options.filter((option) => !takesFalse(option))
    return others[0] ? valueOf(others[0]) : 'boolean'
  }
  if (schema instanceof z.ZodMiniBoolean) return 'boolean'
  if (schema instanceof z.ZodMiniNumber) return 'number'
  if (schema instanceof z.ZodMiniArray) return 'list'
  if (schema instanceof z.ZodMiniRecord) return 'mapping'
  return isSecretValue(schema) ? 'secret' : 'text'
}

function takesFalse(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodMiniLiteral && schema.def.values.includes(false)
}

/** What is said of an option: its description and its default. */
export function aboutOption(option: Option): string {
  return option.default === undefined ? option.description : `${option.description} Default: ${option.default}.`
}

function writtenDefault(schema: z.core.$ZodType): string | undefined {
  if (!(schema instanceof z.ZodMiniDefault || schema instanceof z.ZodMiniPrefault)) return undefined
  const value: unknown = schema.def.defaultValue
  // What is off unless it is switched on need not say so.
  return typeof value === 'string' || typeof value === 'number' || value === true ? String(value) : undefined
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
