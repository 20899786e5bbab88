import { inject } from 'vitest'
import { type Cluster, clusterAt } from './cluster.ts'
import type { KubernetesAddress } from './kubernetes.ts'

/** One API server for all suites, started by the first that asks. Each makes a namespace of its own there. */
export async function kubernetesWorld(): Promise<KubernetesAddress & { readonly cluster: Cluster }> {
  const answer = await fetch(inject('e2e').kubernetesWorld)
  if (!answer.ok) throw new Error(await answer.text())
  const address = (await answer.json()) as KubernetesAddress
  return { ...address, cluster: clusterAt(address) }
}
