import { metrics } from '../src/ops/metrics/declared.ts'
import { prefix } from '../src/ops/metrics/metric.ts'

/** The table of metrics, from where they are declared. */
export function metricTable(): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    const label = labels.length === 0 ? '' : `{${labels.join()}}`
    return `| \`${name.slice(prefix.length)}${label}\` | ${type} | ${help.replaceAll('|', '\\|')} |`
  })
  return ['', '| | type | |', '|---|---|---|', ...rows, ''].join('\n')
}
