import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format } from 'prettier'
import * as z from 'zod'
import { exitCodes } from '../src/cli/exit-code.ts'
import { aboutOption, allOptions, bySources, isWritten, type Option } from '../src/config/option.ts'
import { callerOptions, issuerOptions, limitOptions } from '../src/config/caller-options.ts'
import { delegationTokenOptions } from '../src/config/delegation-token-options.ts'
import { outletOptions } from '../src/config/outlet-options.ts'
import { configSchema, profileSchema, profileVariants } from '../src/config/schema.ts'
import { isSecretValue } from '../src/sources/option-text.ts'
import { clientPage } from './client-docs.ts'
import { lintRules } from './lint-docs.ts'
import { explainDocs } from './explain-docs.ts'
import { chart, chartFiles, valuesTable } from './chart-files.ts'
import { adminPageFile, adminPageText } from './admin-page.ts'
import { metricTable } from './metric-docs.ts'

/**
 * What the documentation says a second time is made here from where it is said first: `npm run docs`. A test holds the
 * files against `generated()`.
 */
const root = join(import.meta.dirname, '..')

/** Every generated file by its path from the root. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const configSchema = await configJsonSchema()
  return new Map([
    [
      'README.md',
      [
        ['options', commonTables()] as const,
        [gatewayExample, shownFile(gatewayExample)] as const,
        ['exit codes', exitCodeTable()] as const,
      ].reduce((text, [name, content]) => between(text, name, content), readme),
    ],
    ['docs/options.md', optionPage()],
    ['docs/config.schema.json', configSchema],
    ['docs/clients.md', clientPage()],
    ['docs/lint.md', between(readFileSync(join(root, 'docs/lint.md'), 'utf8'), 'rules', lintRules())],
    ...explainDocs(),
    ['docs/operations.md', between(operations, 'metrics', metricTable())],
    [adminPageFile, await adminPageText()],
    [`${chart}/README.md`, between(readFileSync(join(root, chart, 'README.md'), 'utf8'), 'values', valuesTable())],
    ...(await chartFiles(configSchema)),
  ])
}

const gatewayExample = 'examples/gateway/gateway.yaml'

/** A file of the repository as it stands there. */
function shownFile(path: string): string {
  return `\n\`\`\`yaml\n${readFileSync(join(root, path), 'utf8')}\`\`\`\n`
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`there is no place for ${name}`)
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
}

function exitCodeTable(): string {
  const rows = exitCodes.map(([code, meaning]) => `| ${code} | ${meaning} |`)
  return ['', '| exit code | |', '|---|---|', ...rows, ''].join('\n')
}

const shown = allOptions().filter(({ value }) => value !== 'secret')

/** The options that everybody meets. */
function commonTables(): string {
  const inProfile = ({ path }: Option): boolean => path[0] === 'profiles'
  return [
    table(
      'The endpoint and the log',
      shown.filter((option) => !inProfile(option)),
    ),
    table(
      'Every profile',
      shown.filter((option) => inProfile(option) && !option.sources),
    ),
  ].join('\n\n')
}

function optionPage(): string {
  const tables = bySources(shown).map(({ sources, options }) => table(titleOf(sources), options))
  return `# Options

Each flag is also a variable (\`--client-id\` is \`KTS_CLIENT_ID\`) and a key of the file that \`--config\` names; flags and variables
are those of the profile \`default\`. What has no flag stands in the file only. \`serve --help --source <name>\` shows the same.

${[commonTables(), ...tables].join('\n\n')}

## Callers

These stand in the file only; [gateway.md](gateway.md) explains them.

${callerTables().join('\n\n')}

## Delegation tokens and outlets

These stand in the file only as well; [delegation-tokens.md](delegation-tokens.md) explains them.

${[
  fileTable('Each delegation token', 'delegationTokens.<name>', delegationTokenOptions()),
  fileTable('Each outlet', 'outlets[]', outletOptions),
].join('\n\n')}
`
}

/** Sections that have no flags. */
function callerTables(): string[] {
  const auditOptions = inner(configSchema.shape.audit) as z.core.$ZodObject
  return [
    fileTable('Each caller', 'callers.<client id>', callerOptions()),
    fileTable('Each issuer of JWTs', 'issuers.<issuer>', issuerOptions()),
    fileTable('Limits', 'limits', limitOptions),
    fileTable('The audit stream', 'audit', auditOptions),
  ]
}

function fileTable(title: string, place: string, schema: z.core.$ZodObject): string {
  const lines = rowsOf(schema).map(([key, about]) => `| \`${key}\` | ${inCell(about)} |`)
  return [`**${title}**, at \`${place}\``, '', '| key in the file | |', '|---|---|', ...lines].join('\n')
}

/** Key and words of each option, those of sections within as `assertion.issuer`. */
function rowsOf(schema: z.core.$ZodObject, place = ''): [string, string][] {
  return Object.entries(schema._zod.def.shape).flatMap(([name, field]): [string, string][] => {
    if (isSecretValue(field)) return []
    const key = place + name
    const about = z.globalRegistry.get(field)?.description
    const within = inner(field)
    const own: [string, string][] = about === undefined ? [] : [[key, about + defaultOf(field)]]
    return within instanceof z.core.$ZodObject ? [...own, ...rowsOf(within, `${key}.`)] : own
  })
}

function defaultOf(field: z.core.$ZodType): string {
  const { def } = field._zod as { readonly def: { readonly defaultValue?: unknown } }
  return ['string', 'number'].includes(typeof def.defaultValue) ? ` Default: ${String(def.defaultValue)}.` : ''
}

/** The schema of a value that is there. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod as { readonly def: { readonly innerType?: z.core.$ZodType } }
  return def.innerType ? inner(def.innerType) : schema
}

function inCell(text: string): string {
  return inMarkdown(text).replaceAll('|', '\\|')
}

/** What would be taken for a tag or for emphasis. */
function inMarkdown(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*')
}

function titleOf(sources: readonly string[]): string {
  return `Source${sources.length > 1 ? 's' : ''} ${sources.map((name) => `\`${name}\``).join(', ')}`
}

function table(title: string, rows: readonly Option[]): string {
  const lines = rows.map((option) => {
    const { flag, path } = option
    const key = path[0] === 'profiles' ? path.slice(2) : path
    return `| ${isWritten(option) ? `\`${flag}\`` : ''} | \`${key.join('.')}\` | ${inCell(aboutOption(option))} |`
  })
  return [`**${title}**`, '', '| flag | key in the file | |', '|---|---|---|', ...lines].join('\n')
}

function jsonSchemaOf(schema: z.core.$ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema, zodSchema }) => {
      leaveOutSecrets(zodSchema, jsonSchema)
      if (zodSchema === profileSchema) jsonSchema.oneOf = profileVariants().map(variantJsonSchema)
    },
  })
}

function variantJsonSchema(variant: z.core.$ZodType): z.core.JSONSchema.BaseSchema {
  const { $schema: _meta, ...schema } = jsonSchemaOf(variant)
  // A profile that does not name its source has gcp.
  const source = schema.properties?.['source']
  if (typeof source === 'object' && source.const === 'gcp') delete schema.required
  return schema
}

async function configJsonSchema(): Promise<string> {
  const schema = jsonSchemaOf(configSchema)
  const titled = { ...schema, title: 'Configuration of kafka-token-sidecar' }
  return format(JSON.stringify(titled), { parser: 'json', printWidth: 120 })
}

/** What only a program can hand over cannot stand in a file. */
function leaveOutSecrets(schema: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  if (!(schema instanceof z.core.$ZodObject) || !json.properties) return
  const { shape } = schema._zod.def as z.core.$ZodObjectDef
  json.properties = Object.fromEntries(
    Object.entries(json.properties).filter(([key]) => !(shape[key] && isSecretValue(shape[key]))),
  )
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of await generated()) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
}
