import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { KubernetesAddress } from './kubernetes.ts'

export interface Shell {
  /** Runs commands as a reader types them; resolves with what they print. */
  run(commands: string): Promise<string>
}

/** A shell in a folder, where `kubectl` is the administrator of the cluster. */
export function shellWithKubectl(kubectl: string, kubernetes: KubernetesAddress, folder: string): Shell {
  const cluster = { server: kubernetes.origin, 'certificate-authority': kubernetes.caFile }
  const kubeconfig = {
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: 'e2e', user: { token: kubernetes.adminToken } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  }
  const file = join(folder, 'kubeconfig.secret')
  writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 })
  const env = { PATH: `${join(kubectl, '..')}:${process.env['PATH'] ?? ''}`, HOME: folder, KUBECONFIG: file }
  return {
    run: async (commands) => {
      const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', commands], { cwd: folder, env })
      return stdout
    },
  }
}
