import { doubleQuoted, shellWord, sqlString, xmlText, yamlScalar } from './quoting.ts'
import { propertyValue } from '../platform/java-properties.ts'

/** Name and value, as Kafka knows them. */
export type Setting = readonly [name: string, value: string]

/** The same under names that begin so. */
export function prefixed(prefix: string, settings: readonly Setting[]): Setting[] {
  return settings.map(([name, value]) => [prefix + name, value])
}

export const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

export function propertiesText(settings: readonly Setting[]): string {
  return lines(settings.map(([name, value]) => `${name}=${propertyValue(value)}`))
}

/** A mapping of YAML, indented by so many blanks. Names with a dot stay whole. */
export function yamlMapping(settings: readonly Setting[], indent: number): string {
  return lines(settings.map(([name, value]) => `${' '.repeat(indent)}${name}: ${yamlScalar(value)}`))
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** `  'properties.x' = 'y',` for each, the last without comma. */
export function sqlOptions(settings: readonly Setting[], { between = ' = ', quote = "'" } = {}): string {
  const options = settings.map(([name, value]) => `  ${quote}${name}${quote}${between}${sqlString(value)}`)
  return `${options.join(',\n')}\n`
}

/** Entries of a map or dictionary in code: `    "x": "y",`. */
export function entries(settings: readonly Setting[], indent: number, between = ': '): string {
  return lines(
    settings.map(([name, value]) => `${' '.repeat(indent)}${doubleQuoted(name)}${between}${doubleQuoted(value)},`),
  )
}

export function xmlElements(settings: readonly Setting[], indent: number): string {
  return lines(settings.map(([name, value]) => `${' '.repeat(indent)}<${name}>${xmlText(value)}</${name}>`))
}

export function exported(name: string, value: string): string {
  return `export ${name}=${shellWord(value)}\n`
}

/** `https://a/b c` → lines that begin with `#`. */
export function commented(text: string): string {
  return `# ${text}\n`
}
