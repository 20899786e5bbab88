import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples', 'delegation-tokens')
const page = readFileSync(join(root, 'docs', 'delegation-tokens.md'), 'utf8')
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

interface Volume {
  readonly name: string
  readonly secret?: { readonly secretName: string }
  readonly configMap?: { readonly name: string }
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly data?: Readonly<Record<string, string>>
  readonly rules?: unknown
  readonly spec: { readonly template: { readonly spec: PodSpec } }
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[]
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[]
  }[]
  readonly volumes: readonly Volume[]
}

const manifests = (name: string) => loadAll(textOf(name)) as Manifest[]
const found = (name: string, kind: string) => {
  const manifest = manifests(name).find((each) => each.kind === kind)
  if (!manifest) throw new Error(`${name} has no ${kind}`)
  return manifest
}

/** Where a file of a volume is in the only container. */
function mountOf({ containers: [container], volumes }: PodSpec, isWanted: (volume: Volume) => boolean) {
  const volume = volumes.find(isWanted)
  return container?.volumeMounts.find(({ name }) => name === volume?.name)?.mountPath
}

describe('the example of delegation tokens', () => {
  it('has a configuration that loads, and the page shows it', async () => {
    const load = (text: string) =>
      loadConfig({ argv: ['--config', 'keeper.yaml'], env: {}, readFile: () => Promise.resolve(text) })
    const { delegationTokens, outlets } = await load(textOf('keeper.yaml'))
    expect(delegationTokens['spark']).toMatchObject({ owner: 'User:spark', bootstrapServers: ['kafka.example:9094'] })
    expect(outlets).toMatchObject([{ to: { kubernetesSecret: 'jobs/spark-kafka' } }])
    expect(page).toContain(`\`\`\`yaml\n${textOf('keeper.yaml')}\`\`\``)
  })

  it('lets the keeper read and write one Secret, that of its configuration, and make none', () => {
    const { rules } = found('keeper-in-kubernetes.yaml', 'Role')
    const { name, namespace } = found('keeper-in-kubernetes.yaml', 'Secret').metadata
    expect(rules).toEqual([{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get', 'patch'] }])
    expect(textOf('keeper.yaml')).toContain(`kubernetesSecret: ${namespace}/${name}`)
  })

  it('has the files of the keeper where its configuration expects them', () => {
    const pod = found('keeper-in-kubernetes.yaml', 'Deployment').spec.template.spec
    const config = mountOf(pod, ({ configMap }) => configMap !== undefined)
    expect(pod.containers[0]?.args).toContain(`${config ?? ''}/keeper.yaml`)
    const login = mountOf(pod, ({ secret }) => secret !== undefined)
    expect(textOf('keeper.yaml')).toContain(`propertiesFile: ${login ?? ''}/client.properties`)
  })

  it('gives the job the Secret as a volume that changes, where its settings look for it', () => {
    const settings = found('job.yaml', 'ConfigMap').data?.['client.properties'] ?? ''
    const pod = found('job.yaml', 'Job').spec.template.spec
    const mount = mountOf(pod, ({ secret }) => secret?.secretName === 'spark-kafka')
    expect(settings).toContain(`sasl.jaas.config=\${directory:${mount ?? ''}:sasl.jaas.config}`)
    for (const { subPath } of pod.containers[0]?.volumeMounts ?? []) expect(subPath).toBeUndefined()
    expect(page).toContain(`\`\`\`properties\n${settings}\`\`\``)
  })
})
