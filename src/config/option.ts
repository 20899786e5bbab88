import * as z from 'zod/mini'
import { sourceKinds } from '../sources/index.ts'
import { defaultProfile } from '../token/profiles.ts'
import { commonProfileOptions, listenOptions, logOptions, sourceOption } from './schema.ts'

/** One option as a person meets it: flag, variable and place in the file, all from the schema. */
export interface Option {
  /** Place in the file, as in `listen.port`. */
  readonly path: readonly string[]
  /** As in `--port`. */
  readonly flag: string
  /** As in `KTS_PORT`. */
  readonly variable: string
  readonly value: 'boolean' | 'number' | 'list' | 'text'
  readonly description: string
  /** As it would be written; absent where there is none, or where it depends. */
  readonly default?: string
  /** The kind of source that the option belongs to; absent when it belongs to all. */
  readonly source?: string
}

export const options: readonly Option[] = [
  ...optionsOf(listenOptions, ['listen']),
  ...optionsOf(logOptions, ['log'], 'log-'),
  ...optionsOf(z.object({ source: sourceOption }), ['profiles', defaultProfile]),
  ...sourceKinds.flatMap(({ kind, options }) =>
    optionsOf(options, ['profiles', defaultProfile]).map((option) => ({ ...option, source: kind })),
  ),
  ...optionsOf(commonProfileOptions, ['profiles', defaultProfile]),
]

/** Flags and variables are written per word; two sources may share one, as `--scope`. */
export function optionsByFlag(): ReadonlyMap<string, Option> {
  return new Map(options.map((option) => [option.flag, option]))
}

function optionsOf(schema: z.ZodMiniObject, place: readonly string[], prefix = ''): Option[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const value = valueOf(field)
    if (!value) return []
    const name = prefix + kebabCase(key)
    const written = writtenDefault(field)
    return [
      {
        path: [...place, key],
        flag: `--${name}`,
        variable: `KTS_${name.replaceAll('-', '_').toUpperCase()}`,
        value,
        description: z.globalRegistry.get(field)?.description ?? '',
        ...(written !== undefined && { default: written }),
      },
    ]
  })
}

/** How the option is written on a command line; undefined for what only the file can express. */
function valueOf(schema: z.core.$ZodType): Option['value'] | undefined {
  if (
    schema instanceof z.ZodMiniDefault ||
    schema instanceof z.ZodMiniOptional ||
    schema instanceof z.ZodMiniPrefault
  ) {
    return valueOf(schema.def.innerType)
  }
  if (schema instanceof z.ZodMiniBoolean) return 'boolean'
  if (schema instanceof z.ZodMiniNumber) return 'number'
  if (schema instanceof z.ZodMiniArray) return 'list'
  if (schema instanceof z.ZodMiniRecord) return undefined
  return 'text'
}

/** What is said of an option: its description and its default. */
export function aboutOption(option: Option): string {
  return option.default === undefined ? option.description : `${option.description} Default: ${option.default}.`
}

function writtenDefault(schema: z.core.$ZodType): string | undefined {
  if (!(schema instanceof z.ZodMiniDefault || schema instanceof z.ZodMiniPrefault)) return undefined
  const value: unknown = schema.def.defaultValue
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
