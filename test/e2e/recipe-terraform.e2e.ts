import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { repository } from './readme.ts'
import { installRecipes, type RecipeTools } from './recipe-toolchain.ts'

const run = promisify(execFile)
const folder = join(repository, 'examples', 'terraform')
const files = globSync('*.tf', { cwd: folder }).sort()
const whole = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')

type Body = Readonly<Record<string, unknown>>
interface Parsed {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, readonly Body[]>>>>
  readonly variable?: Body
}

let tools: RecipeTools

beforeAll(async () => {
  tools = await installRecipes()
})

const parsed = async (name: string) => JSON.parse((await run(tools.hcl2json, [join(folder, name)])).stdout) as Parsed

describe('examples/terraform', () => {
  it.each(files)('%s is formatted', async (name) => {
    await run(tools.hclfmt, ['-check', join(folder, name)])
  })

  it('gives each resource the arguments that the provider has, and all that it wants', async () => {
    const { resource = {} } = await parsed('main.tf')
    expect(Object.keys(resource).length).toBeGreaterThan(5)
    for (const [type, bodies] of Object.entries(resource)) {
      const schema = schemaOf(type.replace('google_', ''))
      for (const [name, [body]] of Object.entries(bodies))
        expect(faultsIn(body ?? {}, schema, schema.root), `${type}.${name}`).toEqual([])
    }
  })

  it('would notice an argument that there is not, and one that is missing', () => {
    const schema = schemaOf('managed_kafka_acl')
    const body = { acl_id: 'cluster', cluster: 'a', location: 'b', acl_entries: [{ principal: 'c', operations: 'd' }] }
    expect(faultsIn(body, schema, schema.root)).toEqual([
      'acl_entries.operations is unknown',
      'acl_entries.operation is missing',
    ])
  })

  it('refers to nothing that is not declared', async () => {
    const all = await Promise.all(files.map(parsed))
    const variables = all.flatMap(({ variable = {} }) => Object.keys(variable))
    const resources = all.flatMap(({ resource = {} }) =>
      Object.entries(resource).flatMap(([type, bodies]) => Object.keys(bodies).map((name) => `${type}.${name}`)),
    )
    const used = (pattern: RegExp) => [...new Set([...whole.matchAll(pattern)].map(([, name]) => name ?? ''))]
    expect(used(/\bvar\.(\w+)/g).sort()).toEqual(variables.sort())
    const references = used(/(?<!")\b(google_\w+\.\w+)\.?/g)
    expect(references.length).toBeGreaterThan(3)
    for (const reference of references) expect(resources).toContain(reference)
  })

  it('has the annotations that docs/google.md and the page ask for', () => {
    const page = readFileSync(join(repository, 'docs', 'terraform.md'), 'utf8')
    const google = readFileSync(join(repository, 'docs', 'google.md'), 'utf8')
    expect(google).toContain('iam.gke.io/return-principal-id-as-email=true')
    for (const name of ['gcp-service-account', 'return-principal-id-as-email']) {
      expect(whole).toContain(`"iam.gke.io/${name}"`)
      expect(page).toContain(`iam.gke.io/${name}: `)
    }
    expect(whole).toMatch(/"iam.gke.io\/return-principal-id-as-email"\s*= "true"/)
  })
})

interface Argument {
  readonly isRequired: boolean
  readonly type: string
}
interface Schema {
  readonly root: string
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, Argument>>
}

/** Of a resource, from the types that were made of the provider's schema. */
function schemaOf(type: string): Schema {
  const text = readFileSync(join(tools.googleProvider, type.replaceAll('_', '-'), 'index.d.ts'), 'utf8')
  const blocks = new Map(
    [...text.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => {
      const members = [...body.matchAll(/^ {4}readonly (\w+)(\??): ([^;{]+)/gm)]
      const entries = members.map(([, member = '', optional, type = '']): [string, Argument] => [
        member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        { isRequired: optional === '', type: /\w+/.exec(type)?.[0] ?? '' },
      ])
      return [name, new Map(entries)] as const
    }),
  )
  const root = [...blocks.keys()].find((name) => name.endsWith('Config') && blocks.get(name)?.has('id')) ?? ''
  return { root, blocks }
}

const meta = ['count', 'for_each', 'depends_on', 'lifecycle', 'provider']

function faultsIn(body: Body, schema: Schema, block: string): readonly string[] {
  const known = schema.blocks.get(block)
  if (known === undefined) return [`there is no ${block}`]
  const { dynamic = {}, ...plain } = body as Body & {
    dynamic?: Readonly<Record<string, readonly { content: Body[] }[]>>
  }
  const repeated = Object.entries(dynamic).map(
    ([name, each]) => [name, each.flatMap(({ content }) => content)] as const,
  )
  const given = [...Object.entries(plain), ...repeated].filter(([name]) => !meta.includes(name))
  const names = given.map(([name]) => name)
  const within = given.flatMap(([name, value]) => {
    const argument = known.get(name)
    if (argument === undefined) return [`${name} is unknown`]
    if (!schema.blocks.has(argument.type)) return []
    return (value as Body[]).flatMap((each) => faultsIn(each, schema, argument.type).map((fault) => `${name}.${fault}`))
  })
  const missing = [...known].filter(([name, { isRequired }]) => isRequired && !names.includes(name))
  return [...within, ...missing.map(([name]) => `${name} is missing`)]
}
