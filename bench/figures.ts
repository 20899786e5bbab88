/** The value below which this share of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** Half the distance between the quartiles: how far a round usually is from the median. */
export function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2
}

/** Median of the ratios that were measured side by side, with their spread: `0.93 ±0.02`. */
export function ratio(values: readonly number[], floor: readonly number[]): string {
  const ratios = values.map((value, round) => value / (floor[round] ?? NaN))
  return `${median(ratios).toFixed(2)} ±${spread(ratios).toFixed(2)}`
}

export type Cell = string | number

/** A table as Markdown, its columns aligned. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n')
}

/** A median and its ratio to the floor's, as two cells. */
export function besideFloor(own: readonly number[] = [], bare: readonly number[] = [], digits = 1): [string, string] {
  return [median(own).toFixed(digits), ratio(own, bare)]
}
