import { join } from 'node:path'
import { installed, installedPython, run } from './installed.ts'

const here = import.meta.dirname

/** What suites of the chart and of manifests need besides the API server. */
export interface ChartTools {
  readonly helm: string
  /** Python with `kubernetes-validate`, which has the schemas of Kubernetes. */
  readonly python: string
}

export async function installChartTools(): Promise<ChartTools> {
  const [helm, python] = await Promise.all([
    builtHelm(),
    installedPython('chart-python', join(here, 'python', 'chart-requirements.txt')),
  ])
  return { helm, python }
}

const stamps = [
  'internal/version.version=v3.21.4',
  // The Kubernetes that charts are rendered for where no cluster is asked.
  ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((name) => [`${name}.k8sVersionMajor=1`, `${name}.k8sVersionMinor=36`]),
]

/** From its sources, as nobody publishes the program where Go modules are: 3 minutes at first. */
async function builtHelm() {
  const module = join(here, 'go', 'helm')
  const sources = ['go.mod', 'go.sum'].map((name) => join(module, name))
  const folder = await installed('helm', sources, false, async (target) => {
    const stamped = stamps.map((stamp) => `-X helm.sh/helm/v3/${stamp}`).join(' ')
    const flags = ['-mod=readonly', `-ldflags=-s -w ${stamped}`, '-o', join(target, 'helm')]
    await run('go', ['build', ...flags, 'helm.sh/helm/v3/cmd/helm'], { cwd: module })
  })
  return join(folder, 'helm')
}
