import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { installed, run } from './installed.ts'

const suite = 'bookworm'
const names = { nodeImage: 'localhost/node:e2e', baseImage: 'localhost/cc:e2e' }
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** Names of the images in `root`, buildah's own storage, which nobody else's images are in. */
export interface ImageTools {
  readonly root: string
  readonly nodeImage: string
  readonly baseImage: string
  buildah(...words: readonly string[]): Promise<string>
}

/** Nothing can be pulled here, so the two images that the Dockerfile builds on are made of Debian's packages. */
export async function installImage(): Promise<ImageTools> {
  const missing = ['buildah', 'mmdebstrap'].filter((name) => !existsSync(`/usr/bin/${name}`))
  if (missing.length > 0) await run('apt-get', ['install', '-y', '--no-install-recommends', ...missing])
  const root = await installed('image', [import.meta.filename], false, async (folder) => {
    const buildah = await buildahIn(folder)
    await imported(buildah, names.baseImage, await base(folder))
    await imported(buildah, names.nodeImage, await node(folder))
  })
  return { root, ...names, buildah: await buildahIn(root) }
}

/**
 * What it stores is as root made it: it asks for no user namespace, which may not be had. Layers that are copied as a whole (vfs)
 * take gigabytes, but they are there also where the kernel stacks no file systems, as in some containers.
 */
async function buildahIn(folder: string) {
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver']
  const stacks = run('buildah', [...storage, 'overlay', 'info'])
  const driver = await stacks.then(
    () => 'overlay',
    () => 'vfs',
  )
  return async (...words: readonly string[]) => {
    const { stdout } = await run('buildah', [...storage, driver, ...words], { maxBuffer: 64 << 20 })
    return stdout.trim()
  }
}

type Buildah = ImageTools['buildah']

async function imported(buildah: Buildah, name: string, tree: string) {
  const container = await buildah('from', 'scratch')
  await buildah('add', '--quiet', container, tree, '/')
  await buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container)
  if (name === names.nodeImage) await buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${certificates}`, container)
  await buildah('commit', '--quiet', '--rm', container, name)
  await rm(tree, { recursive: true })
}

/** The packages of distroless' `cc-debian12` that matter here: unpacked, not installed, so there is no shell. */
async function base(folder: string) {
  const tree = join(folder, 'base')
  await run('mmdebstrap', ['--variant=extract', '--include=libc6,libstdc++6,libgcc-s1', suite, tree])
  for (const path of ['usr/share/doc', 'var/cache', 'var/lib/apt']) {
    await rm(join(tree, path), { recursive: true, force: true })
  }
  return tree
}

/** Debian with the Node that runs this, and npm, as the image `node` has them. */
async function node(folder: string) {
  const tree = join(folder, 'node')
  await run('mmdebstrap', ['--variant=minbase', '--include=ca-certificates', suite, tree])
  // Whom this machine trusts, so that npm reaches its registry as it does outside.
  await cp(certificates, join(tree, certificates))
  const local = join(tree, 'usr/local')
  await mkdir(join(local, 'lib/node_modules'), { recursive: true })
  await cp(process.execPath, join(local, 'bin/node'))
  await chmod(join(local, 'bin/node'), 0o755)
  await cp(await npm(), join(local, 'lib/node_modules/npm'), { recursive: true })
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
  const packages = join(import.meta.dirname, '../../node_modules/node/node_modules')
  const [home = ''] = (await readdir(packages)).filter((name) => name.startsWith('node-linux-'))
  await cp(join(packages, home, 'LICENSE'), join(local, 'LICENSE'))
  return tree
}

async function npm() {
  const { stdout } = await run('sh', ['-c', 'command -v npm'])
  return dirname(dirname(await realpath(stdout.trim())))
}
