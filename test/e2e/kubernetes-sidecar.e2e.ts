import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { identityProvider, type Idp } from '../fakes/idp.ts'
import { installChartTools } from './chart-toolchain.ts'
import { thirdPartyCrds } from './crds.ts'
import { manifestsIn } from './helm.ts'
import { type Shell, shellWithKubectl } from './kubectl.ts'
import { kubernetesWorld } from './kubernetes-world.ts'
import {
  admitted,
  applied,
  type Container,
  type Manifest,
  podsOf,
  type PodTemplate,
  restrictedNamespace,
} from './manifests.ts'
import { podFolder, startContainer } from './pod-process.ts'
import { repository, sectionOf } from './readme.ts'

const namespace = 'sidecars'
const examples = join(repository, 'examples', 'kubernetes')
const sidecarOf = (pod: PodTemplate | undefined) =>
  pod?.spec.initContainers?.find(({ name }) => name === 'kafka-token-sidecar')

let kubernetes: Awaited<ReturnType<typeof kubernetesWorld>>
let shell: Shell
let folder: string

const read = (file: string) => manifestsIn(readFileSync(join(examples, file), 'utf8'))

/** What the API server holds now, defaults filled in. */
const held = async (what: string) => JSON.parse(await shell.run(`kubectl get -o json ${what}`)) as Manifest

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'kubernetes-sidecar')
  mkdirSync(folder)
  kubernetes = await kubernetesWorld()
  shell = shellWithKubectl(e2e.tools.kubectl, kubernetes, folder)
  await shell.run(applied(await thirdPartyCrds()))
  await restrictedNamespace(kubernetes.cluster, namespace)
  await shell.run(`kubectl config set-context --current --namespace ${namespace}`)
  cpSync(examples, join(folder, 'examples', 'kubernetes'), { recursive: true })
  cpSync(join(repository, 'charts'), join(folder, 'charts'), { recursive: true })
})

describe('the manifests', () => {
  it('are taken as the page says, with their pods in a namespace of the restricted level', async () => {
    const commands = sectionOf('docs/kubernetes.md', 'In five minutes').block('sh', 'kubectl apply')
    await shell.run(commands.replace('npx kafka-token-sidecar', `'${process.execPath}' '${inject('e2e').tools.cli}'`))
    const files = ['deployment', 'statefulset', 'job', 'spark-application', 'flink-deployment']
    await shell.run(
      applied(
        examples,
        files.map((name) => `${name}.yaml`),
      ),
    )
    for (const [index, name] of files.entries()) {
      const pods = read(`${name}.yaml`).flatMap(podsOf)
      expect(pods, name).toHaveLength(index === 3 ? 2 : 1)
      for (const pod of pods) {
        const made = await admitted(kubernetes.cluster, namespace, pod)
        expect(sidecarOf(made)?.restartPolicy, name).toBe('Always')
      }
    }
  })

  it('have the same sidecar', () => {
    const files = ['deployment', 'statefulset', 'job', 'spark-application', 'flink-deployment']
    const [canonical] = read('component/sidecar.yaml').flatMap(podsOf).map(sidecarOf)
    const pods = [...files, 'component/cron-job'].flatMap((name) => read(`${name}.yaml`).flatMap(podsOf))
    expect(canonical?.name).toBe('kafka-token-sidecar')
    for (const pod of pods) expect(sidecarOf(pod)).toEqual(canonical)
  })

  it('would be told apart from a pod that is not of that level', async () => {
    const [pod] = read('deployment.yaml').flatMap(podsOf)
    const [container] = pod?.spec.containers ?? []
    const rooted = { spec: { containers: [{ ...container, securityContext: { runAsUser: 0 } }] } } as PodTemplate
    await expect(admitted(kubernetes.cluster, namespace, rooted)).rejects.toThrow(/violates PodSecurity .*restricted/)
  })

  it('show in the page what a Deployment has', () => {
    const block = sectionOf('docs/kubernetes.md', 'In five minutes').block('yaml', 'initContainers')
    const { initContainers, volumes } = load(block) as PodTemplate['spec']
    const pod = podsOf(read('deployment.yaml')[0] as Manifest)[0]
    expect({ initContainers, volumes }).toEqual({
      initContainers: pod?.spec.initContainers,
      volumes: pod?.spec.volumes,
    })
  })
})

describe('the Kustomize component', () => {
  it('adds the sidecar to what has the label, and nothing to the rest', async () => {
    await shell.run(sectionOf('docs/kubernetes.md', 'Kustomize').block('sh', 'kubectl apply -k'))
    const [canonical] = read('component/sidecar.yaml').flatMap(podsOf).map(sidecarOf)
    const objects = manifestsIn(await shell.run('kubectl kustomize examples/kubernetes/overlay'))
    const pods = (name: string) => objects.filter(({ metadata }) => metadata.name === name).flatMap(podsOf)
    const image = 'registry.example/kafka-token-sidecar:0.1.0'
    for (const name of ['orders', 'report']) {
      expect(sidecarOf(pods(name)[0])).toEqual({ ...canonical, image })
      await admitted(kubernetes.cluster, namespace, pods(name)[0] as PodTemplate)
    }
    expect(pods('page')[0]?.spec.initContainers).toBeUndefined()
  })

  it('starts the sidecar before init containers of the application, which may need it', async () => {
    const file = join(folder, 'examples', 'kubernetes', 'overlay', 'orders.yaml')
    const text = readFileSync(file, 'utf8')
    const own = "      initContainers: [{ name: migrate, image: 'orders:1' }]\n      containers:"
    writeFileSync(file, text.replace('      containers:', own))
    const objects = manifestsIn(await shell.run('kubectl kustomize examples/kubernetes/overlay'))
    const [pod] = objects.filter(({ metadata }) => metadata.name === 'orders').flatMap(podsOf)
    expect(pod?.spec.initContainers?.map(({ name }) => name)).toEqual(['kafka-token-sidecar', 'migrate'])
  })
})

describe('the chart that depends on ours', () => {
  it('is installed with the same sidecar', async () => {
    const { helm } = await installChartTools()
    const commands = sectionOf('docs/kubernetes.md', 'Helm').block('sh', 'helm install')
    await shell.run(commands.replace(/^helm/gm, helm))
    const [pod] = podsOf(await held('deployment/my-orders'))
    const inChart = sidecarOf(await admitted(kubernetes.cluster, namespace, pod as PodTemplate))
    const inFile = sidecarOf(
      await admitted(kubernetes.cluster, namespace, read('deployment.yaml').flatMap(podsOf)[0] as PodTemplate),
    )
    const same = ({ args, startupProbe, livenessProbe, securityContext, ports, restartPolicy }: Container) => ({
      ...{ args, startupProbe, livenessProbe, securityContext, ports, restartPolicy },
    })
    expect(same(inChart as Container)).toEqual(same(inFile as Container))
  })
})

describe('the container of the Deployment, as a process', () => {
  let idp: Idp
  beforeAll(async () => {
    idp = await identityProvider()
  })
  afterAll(() => idp.close())

  const container = async (name: string, config: (text: string) => string) => {
    const pod = podsOf(await held('deployment/orders'))[0] as PodTemplate
    const { data } = (await held('configmap/kafka-token-sidecar')) as Manifest & { data: Record<string, string> }
    const files = podFolder(join(folder, name))
    return startContainer({
      container: sidecarOf(pod) as Container,
      files,
      config: config(data['config.yaml'] ?? ''),
      idp,
    })
  }

  it('passes its probes and gives a token of the provider', async () => {
    await using sidecar = await container('working', (text) => text.replace('https://idp.example', idp.issuer))
    expect(await sidecar.startupProbe()).toBe(0)
    expect(await sidecar.livenessProbe()).toBe(200)
    const answer = await sidecar.token()
    expect(answer.status).toBe(200)
    expect(await idp.verify(answer.token)).toMatchObject({ sub: 'orders' })
    expect(await sidecar.ended()).toBe(0)
  })

  it('starts while the provider is down, so that no new pod is blocked', async () => {
    await using sidecar = await container('down', (text) => text.replace('https://idp.example', 'http://127.0.0.1:1'))
    expect(await sidecar.startupProbe()).toBe(0)
    expect(await sidecar.livenessProbe()).toBe(200)
    expect((await sidecar.token()).status).toBe(503)
    expect(await sidecar.ended()).toBe(0)
  })
})
