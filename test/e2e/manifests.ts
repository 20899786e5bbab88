import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, fetch } from 'undici'
import type { Cluster, ServiceAccount } from './cluster.ts'
import type { KubernetesAddress } from './kubernetes.ts'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
  // As each kind has it.
  readonly spec?: Readonly<Record<string, unknown>>
  readonly rules?: unknown
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly restartPolicy?: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
  readonly startupProbe?: { readonly exec?: { readonly command: readonly string[] } }
  readonly livenessProbe?: { readonly httpGet?: { readonly path: string; readonly port: string | number } }
  readonly securityContext?: { readonly runAsUser?: number }
}

export interface PodTemplate {
  readonly metadata?: object
  readonly spec: {
    readonly initContainers?: readonly Container[]
    readonly containers: readonly Container[]
    readonly volumes?: readonly { readonly name: string }[]
    readonly automountServiceAccountToken?: boolean
  }
}

interface Workload {
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  readonly template?: PodTemplate
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } }
  readonly podTemplate?: PodTemplate
  readonly driver?: { readonly template: PodTemplate }
  readonly executor?: { readonly template: PodTemplate }
}

/** The pods that controllers and operators would make of an object. */
export function podsOf({ kind, metadata, spec }: Manifest): PodTemplate[] {
  if (kind === 'Pod') return [{ metadata, spec: spec as PodTemplate['spec'] }]
  const { template, volumeClaimTemplates, jobTemplate, podTemplate, driver, executor } = (spec ?? {}) as Workload
  const found = [jobTemplate?.spec.template, podTemplate, driver?.template, executor?.template]
  const isWorkload = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind)
  const claimed = (volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-0` },
  }))
  const volumes = [...(template?.spec.volumes ?? []), ...claimed]
  return [isWorkload && template ? { ...template, spec: { ...template.spec, volumes } } : undefined, ...found].filter(
    (each) => each !== undefined,
  )
}

/** A namespace where only pods of the restricted level are let in, and where pods can be made though no controller runs. */
export async function restrictedNamespace(cluster: Cluster, name: string) {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name, labels } })
  await cluster.serviceAccount({ namespace: name, name: 'default' })
}

/** What admission makes of a pod, or rejects with why it does not let it in. Containers that an operator fills in get an image. */
export async function admitted(
  cluster: Cluster,
  namespace: string,
  { metadata, spec }: PodTemplate,
): Promise<PodTemplate> {
  const containers = spec.containers.map((container) => ({ image: 'of-the-operator:1', ...container }))
  const body = { metadata: { ...metadata, name: 'tried' }, spec: { ...spec, containers } }
  return (await cluster.call('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, body)) as PodTemplate
}

/** Applies each file of a folder by `kubectl apply --server-side`. */
export const applied = (folder: string, names = readdirSync(folder)) =>
  `kubectl apply --server-side ${names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `-f ${join(folder, name)}`)
    .join(' ')}`

export interface Attributes {
  readonly verb: string
  readonly resource: string
  readonly group?: string
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
}

/** Asks the authorizer, as the API server does itself (SubjectAccessReview). */
export async function mayDo(cluster: Cluster, { namespace, name }: ServiceAccount, resourceAttributes: Attributes) {
  const user = `system:serviceaccount:${namespace}:${name}`
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  const body = { spec: { user, groups, resourceAttributes } }
  const answer = await cluster.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', body)
  return (answer as { status: { allowed: boolean } }).status.allowed
}

interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** All that an account may do in a namespace, as the API server lists it for the account itself: `get secrets my-secret`. */
export async function rulesOf(
  { cluster, origin, caFile }: KubernetesAddress & { cluster: Cluster },
  account: ServiceAccount,
  namespace: string,
) {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } })
  const answer = await fetch(`${origin}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews`, {
    ...{ method: 'POST', dispatcher, body: JSON.stringify({ spec: { namespace } }) },
    headers: { Authorization: `Bearer ${await cluster.token(account, {})}`, 'Content-Type': 'application/json' },
  })
  const { status } = (await answer.json()) as { status: { resourceRules: Rule[]; nonResourceRules: Rule[] } }
  await dispatcher.close()
  const named = ({ verbs, apiGroups = [''], resources = [], resourceNames = [''] }: Rule) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.map((name) => `${verb} ${resource}${group && `.${group}`} ${name}`.trimEnd()),
        ),
      ),
    )
  const urls = ({ verbs, nonResourceURLs = [] }: Rule) => nonResourceURLs.map((url) => `${verbs.join()} ${url}`)
  return [...status.resourceRules.flatMap(named), ...status.nonResourceRules.flatMap(urls)]
}
