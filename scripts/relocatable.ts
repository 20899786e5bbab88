import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

/**
 * Makes one folder that runs on Linux with glibc and without Node: the command, the Node of this package, and the licences
 * of all that is in it. `--dist FOLDER` names another build than `dist`, `--out FOLDER` another place than `dist-relocatable`.
 */
const root = join(import.meta.dirname, '..')
const given = argument('--dist')
const dist = given ?? join(root, 'dist')
const out = argument('--out') ?? join(root, 'dist-relocatable')

if (process.platform !== 'linux') throw new Error('a relocatable folder is made on Linux, for the same architecture')
if (given === undefined && !existsSync(join(dist, 'bin', 'cli.js')))
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' })

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const folder = join(out, `kafka-token-sidecar-${version}-linux-${process.arch}`)
const at = (...path: readonly string[]): string => join(folder, ...path)
rmSync(folder, { recursive: true, force: true })
for (const name of ['bin', 'lib', 'licenses']) mkdirSync(at(name), { recursive: true })

cpSync(join(root, 'scripts/relocatable-launcher.sh'), at('bin', 'kafka-token-sidecar'))
chmodSync(at('bin', 'kafka-token-sidecar'), 0o755)
// As it was downloaded, so that its digest is the published one.
cpSync(process.execPath, at('lib', 'node'))
chmodSync(at('lib', 'node'), 0o755)
cpSync(join(dist, 'bin'), at('lib', 'app'), { recursive: true, filter: (path) => !path.includes('compile-cache') })
// The Node is known here, and what it compiled before the folder was moved is still good there.
writeFileSync(
  at('lib', 'app', 'kafka-token-sidecar.js'),
  `'use strict'
const directory = require('node:path').join(__dirname, 'compile-cache')
require('node:module').enableCompileCache({ directory, portable: true })
require('./cli.js')
`,
)
await licences()
execFileSync(at('lib', 'node'), [at('lib', 'app', 'warm-up.js')], { stdio: 'inherit' })
// Whoever copies it may be another user than whoever runs it.
execFileSync('chmod', ['-R', 'a+rX,go-w', folder])

const files = globSync('**', { cwd: folder }).map((name) => statSync(at(name)))
const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0)
console.log(`${folder}: ${Math.round(bytes / 1e6)} MB`)

/** Of this package, of Node, and of each package that the command was bundled from. */
async function licences(): Promise<void> {
  cpSync(join(root, 'LICENSE'), at('LICENSE'))
  cpSync(nodeLicence(), at('licenses', `node-${process.version.slice(1)}.txt`))
  const notices = (await bundledPackages()).map((home) => {
    const { name, version, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
    const [file] = globSync('{LICENSE,LICENCE,license,License}*', { cwd: home })
    if (file !== undefined) cpSync(join(home, file), at('licenses', `${name.replace('/', '+')}-${version}.txt`))
    return `${name} ${version} (${license ?? 'see its licence'})`
  })
  const text = `kafka-token-sidecar ${version}, under the Apache License 2.0 (LICENSE), with:

Node.js ${process.version} (MIT, and the licences of its parts)
${notices.sort().join('\n')}

Their licences are in the folder licenses.
`
  writeFileSync(at('NOTICE'), text)
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

function nodeLicence(): string {
  const home = dirname(createRequire(import.meta.url).resolve('node/package.json'))
  const [found] = globSync([`node_modules/node-linux-*/LICENSE`, '../node-linux-*/LICENSE', 'LICENSE'], { cwd: home })
  if (found === undefined) throw new Error(`there is no licence of Node in ${home}`)
  return join(home, found)
}

/** Folders of the packages, as the bundler finds them. */
async function bundledPackages(): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, 'src/cli/process.ts')],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir: out,
    external: ['@aws-sdk/client-sts'],
    absWorkingDir: root,
    logLevel: 'warning',
  })
  const homes = Object.keys(metafile.inputs).flatMap((input) => {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
    return found === undefined ? [] : [join(root, found)]
  })
  return [...new Set(homes)]
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index < 0 ? undefined : process.argv[index + 1]
}
