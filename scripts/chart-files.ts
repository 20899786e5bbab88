import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { dump } from 'js-yaml'
import { format } from 'prettier'
import { examples } from './chart-field.ts'
import { chartValues, configField } from './chart-values.ts'

/* The files of the chart that follow from chart-values.ts, from the schema of the configuration, and from examples/monitoring. */

export const chart = 'charts/kafka-token-sidecar'
const root = join(import.meta.dirname, '..')
const style = { printWidth: 120, singleQuote: true }
type Schema = z.core.$ZodType
type Json = Record<string, unknown>

interface Entry {
  readonly key: string
  readonly about: string
  readonly fallback: unknown
  readonly example: unknown
  readonly within: readonly Entry[] | undefined
}

function entriesOf(schema: z.core.$ZodObject): Entry[] {
  return Object.entries(schema._zod.def.shape).map(([key, field]) => {
    const within = innermost(field)
    return {
      key,
      about: z.globalRegistry.get(field)?.description ?? '',
      fallback: (field._zod.def as { readonly defaultValue?: unknown }).defaultValue,
      example: examples.get(field),
      within: within instanceof z.core.$ZodObject ? entriesOf(within) : undefined,
    }
  })
}

function innermost(schema: Schema): Schema {
  const { innerType } = schema._zod.def as { readonly innerType?: Schema }
  return innerType ? innermost(innerType) : schema
}

function defaultsOf(entries: readonly Entry[]): Json {
  const given = entries.filter(({ fallback }) => fallback !== undefined)
  return Object.fromEntries(given.map(({ key, fallback, within }) => [key, within ? defaultsOf(within) : fallback]))
}

const all = entriesOf(chartValues)

function valuesYaml(): string {
  const lines = all.flatMap((entry) => ['', ...linesOf(entry, '')])
  return `# Made by npm run docs from scripts/chart-values.ts. What is not here is refused; null is the default.\n${lines.join('\n')}\n`
}

function linesOf({ key, about, fallback, example, within }: Entry, indent: string): string[] {
  const words = wrapped(about, 116 - indent.length).map((line) => `${indent}# ${line}`)
  if (example !== undefined) return [...words, `${indent}# ${key}: ${flow(example)}`]
  if (within) return [...words, `${indent}${key}:`, ...within.flatMap((entry) => linesOf(entry, `${indent}  `))]
  if (!Array.isArray(fallback) || fallback.length === 0) return [...words, `${indent}${key}: ${flow(fallback)}`]
  return [...words, `${indent}${key}:`, ...fallback.map((item) => `${indent}  - ${flow(item)}`)]
}

function flow(value: unknown): string {
  return dump(value, { flowLevel: 0, lineWidth: -1 }).trim()
}

function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** Draft 7, which every helm 3 understands. A regular expression of Go has no look-ahead. */
function valuesSchema(configSchema: string): string {
  const { $schema: _schema, title: _title, ...config } = JSON.parse(configSchema) as Json
  const schema = z.toJSONSchema(chartValues, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema, zodSchema }) => {
      if (zodSchema === configField) Object.assign(jsonSchema, { ...config, description: jsonSchema.description })
    },
  })
  const titled = { ...(nullable(schema) as Json), title: 'Values of the chart kafka-token-sidecar' }
  return `${JSON.stringify(titled, (key, value: unknown) => (key === 'pattern' && typeof value === 'string' ? forGo(value) : value), 2)}\n`
}

function forGo(pattern: string): string {
  return pattern.replaceAll(/\(\?=[^)]*\)/g, '')
}

/** With null wherever something may be left out, so that a second file of values can take away what the first one says. */
function nullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(nullable)
  if (typeof schema !== 'object' || schema === null) return schema
  const { properties, additionalProperties, items, oneOf, ...rest } = schema as Json
  const required = (rest['required'] ?? []) as readonly string[]
  return {
    ...rest,
    ...(Array.isArray(oneOf) ? bySource(oneOf as Variant[]) : {}),
    ...(items === undefined ? {} : { items: nullable(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: orNull(nullable(additionalProperties)) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties as Json).map(([key, value]) => {
              const inside = nullable(value)
              return [key, required.includes(key) ? inside : orNull(inside)]
            }),
          ),
        }),
  }
}

interface Variant extends Json {
  readonly properties: { readonly source: { readonly const: string } }
  readonly required?: readonly string[]
}

/** A choice of many would tell what is wrong with each of them, this one with the source that was written; without any it is gcp. */
function bySource(variants: readonly Variant[]): Json {
  const cases = variants.map((variant) => {
    const named = variant.properties.source.const
    const isDefault = !variant.required?.includes('source')
    return {
      if: isDefault
        ? { properties: { source: { enum: [named, null] } } }
        : { properties: { source: { const: named } }, required: ['source'] },
      then: orNull(nullable(variant)),
    }
  })
  const names = variants.map(({ properties }) => properties.source.const)
  return { type: 'object', properties: { source: { enum: [...names, null] } }, allOf: cases }
}

function orNull(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, type, enum: names, const: only, ...rest } = schema as Json
  const none = { type: 'null' }
  if (Array.isArray(anyOf)) return { ...rest, anyOf: [...(anyOf as unknown[]), none] }
  if (type === undefined) return schema
  const named = only === undefined ? names : [only]
  return {
    ...rest,
    type: [type, 'null'].flat(),
    ...(Array.isArray(named) ? { enum: [...(named as unknown[]), null] } : {}),
  }
}

function defaultsTemplate(): string {
  const json = JSON.stringify(defaultsOf(all), null, 2)
  return `{{/* Made by npm run docs: values.yaml once more, for what is null or not handed on. */}}\n{{- define "kafka-token-sidecar.defaults" -}}\n${json}\n{{- end -}}\n`
}

/** Rows for the README of the chart. */
export function valuesTable(): string {
  const rows = rowsOf(all, '').map(
    ([key, value, about]) => `| \`${key}\` | ${value} | ${about.replaceAll('|', '\\|')} |`,
  )
  return ['', '| value | default | |', '|---|---|---|', ...rows, ''].join('\n')
}

function rowsOf(entries: readonly Entry[], place: string): [string, string, string][] {
  return entries.flatMap(({ key, about, fallback, within }): [string, string, string][] => {
    if (within) return rowsOf(within, `${place}${key}.`)
    const isEmpty = fallback === undefined || fallback === ''
    return [[place + key, isEmpty ? '' : `\`${flow(fallback)}\``, about.replaceAll('<', '&lt;').replaceAll('*', '\\*')]]
  })
}

/** Every generated file of the chart but its README. */
export async function chartFiles(configSchema: string): Promise<[string, string][]> {
  const copied = ['grafana-dashboard.json', 'prometheus-rules.yaml'].map((name): [string, string] => [
    `${chart}/files/${name}`,
    readFileSync(join(root, 'examples/monitoring', name), 'utf8'),
  ])
  return [
    [`${chart}/values.yaml`, await format(valuesYaml(), { parser: 'yaml', ...style })],
    [`${chart}/values.schema.json`, await format(valuesSchema(configSchema), { parser: 'json', ...style })],
    [`${chart}/templates/_defaults.tpl`, defaultsTemplate()],
    ...copied,
  ]
}
