import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { run } from './installed.ts'
import type { Manifest } from './manifests.ts'
import { repository } from './readme.ts'

export const ourChart = join(repository, 'charts', 'kafka-token-sidecar')

/** What `helm template` makes of a chart; the arguments name the values. Rejects with its words. */
export async function rendered(helm: string, args: readonly string[], chart = ourChart, kubernetes = '1.33.0') {
  const options = ['--namespace', 'kafka', '--kube-version', kubernetes]
  const { stdout } = await run(helm, ['template', 'tokens', chart, ...options, ...args], { maxBuffer: 10_000_000 })
  return stdout
}

export function manifestsIn(text: string): Manifest[] {
  return loadAll(text).filter(Boolean) as Manifest[]
}

/** What helm says against these values, in one line. */
export async function refusal(helm: string, args: readonly string[]): Promise<string> {
  const words = await rendered(helm, args).then(
    () => 'is not refused',
    (error: unknown) => (error as { readonly stderr: string }).stderr,
  )
  return words.replaceAll(/\s+/g, ' ')
}

export type ToValidate = readonly [kubernetes: string, name: string, manifest: Manifest]

/** What the schemas of Kubernetes say against them. */
export async function faultsOf(python: string, manifests: readonly ToValidate[]): Promise<string[]> {
  const script = join(import.meta.dirname, 'python', 'validate_manifests.py')
  const running = promisify(execFile)(python, [script], { maxBuffer: 10_000_000 })
  running.child.stdin?.end(JSON.stringify(manifests))
  return JSON.parse((await running).stdout) as string[]
}
