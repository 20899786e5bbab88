import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const src = join(import.meta.dirname, '../src')

/** Who may import whom. All rooms may import `platform`, and themselves. A name ending in `.ts` is one file of a room. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  token: [],
  keys: ['token'],
  oauth: ['token', 'keys'],
  sources: ['token', 'keys', 'oauth'],
  callers: ['token', 'keys', 'oauth/metadata.ts'],
  http: ['token', 'keys', 'callers'],
  kafka: ['token', 'version.ts'],
  outlets: ['token', 'kafka/token-settings.ts'],
  explain: ['token', 'client-config/names.ts'],
  ops: ['token', 'http/route.ts', 'http/wire-message.ts', 'http/ascii-json.ts', 'explain', 'version.ts'],
  'client-config': ['token', 'kafka/token-settings.ts', 'kafka/access.ts'],
  lint: ['token', 'explain', 'client-config', 'config'],
  doctor: [
    'token',
    'keys',
    'sources',
    'kafka',
    'config',
    'explain',
    'lint',
    'client-config',
    'kafka-client.ts',
    'sidecar.ts',
    'version.ts',
  ],
  config: [
    'token',
    'sources/index.ts',
    'sources/source-kind.ts',
    'sources/duration.ts',
    'sources/option-text.ts',
    'callers/certificate/distinguished-name.ts',
    'callers/secret/secret-hash.ts',
    'kafka/access.ts',
    'kafka/token-settings.ts',
  ],
  'profile-sources.ts': ['token', 'sources', 'http', 'config'],
  'gate.ts': ['token', 'callers'],
  'kafka-client.ts': ['token', 'kafka/access.ts', 'keys', 'config', 'profile-sources.ts'],
  'kept-tokens.ts': ['token', 'kafka', 'http', 'config', 'kafka-client.ts'],
  'admin.ts': ['token', 'http', 'ops', 'config', 'explain', 'profile-sources.ts', 'version.ts'],
  'serving.ts': [
    'token',
    'http',
    'config',
    'outlets',
    'profile-sources.ts',
    'kept-tokens.ts',
    'admin.ts',
    'version.ts',
  ],
  'sidecar.ts': [
    'token',
    'http',
    'callers',
    'config',
    'ops',
    'profile-sources.ts',
    'gate.ts',
    'serving.ts',
    'admin.ts',
    'version.ts',
  ],
  'oauth-bearer-provider.ts': ['sidecar.ts', 'config/schema.ts'],
  'index.ts': ['token', 'http', 'config', 'sidecar.ts', 'oauth-bearer-provider.ts', 'version.ts'],
  'version.ts': [],
  cli: [
    'token',
    'keys',
    'sources/duration.ts',
    'callers/secret/secret-hash.ts',
    'http/identity-route.ts',
    'ops',
    'config',
    'kafka',
    'kafka-client.ts',
    'outlets/file.ts',
    'explain',
    'client-config',
    'lint',
    'doctor',
    'sidecar.ts',
    'version.ts',
  ],
}

/** The one place of each package; `lazy` where a plain run does without, so that it is imported when it is first used. */
const packages: Readonly<Record<string, { readonly in: readonly string[]; readonly lazy?: true }>> = {
  '@aws-sdk/client-sts': { in: ['sources/aws/'], lazy: true },
  express: { in: ['http/express-frame.ts'], lazy: true },
  gaxios: { in: ['sources/google/'], lazy: true },
  'google-auth-library': { in: ['sources/google/'], lazy: true },
  jose: { in: ['keys/', 'callers/assertion/'] },
  'js-yaml': { in: ['config/', 'lint/'], lazy: true },
  'node-forge': { in: ['keys/java-store/'], lazy: true },
  '@opentelemetry/api': { in: ['ops/open-telemetry/'], lazy: true },
  '@opentelemetry/exporter-metrics-otlp-http': { in: ['ops/open-telemetry/'], lazy: true },
  '@opentelemetry/exporter-trace-otlp-http': { in: ['ops/open-telemetry/'], lazy: true },
  '@opentelemetry/resources': { in: ['ops/open-telemetry/'], lazy: true },
  '@opentelemetry/sdk-metrics': { in: ['ops/open-telemetry/'], lazy: true },
  '@opentelemetry/sdk-trace': { in: ['ops/open-telemetry/'], lazy: true },
  pino: { in: ['ops/'] },
  'prom-client': { in: ['ops/'], lazy: true },
  saxes: { in: ['lint/'], lazy: true },
  'pino-pretty': { in: ['ops/'], lazy: true },
  undici: { in: ['platform/outward-fetch.ts'] },
  zod: { in: ['config/', 'sources/'] },
}

interface Import {
  /** Both as in `token/cache.ts`; `to` is a package or `node:…` where it does not begin with a dot in the source. */
  readonly from: string
  readonly to: string
  readonly kind: 'static' | 'dynamic' | 'type'
  readonly isPackage: boolean
}

const files = globSync('**/*.ts', { cwd: src }).sort()
const imports = files.flatMap(importsOf)
const roomOf = (file: string): string => file.split('/')[0] ?? file

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest, true)
}

function importsOf(from: string): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: Import['kind']): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) return
    const isPackage = !specifier.text.startsWith('.')
    found.push({
      from,
      to: isPackage ? specifier.text : normalize(join(dirname(from), specifier.text)),
      kind,
      isPackage,
    })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'static')
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static')
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], 'dynamic')
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'type')
    ts.forEachChild(node, visit)
  }
  visit(parse(from))
  return found
}

describe('the rooms', () => {
  it('are all in the list', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(mayImport).sort())
  })

  it.each(Object.entries(mayImport))('%s imports only platform and %j', (room, allowed) => {
    const strangers = imports.filter(({ from, to, isPackage }) => {
      if (isPackage || roomOf(from) !== room) return false
      return ![room, 'platform', ...allowed].some((place) => to === place || roomOf(to) === place)
    })
    expect(strangers).toEqual([])
  })

  it('have no circle of files that load each other', () => {
    const loads = new Map(files.map((file) => [file, [] as string[]]))
    for (const { from, to, kind, isPackage } of imports) if (kind === 'static' && !isPackage) loads.get(from)?.push(to)
    const done = new Set<string>()
    const circles: string[] = []
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (path.includes(file) || done.has(file)) return
      for (const next of loads.get(file) ?? []) walk(next, [...path, file])
      done.add(file)
    }
    for (const file of files) walk(file, [])
    expect(circles).toEqual([])
  })
})

describe('the packages', () => {
  const used = imports
    .filter(({ isPackage, to }) => isPackage && !to.startsWith('node:'))
    .map((found) => ({ ...found, name: found.to.split('/', found.to.startsWith('@') ? 2 : 1).join('/') }))

  it('are dependencies, each in its place and no other', () => {
    const elsewhere = used.filter(({ from, name }) => !packages[name]?.in.some((place) => from.startsWith(place)))
    expect(elsewhere).toEqual([])
    // What is only imported for its types comes along with the package that brings them.
    const loaded = new Set(used.filter(({ kind }) => kind !== 'type').map(({ name }) => name))
    expect([...loaded].sort()).toEqual(
      [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)].sort(),
    )
  })

  it('are imported when they are first used, where a plain run does without', () => {
    expect(used.filter(({ name, kind }) => packages[name]?.lazy && kind === 'static')).toEqual([])
    const client = imports.filter(({ to, kind }) => to === 'platform/outward-fetch.ts' && kind === 'static')
    expect(client.map(({ from }) => from)).toEqual([])
  })

  it('of Node are named as such', () => {
    expect(imports.filter(({ to }) => isBuiltin(to) && !to.startsWith('node:'))).toEqual([])
  })
})

describe('the library', () => {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    noLib: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  }
  const program = ts.createProgram([join(src, 'index.ts')], options)
  const checker = program.getTypeChecker()
  const index = program.getSourceFile(join(src, 'index.ts'))
  const module = index && checker.getSymbolAtLocation(index)
  const names = module ? checker.getExportsOfModule(module) : []

  it('has a docstring for each name that it exports', () => {
    expect(names.length).toBeGreaterThan(10)
    const silent = names.filter((name) => {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name
      return symbol.getDocumentationComment(checker).length === 0
    })
    expect(silent.map(({ name }) => name)).toEqual([])
  })
})
