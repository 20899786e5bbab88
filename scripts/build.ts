import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build, transform } from 'esbuild'

/**
 * Builds `dist/`: the library as ES modules with types, and the command as a CommonJS bundle with chunks for what is
 * rarely used, which starts in a third of the time of the modules it is made of.
 */
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const bin = join(dist, 'bin')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

rmSync(dist, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })

/**
 * Express is the frame of the command, but the command reads bodies and writes answers itself (`http/mount-node.ts`). What
 * Express has for that, with its tables of media types, is half of the start-up time and stays out of the bundle. The
 * library leaves Express as it is.
 */
const unusedOfExpress = [
  'accepts',
  'body-parser',
  'finalhandler',
  'mime-types',
  'qs',
  'send',
  'serve-static',
  'type-is',
]
const silentLogger = `
const silent = () => undefined
silent.function = (named) => named
silent.property = silent
module.exports = () => silent
`

/**
 * `import()` of a CommonJS package gives its names beside `default`; esbuild's chunk for one has `default` alone, and
 * packages that import others in this way, as gaxios does, then find nothing.
 */
const namesOfDefault = `
{ const { default: all } = module.exports
  if (all && /^(object|function)$/.test(typeof all)) for (const name of Object.keys(all)) {
    if (!(name in module.exports)) Object.defineProperty(module.exports, name, { enumerable: true, get: () => all[name] })
  } }
`

// Esbuild splits ES modules only, and Node starts CommonJS faster: so it splits first and converts each piece after.
const { outputFiles } = await build({
  entryPoints: { cli: join(root, 'src/cli/process.ts') },
  outdir: bin,
  bundle: true,
  splitting: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  chunkNames: 'chunks/[name]-[hash]',
  // Optional: who needs it has it beside the package.
  external: ['@aws-sdk/client-sts'],
  logLevel: 'warning',
  plugins: [
    {
      name: 'bare-express',
      setup(plugin) {
        plugin.onResolve({ filter: new RegExp(`^(${unusedOfExpress.join('|')})$`) }, ({ path }) => ({
          path,
          namespace: 'unused',
        }))
        plugin.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
        plugin.onResolve({ filter: /^(debug|depd)$/ }, ({ path }) => ({ path, namespace: 'silent' }))
        plugin.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({ contents: silentLogger, loader: 'js' }))
      },
    },
    {
      name: 'version',
      setup(plugin) {
        const contents = `export const version = ${JSON.stringify(version)}`
        plugin.onLoad({ filter: /src\/version\.ts$/ }, () => ({ contents, loader: 'ts' }))
      },
    },
  ],
})
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    supported: { 'dynamic-import': false },
  })
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, code + (dirname(path) === bin ? '' : namesOfDefault))
}

writeFileSync(join(bin, 'package.json'), '{ "type": "commonjs" }\n')
// What it holds is for this Node on this machine.
writeFileSync(join(bin, '.npmignore'), 'compile-cache\n')
const command = join(bin, 'kafka-token-sidecar.js')
cpSync(join(root, 'scripts/launcher.cjs'), command)
chmodSync(command, 0o755)
cpSync(join(root, 'scripts/warm-up.cjs'), join(bin, 'warm-up.js'))
execFileSync(process.execPath, [join(bin, 'warm-up.js')], { stdio: 'inherit' })
