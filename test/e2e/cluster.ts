import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import type { KubernetesAddress } from './kubernetes.ts'

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

/** What a running API server holds, changed as its administrator. */
export interface Cluster {
  /** Any request; resolves with the JSON of the answer, or its text. Rejects with what an answer other than 2xx says. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>
  namespace(name: string): Promise<void>
  serviceAccount(account: ServiceAccount): Promise<void>
  deleteServiceAccount(account: ServiceAccount): Promise<void>
  /** Lets the account do what a cluster role says, in the whole cluster. */
  grant(account: ServiceAccount, clusterRole: string): Promise<void>
  /** TokenRequest, as the kubelet asks for a projected token. The server gives none for less than 10 minutes. */
  token(account: ServiceAccount, options: { audience?: string; seconds?: number }): Promise<string>
}

export function clusterAt({ origin, caFile, adminToken }: KubernetesAddress): Cluster {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } })
  const call: Cluster['call'] = async (method, path, body) => {
    const answer = await fetch(origin + path, {
      method,
      dispatcher,
      headers: {
        Authorization: `Bearer ${adminToken}`,
        'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
    return answer.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text
  }
  const add = async (path: string, body: object) => {
    await call('POST', path, body)
  }
  const accounts = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`
  return {
    call,
    namespace: (name) => add('/api/v1/namespaces', { metadata: { name } }),
    serviceAccount: ({ namespace, name }) => add(accounts(namespace), { metadata: { name } }),
    deleteServiceAccount: async ({ namespace, name }) => {
      await call('DELETE', `${accounts(namespace)}/${name}`)
    },
    grant: ({ namespace, name }, clusterRole) =>
      add('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name: `${clusterRole}-${namespace}-${name}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
        subjects: [{ kind: 'ServiceAccount', namespace, name }],
      }),
    token: async ({ namespace, name }, { audience, seconds = 600 }) => {
      const spec = { ...(audience && { audiences: [audience] }), expirationSeconds: seconds }
      const answer = await call('POST', `${accounts(namespace)}/${name}/token`, { spec })
      return (answer as { status: { token: string } }).status.token
    },
  }
}
