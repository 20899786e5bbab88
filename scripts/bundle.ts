import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildResult, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

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

const plugins: Plugin[] = [
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
]

/** The command as ES modules in memory, and of what they were made. */
export function bundle(outdir: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    entryPoints: { cli: join(root, 'src/cli/process.ts') },
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[name]-[hash]',
    absWorkingDir: root,
    // Optional: who needs it has it beside the package.
    external: ['@aws-sdk/client-sts'],
    logLevel: 'warning',
    plugins,
  })
}
