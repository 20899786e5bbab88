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
import { join } from 'node:path'
import { bundle, version } from './bundle.ts'
import { bundledPackages, nodeLicence, type Package } from './bundled-packages.ts'
import { sbom } from './sbom.ts'

/**
 * Makes one folder that runs on Linux with glibc and without Node: the command, the Node of this package, and the licences
 * of all that is in it. `--dist FOLDER` names another build than `dist`, `--out FOLDER` another place than `dist-relocatable`,
 * `--folder FOLDER` the folder itself; `--user ID` is who will run it, for whom root then warms it up.
 */
const root = join(import.meta.dirname, '..')
const given = argument('--dist')
const dist = given ?? join(root, 'dist')
const out = argument('--out') ?? join(root, 'dist-relocatable')

if (process.platform !== 'linux') throw new Error('a relocatable folder is made on Linux, for the same architecture')
if (given === undefined && !existsSync(join(dist, 'bin', 'cli.js')))
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' })

const folder = argument('--folder') ?? join(out, `kafka-token-sidecar-${version}-linux-${process.arch}`)
const at = (...path: readonly string[]): string => join(folder, ...path)
rmSync(folder, { recursive: true, force: true })
for (const name of ['bin', 'lib', 'licenses']) mkdirSync(at(name), { recursive: true })

cpSync(join(root, 'scripts/relocatable-launcher.sh'), at('bin', 'kafka-token-sidecar'))
chmodSync(at('bin', 'kafka-token-sidecar'), 0o755)
// As it was downloaded, so that its digest is the published one.
cpSync(process.execPath, at('lib', 'node'))
chmodSync(at('lib', 'node'), 0o755)
// The licences are in a folder of their own.
const filter = (path: string): boolean => !/compile-cache|THIRD-PARTY/.test(path)
cpSync(join(dist, 'bin'), at('lib', 'app'), { recursive: true, filter })
// The Node is known here, and what it compiled before the folder was moved is still good there.
writeFileSync(
  at('lib', 'app', 'kafka-token-sidecar.js'),
  `'use strict'
const directory = require('node:path').join(__dirname, 'compile-cache')
require('node:module').enableCompileCache({ directory, portable: true })
require('./cli.js')
`,
)
const packages = bundledPackages((await bundle(root)).metafile)
licences(packages)
writeFileSync(at('sbom.cdx.json'), sbom(version, readFileSync(at('lib', 'node')), packages))
warmUp(argument('--user'))
// Whoever copies it may be another user than whoever runs it.
execFileSync('chmod', ['-R', 'a+rX,go-w', folder])

const files = globSync('**', { cwd: folder }).map((name) => statSync(at(name)))
const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0)
console.log(`${folder}: ${Math.round(bytes / 1e6)} MB`)

/** Of this package, of Node, and of each package that the command was bundled from. */
function licences(packages: readonly Package[]): void {
  cpSync(join(root, 'LICENSE'), at('LICENSE'))
  cpSync(nodeLicence(), at('licenses', `node-${process.version.slice(1)}.txt`))
  const notices = packages.map(({ name, version, license, licenseFile }) => {
    if (licenseFile !== undefined) cpSync(licenseFile, at('licenses', `${name.replace('/', '+')}-${version}.txt`))
    return `${name} ${version} (${license ?? 'see its licence'})`
  })
  const text = `kafka-token-sidecar ${version}, under the Apache License 2.0 (LICENSE), with:

Node.js ${process.version} (MIT, and the licences of its parts)
${notices.join('\n')}

Their licences are in the folder licenses.
`
  writeFileSync(at('NOTICE'), text)
}

/** V8's code, made by whoever will run it: Node keeps one cache per user. Root may make that of another. */
function warmUp(user: string | undefined): void {
  const app = at('lib', 'app')
  const uid = user === undefined ? undefined : Number(user)
  const owner = uid === undefined ? {} : { uid, gid: uid }
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, app])
  execFileSync(at('lib', 'node'), [join(app, 'warm-up.js')], { stdio: 'inherit', ...owner })
  if (uid !== undefined) execFileSync('chown', ['-R', '0:0', app])
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index < 0 ? undefined : process.argv[index + 1]
}
