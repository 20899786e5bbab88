/** A length of time in its two largest units, as in `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(Math.floor(ms / 1000), 0)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return two(minutes, 'min', seconds % 60, 's')
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min')
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

export function ago(at: number, now: number): string {
  return now - at < 1_000 ? 'just now' : `${duration(now - at)} ago`
}

/** What is left until then, or since when it is over. */
export function left(until: number, now: number): string {
  return until > now ? `${duration(until - now)} left` : `ended ${ago(until, now)}`
}

/** As short as it can be told: `0.08 ms`, `1.2 ms`, `340 ms`, `2.1 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${Number((ms / 1000).toFixed(1))} s`
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`
}

export function count(number: number): string {
  return number.toLocaleString('en')
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** Of this browser's time zone, in 24 hours. */
export function clock(at: number, withSeconds = false): string {
  const date = new Date(at)
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

/** Date and time as ISO 8601, in UTC; what cannot be a date is told as it is. */
export function isoTime(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
