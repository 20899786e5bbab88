import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { installed, run } from './installed.ts'

const here = import.meta.dirname

/** What reads the files of recipes as those read them whom they are for. */
export interface RecipeTools {
  /** Docker's own library for compose files: checks one, and prints it resolved. */
  readonly compose: string
  /** HashiCorp's parser, as a formatter and as a printer of JSON. */
  readonly hclfmt: string
  readonly hcl2json: string
  /** A folder with the types that were made from the schema of Terraform's provider for Google. */
  readonly googleProvider: string
  /** A folder with `hono` and its server for Node among its modules. */
  readonly hono: string
}

export async function installRecipes(): Promise<RecipeTools> {
  const [programs, googleProvider, hono] = await Promise.all([
    goPrograms(),
    providerTypes(),
    honoModules(),
    debianPrograms(),
  ])
  const at = (name: string) => join(programs, name)
  return { compose: at('cmd'), hclfmt: at('hclfmt'), hcl2json: at('hcl2json'), googleProvider, hono }
}

async function goPrograms() {
  const module = join(here, 'go', 'recipes')
  const sources = ['go.mod', 'go.sum'].map((name) => join(module, name))
  return installed('recipe-programs', sources, false, async (target) => {
    const { stdout } = await run('go', ['list', '-mod=readonly', 'tool'], { cwd: module })
    const names = stdout.trim().split('\n')
    await run('go', ['build', '-mod=readonly', '-o', `${target}/`, ...names], { cwd: module })
  })
}

/** Made by HashiCorp from the schema of hashicorp/google 6.50.0; the provider itself is only in registries that are not reached here. */
const providerVersion = '16.12.1'

async function providerTypes() {
  return installed('recipe-google-provider', [import.meta.filename], false, async (target) => {
    const name = `@cdktf/provider-google@${providerVersion}`
    await run('npm', ['pack', name, '--silent', '--pack-destination', target], { cwd: target })
    const file = `cdktf-provider-google-${providerVersion}.tgz`
    const kinds = [
      'managed-kafka-*',
      'service-account',
      'service-account-iam-member',
      'project-iam-member',
      'project-service',
    ]
    const wanted = kinds.map((kind) => `package/lib/${kind}/index.d.ts`)
    await run('tar', ['-xzf', file, '-C', target, '--wildcards', '--strip-components=2', ...wanted], { cwd: target })
    await run('rm', [file], { cwd: target })
  })
}

const honoPackages = { hono: '4.13.19', '@hono/node-server': '2.1.8' }

/** Neither has dependencies, so their packages are all there is. */
async function honoModules() {
  return installed('recipe-hono', [import.meta.filename], false, async (target) => {
    for (const [name, version] of Object.entries(honoPackages)) {
      const modules = join(target, 'node_modules', name)
      await mkdir(modules, { recursive: true })
      const { stdout } = await run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', target], {
        cwd: target,
      })
      await run('tar', ['-xzf', stdout.trim(), '-C', modules, '--strip-components=1'], { cwd: target })
    }
  })
}

const debianPackages = { 'systemd-analyze': 'systemd', ip: 'iproute2', setpriv: 'util-linux' }

/** Nothing where they are there, as on most machines. */
async function debianPrograms() {
  const isThere = (program: string) =>
    run('sh', ['-c', `command -v ${program}`]).then(
      () => true,
      () => false,
    )
  const missing: string[] = []
  for (const [program, name] of Object.entries(debianPackages)) if (!(await isThere(program))) missing.push(name)
  if (missing.length === 0) return
  await run('apt-get', ['update', '--quiet'])
  await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...missing])
}
