import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { load } from 'js-yaml'
import { loadConfig } from '../../src/config/load.ts'
import { type ChartTools, installChartTools } from './chart-toolchain.ts'
import { ofGateways, ofKeepers, ofSidecars } from './chart-refusals.ts'
import { faultsOf, manifestsIn, ourChart, refusal, rendered, type ToValidate } from './helm.ts'
import type { Manifest } from './manifests.ts'
import { run } from './installed.ts'
import { sectionOf } from './readme.ts'

const cases = (await readdir(join(ourChart, 'ci'))).sort()
const versions = ['1.29', '1.33', '1.37']
const valuesOf = (name: string) => ['--values', join(ourChart, 'ci', `${name}-values.yaml`)]

let tools: ChartTools
let folder: string
beforeAll(async () => {
  tools = await installChartTools()
  folder = join(inject('e2e').folder, 'chart')
  await mkdir(folder)
})

const manifests = async (...args: readonly string[]) => manifestsIn(await rendered(tools.helm, args))

describe('the chart', () => {
  it('is without fault by helm lint', async () => {
    for (const name of ['gateway-full', 'sidecar-minimal', 'keeper']) {
      const { stdout } = await run(tools.helm, [
        'lint',
        '--strict',
        '--kube-version',
        '1.33.0',
        ...valuesOf(name),
        ourChart,
      ])
      expect(stdout).toContain('0 chart(s) failed')
    }
  })

  it('renders every case, the same each time, as the schemas of each Kubernetes have it', async () => {
    const all: ToValidate[] = []
    const begin = performance.now()
    for (const file of cases) {
      for (const version of versions) {
        const text = await rendered(tools.helm, ['--values', join(ourChart, 'ci', file)], ourChart, `${version}.0`)
        all.push(...manifestsIn(text).map((manifest) => [version, file, manifest] as const))
      }
    }
    const seconds = (performance.now() - begin) / 1000
    console.log(`helm template of ${cases.length} cases for ${versions.length} versions: ${seconds.toFixed(1)} s`)
    const again = await rendered(tools.helm, valuesOf('gateway-full'))
    expect(await rendered(tools.helm, valuesOf('gateway-full'))).toBe(again)
    const isBuiltIn = ({ apiVersion }: Manifest) => !/cert-manager|monitoring\.coreos/.test(apiVersion)
    expect(
      await faultsOf(
        tools.python,
        all.filter(([, , manifest]) => isBuiltIn(manifest)),
      ),
    ).toEqual([])
    expect(new Set(all.map(([, , { kind }]) => kind)).size).toBeGreaterThan(12)
  })

  it.each(cases)('%s gives a configuration that the sidecar takes', async (file) => {
    const [map] = (await manifests('--values', join(ourChart, 'ci', file))).filter(
      ({ kind, data }) => kind === 'ConfigMap' && data?.['config.yaml'],
    )
    const text = map?.data?.['config.yaml'] ?? ''
    const config = await loadConfig({ argv: ['--config', 'c'], env: {}, readFile: () => Promise.resolve(text) })
    expect(config.admin).toMatchObject({ host: '0.0.0.0', port: 14_294 })
  })

  it.each(ofGateways)('refuses of a gateway %s', async (set, words) => {
    expect(await refusal(tools.helm, [...valuesOf('gateway-google'), '--set', set])).toContain(words)
  })

  it.each(ofSidecars)('refuses of a sidecar %s', async (set, words) => {
    expect(await refusal(tools.helm, [...valuesOf('sidecar-minimal'), '--set', set])).toContain(words)
  })

  it.each(ofKeepers)('refuses of a keeper %s', async (set, words) => {
    expect(await refusal(tools.helm, [...valuesOf('keeper'), '--set', set])).toContain(words)
  })

  it('refuses a token of the API server that nobody needs', async () => {
    const caller = '{"a":{"secretHashes":["scrypt$x"],"profiles":["default"]}}'
    const args = [
      '--set',
      'serviceAccount.mountToken=true,config.callers=null',
      '--set-json',
      `config.callers=${caller}`,
    ]
    expect(await refusal(tools.helm, [...valuesOf('gateway-google'), ...args])).toContain(
      'a pod that has no use for it',
    )
  })

  it.each(['dns', 'ports', 'apiServerPorts'])(
    'refuses a network policy with no %s, which would allow all',
    async (key) => {
      const words = await refusal(tools.helm, [...valuesOf('keeper'), '--set-json', `networkPolicy.egress.${key}=[]`])
      expect(words).toContain(`networkPolicy.egress.${key}: an empty list would allow all of them`)
    },
  )

  it('says everything that is wrong at once', async () => {
    const words = await refusal(tools.helm, ['--set', 'image.repository=a'])
    expect(words).toMatch(/needs TLS.*needs config\.callers/)
  })

  it('has examples in its README that it takes', async () => {
    const install = sectionOf('charts/kafka-token-sidecar/README.md', 'Install')
    for (const [holding, kind] of [
      ['tls: { secretName: tokens-tls }', 'Service'],
      ['mode: keeper', 'Role'],
    ] as const) {
      const file = join(folder, 'readme-values.yaml')
      await writeFile(file, install.block('yaml', holding))
      expect((await manifests('--values', file)).map((manifest) => manifest.kind)).toContain(kind)
    }
  })

  it('is packaged, and the package renders the same', async () => {
    await run(tools.helm, ['package', ourChart, '--destination', folder])
    const version = (load(await readFile(join(ourChart, 'Chart.yaml'), 'utf8')) as { readonly version: string }).version
    const file = join(folder, `kafka-token-sidecar-${version}.tgz`)
    const args = valuesOf('gateway-full')
    expect(await rendered(tools.helm, args, file)).toBe(await rendered(tools.helm, args))
  })

  it('works twice in another chart, by its aliases', async () => {
    const parent = join(folder, 'parent')
    await mkdir(join(parent, 'charts'), { recursive: true })
    await cp(ourChart, join(parent, 'charts', 'kafka-token-sidecar'), { recursive: true })
    const dependency = (alias: string) => ({
      name: 'kafka-token-sidecar',
      version: '0.1.0',
      alias,
      condition: `${alias}.enabled`,
    })
    const chart = {
      apiVersion: 'v2',
      name: 'parent',
      version: '1.0.0',
      dependencies: ['blue', 'green', 'grey'].map(dependency),
    }
    await writeFile(join(parent, 'Chart.yaml'), JSON.stringify(chart))
    const values = load(await readFile(join(ourChart, 'ci', 'gateway-google-values.yaml'), 'utf8')) as object
    const off = { ...values, enabled: false }
    const two = {
      global: { region: 'eu' },
      blue: { ...values, enabled: true, service: null },
      green: values,
      grey: off,
    }
    await writeFile(join(parent, 'values.yaml'), JSON.stringify(two))
    const made = manifestsIn(await rendered(tools.helm, [], parent))
    const services = made.filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata }) => metadata.name).sort()).toEqual(['tokens-blue', 'tokens-green'])
    expect(services.map(({ spec }) => spec?.['selector'])).toContainEqual({
      'app.kubernetes.io/name': 'blue',
      'app.kubernetes.io/instance': 'tokens',
    })
  })
})

describe('an upgrade from the first release', () => {
  it.each(['first-release', 'first-release-keeper'])(
    'of %s changes no name and no field that is fixed',
    async (name) => {
      const file = join(import.meta.dirname, 'chart', name)
      const kept = JSON.parse(await readFile(`${file}.json`, 'utf8')) as unknown
      expect((await manifests('--values', `${file}-values.yaml`)).map(fixedIn)).toEqual(kept)
    },
  )
})

/** What the API server refuses to change, or what would make another object. */
function fixedIn({ apiVersion, kind, metadata: { namespace, name }, spec, ...rest }: Manifest) {
  const { roleRef } = rest as { readonly roleRef?: unknown }
  return {
    apiVersion,
    kind,
    namespace,
    name,
    ...(kind === 'Deployment' ? { selector: spec?.['selector'] } : {}),
    roleRef,
  }
}
