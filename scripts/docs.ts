import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import * as z from 'zod'
import { aboutOption, options, type Option } from '../src/config/option.ts'
import { configSchema } from '../src/config/schema.ts'
import { TokenError, type ErrorCode } from '../src/token/error.ts'
import { errorTable } from '../src/token/error-table.ts'

/**
 * What the documentation says a second time is made here from where it is said first: `npm run docs`. A test holds the
 * files against `generated()`.
 */
const root = join(import.meta.dirname, '..')

/** Every generated file by its path from the root. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return new Map([
    ['README.md', between(readme, 'options', optionTables())],
    ['docs/errors.md', errorPage()],
    ['docs/config.schema.json', await configJsonSchema()],
  ])
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md has no place for ${name}`)
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
}

function optionTables(): string {
  const inProfile = ({ path }: Option): boolean => path[0] === 'profiles'
  const kinds = [...new Set(options.flatMap(({ source }) => source ?? []))]
  return [
    table(
      'The endpoint and the log',
      options.filter((option) => !inProfile(option)),
    ),
    table(
      'Every profile',
      options.filter((option) => inProfile(option) && !option.source),
    ),
    ...kinds.map((kind) =>
      table(
        `Source \`${kind}\``,
        options.filter(({ source }) => source === kind),
      ),
    ),
  ].join('\n\n')
}

function table(title: string, rows: readonly Option[]): string {
  const lines = rows.map((option) => {
    const { flag, path } = option
    const key = path[0] === 'profiles' ? path.at(-1) : path.join('.')
    return `| \`${flag}\` | \`${key ?? ''}\` | ${aboutOption(option).replaceAll('<', '&lt;')} |`
  })
  return [`**${title}**`, '', '| flag | key in the file | |', '|---|---|---|', ...lines].join('\n')
}

function errorPage(): string {
  const sections = (Object.keys(errorTable) as ErrorCode[]).map((code) => {
    const { oauth, status } = new TokenError(code, '')
    const { means, hint, ...row } = errorTable[code]
    const starting =
      'whileStarting' in row ? `; in the first 30 seconds 503, \`${row.whileStarting}\`, for it may pass` : ''
    return `## ${code}\n\nHTTP ${status}, \`${oauth}\`${starting}. ${means}\n\n**Next:** ${hint}\n`
  })
  return `# Error codes

Every \`error_description\` ends in one of these codes, and the log of a Kafka client shows it. Codes do not change their
meaning; this page is made from the table that the program itself answers from.

${sections.join('\n')}`
}

async function configJsonSchema(): Promise<string> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    // A profile that does not name its source has gcp.
    override: ({ jsonSchema }) => {
      const source = jsonSchema.properties?.['source']
      if (typeof source === 'object' && source.const === 'gcp') delete jsonSchema.required
    },
  })
  const titled = { ...schema, title: 'Configuration of kafka-token-sidecar' }
  return format(JSON.stringify(titled), { parser: 'json', printWidth: 120 })
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of await generated()) writeFileSync(join(root, file), text)
}
