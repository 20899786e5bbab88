/** Columns as wide as they have to be, the first row being their names; what is empty is a dash, so that no column is lost. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell) || '-'))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Names are chosen by others, and would speak to the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}

/** As Kafka's tool has it, with seconds and the zone. */
export function dateText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** The two largest units of a time in milliseconds, as in `23h 59m`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const first = units.findIndex(([, size]) => seconds >= size)
  if (first < 0) return '0s'
  let left = seconds
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(left / size)
    left -= count * size
    return count === 0 ? '' : `${count}${unit}`
  })
  return parts.filter(Boolean).join(' ')
}
