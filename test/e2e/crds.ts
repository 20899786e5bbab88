import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, run } from './installed.ts'

// Modules are not asked of a list, so each is pinned with the checksum that go.sum would have.
const modules = [
  {
    path: 'github.com/cert-manager/cert-manager@v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    files: ['deploy/crds/cert-manager.io_certificates.yaml', 'deploy/crds/cert-manager.io_issuers.yaml'],
  },
  {
    path: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    files: ['servicemonitors', 'podmonitors', 'prometheusrules'].map(
      (name) => `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
  },
  {
    path: 'github.com/kubeflow/spark-operator/v2@v2.5.1',
    sum: 'h1:7E1iz79b5p8fEcn2zr/yJ/T3kuZtJJqj+DPvvGV3WjA=',
    files: ['config/crd/bases/sparkoperator.k8s.io_sparkapplications.yaml'],
  },
] as const

const unpack = 'org.apache.maven.plugins:maven-dependency-plugin:3.11.0:unpack'
const flink = 'org.apache.flink:flink-kubernetes-operator-api:1.10.0'

/** A folder with the CRDs of those whose objects our manifests have: cert-manager, Prometheus, Spark and Flink operators. */
export function thirdPartyCrds(): Promise<string> {
  return installed('crds', [import.meta.filename], false, async (folder) => {
    for (const { path, sum, files } of modules) {
      // Outside of this repository, so that no go.mod is in the way.
      const { stdout } = await run('go', ['mod', 'download', '-json', path], { cwd: tmpdir() })
      const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string }
      if (Sum !== sum) throw new Error(`${path} has the checksum ${Sum}`)
      await Promise.all(files.map((file) => cp(join(Dir, file), join(folder, file.replace(/^.*\//, '')))))
    }
    const unpacked = join(folder, 'unpacked')
    await mkdir(unpacked)
    const filter = '-Dmdep.unpack.includes=META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml'
    const options = ['--batch-mode', '--quiet', '--no-transfer-progress']
    await run('mvn', [...options, unpack, `-Dartifact=${flink}`, `-DoutputDirectory=${unpacked}`, filter], {
      cwd: unpacked,
    })
    const file = 'flinkdeployments.flink.apache.org-v1.yml'
    await rename(join(unpacked, 'META-INF', 'fabric8', file), join(folder, file.replace('.yml', '.yaml')))
    await rm(unpacked, { recursive: true })
  })
}
