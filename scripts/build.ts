import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'
import { bundledPackages, thirdPartyNotices } from './bundled-packages.ts'
import { bundle } from './bundle.ts'

/**
 * Builds `dist/`: the library as ES modules with types, and the command as a CommonJS bundle with chunks for what is
 * rarely used, which starts in a third of the time of the modules it is made of.
 */
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const bin = join(dist, 'bin')

rmSync(dist, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })

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
const { outputFiles, metafile } = await bundle(bin)
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

writeFileSync(join(bin, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(bundledPackages(metafile)))
writeFileSync(join(bin, 'package.json'), '{ "type": "commonjs" }\n')
// What it holds is for this Node on this machine.
writeFileSync(join(bin, '.npmignore'), 'compile-cache\n')
const command = join(bin, 'kafka-token-sidecar.js')
cpSync(join(root, 'scripts/launcher.cjs'), command)
chmodSync(command, 0o755)
cpSync(join(root, 'scripts/warm-up.cjs'), join(bin, 'warm-up.js'))
execFileSync(process.execPath, [join(bin, 'warm-up.js')], { stdio: 'inherit' })
