import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { installChartTools } from './chart-toolchain.ts'
import { thirdPartyCrds } from './crds.ts'
import { manifestsIn } from './helm.ts'
import { type Shell, shellWithKubectl } from './kubectl.ts'
import { kubernetesWorld } from './kubernetes-world.ts'
import { admitted, applied, type Manifest, mayDo, podsOf, restrictedNamespace, rulesOf } from './manifests.ts'
import { repository } from './readme.ts'

const charts = join(repository, 'charts')
/** Each file of values that a chart has for this, by its name. */
const cases = readdirSync(charts)
  .flatMap((chart) => readdirSync(join(charts, chart, 'ci')).map((file) => ({ chart: join(charts, chart), file })))
  .filter(({ file }) => file.endsWith('-values.yaml'))
  .map(({ chart, file }) => ({ name: basename(file, '-values.yaml'), chart, values: join(chart, 'ci', file) }))

let kubernetes: Awaited<ReturnType<typeof kubernetesWorld>>
let shell: Shell
let helm: string
let folder: string
/** What is in the cluster of each case, as its release has it. */
const releases = new Map<string, readonly Manifest[]>()
const namespaceOf = (name: string) => `chart-${name}`

const known = new Set<string>()
async function namespace(name: string) {
  if (known.has(name)) return
  known.add(name)
  await restrictedNamespace(kubernetes.cluster, name)
}

/** All objects of the release, with those of its hooks. */
async function install({ name, chart, values }: (typeof cases)[number]) {
  const own = namespaceOf(name)
  await namespace(own)
  // A keeper's Role is where its Secret is, in namespaces that are there before.
  for (const other of readFileSync(values, 'utf8').matchAll(/(?:kubernetesSecret: |namespace: )([a-z0-9-]+)/g))
    await namespace(other[1] ?? '')
  await shell.run(`${helm} install ${name} ${chart} --namespace ${own} --values ${values}`)
  const get = (what: string) => shell.run(`${helm} get ${what} ${name} --namespace ${own}`)
  const objects = [...manifestsIn(await get('manifest')), ...manifestsIn(await get('hooks'))]
  releases.set(name, objects)
  return objects
}

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'chart-install')
  mkdirSync(folder)
  kubernetes = await kubernetesWorld()
  shell = shellWithKubectl(e2e.tools.kubectl, kubernetes, folder)
  await shell.run(applied(await thirdPartyCrds()))
  ;({ helm } = await installChartTools())
})

describe('the chart in a namespace of the restricted level', () => {
  it('has files of values', () => {
    expect(cases.length).toBeGreaterThan(10)
  })

  it.for(cases)('$name: is installed, its pods are let in, and it is applied again by the server', async (each) => {
    const objects = await install(each)
    const own = namespaceOf(each.name)
    for (const object of objects)
      for (const pod of podsOf(object)) {
        const account = (pod.spec as { serviceAccountName?: string }).serviceAccountName ?? 'default'
        if (!objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === account))
          await kubernetes.cluster.serviceAccount({ namespace: own, name: account }).catch(() => undefined)
        await admitted(kubernetes.cluster, own, pod)
      }
    const file = join(folder, `${each.name}.yaml`)
    const placed = objects.map(({ metadata, ...more }) => ({ ...more, metadata: { namespace: own, ...metadata } }))
    writeFileSync(file, placed.map((object) => JSON.stringify(object)).join('\n---\n'))
    await shell.run(`kubectl apply --server-side --force-conflicts -f ${file}`)
    await shell.run(`${helm} upgrade ${each.name} ${each.chart} --namespace ${own} --values ${each.values}`)
  })
})

describe('what its service accounts may do', () => {
  const accountsIn = (objects: readonly Manifest[], namespace: string) =>
    objects
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => ({ namespace: metadata.namespace ?? namespace, name: metadata.name }))

  it.for(cases)('$name: nothing but what its mode needs', async ({ name }) => {
    const objects = releases.get(name) ?? []
    expect(objects).not.toHaveLength(0)
    const own = namespaceOf(name)
    const everybody = await rulesOf(kubernetes, { namespace: own, name: 'default' }, own)
    const roles = objects.filter(({ kind }) => kind === 'Role')
    const reviews = objects.some(({ kind }) => kind === 'ClusterRoleBinding')
    for (const account of accountsIn(objects, own)) {
      for (const place of new Set([own, ...roles.map(({ metadata }) => metadata.namespace ?? own)])) {
        const allowed = (await rulesOf(kubernetes, account, place)).filter((rule) => !everybody.includes(rule))
        const here = roles.filter(({ metadata }) => (metadata.namespace ?? own) === place)
        const kept = here.flatMap(({ rules }) =>
          (rules as { resourceNames: string[] }[]).flatMap((r) => r.resourceNames),
        )
        const expected = [
          ...kept.flatMap((secret) => ['get', 'patch'].map((verb) => `${verb} secrets ${secret}`)),
          ...(reviews
            ? ['create subjectaccessreviews.authorization.k8s.io', 'create tokenreviews.authentication.k8s.io']
            : []),
        ]
        expect(allowed.toSorted(), `${account.name} in ${place}`).toEqual(expected.toSorted())
      }
    }
  })

  it('a keeper may read and change its one Secret, and no other', async () => {
    const [name, objects] = [...releases].find(([, all]) => all.some(({ kind }) => kind === 'Role')) ?? []
    const role = objects?.find(({ kind }) => kind === 'Role')
    const own = namespaceOf(name ?? '')
    const [account = { namespace: own, name: 'none' }] = accountsIn(objects ?? [], own)
    const namespace = role?.metadata.namespace ?? own
    const [secret = ''] = (role?.rules as { resourceNames: string[] }[]).flatMap(({ resourceNames }) => resourceNames)
    const may = (verb: string, more: object) =>
      mayDo(kubernetes.cluster, account, { verb, resource: 'secrets', namespace, ...more })
    for (const verb of ['get', 'patch']) {
      expect(await may(verb, { name: secret }), verb).toBe(true)
      expect(await may(verb, { name: 'another' }), verb).toBe(false)
      expect(await may(verb, { name: secret, namespace: 'kube-system' }), verb).toBe(false)
    }
    for (const verb of ['update', 'create', 'list', 'watch', 'delete', 'deletecollection'])
      expect(await may(verb, ['update', 'delete'].includes(verb) ? { name: secret } : {}), verb).toBe(false)
    expect(await may('create', { resource: 'pods' })).toBe(false)
    expect(await may('create', { resource: 'serviceaccounts', subresource: 'token', name: account.name })).toBe(false)
    expect(await may('create', { resource: 'tokenreviews', group: 'authentication.k8s.io' })).toBe(false)
  })

  it('a gateway may have tokens reviewed, and do nothing else, only with tokenReview', async () => {
    const reviews = { verb: 'create', resource: 'tokenreviews', group: 'authentication.k8s.io' }
    const gateways = [...releases].filter(([, all]) => all.some(({ kind }) => kind === 'Service'))
    expect(gateways.length).toBeGreaterThan(1)
    const found = new Set<boolean>()
    for (const [name, objects] of gateways) {
      const bound = objects.some(({ kind }) => kind === 'ClusterRoleBinding')
      for (const account of accountsIn(objects, namespaceOf(name))) {
        found.add(bound)
        expect(await mayDo(kubernetes.cluster, account, reviews), name).toBe(bound)
        const secrets = { verb: 'get', resource: 'secrets', namespace: account.namespace, name: 'any' }
        expect(await mayDo(kubernetes.cluster, account, secrets), name).toBe(false)
      }
    }
    expect(found).toEqual(new Set([true, false]))
  })
})
