/** A length of time as people say it: `58 min`. */
export function lengthOf(ms: number): string {
  const seconds = ms / 1_000
  if (seconds < 1) return `${Math.round(ms)} ms`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** `one of 3 brokers`, `3 brokers`. */
export function count(number: number, of: string): string {
  return number === 1 ? `1 ${of}` : `${number} ${of}s`
}

/** A claim as it stands in a token, in one short line: it may hold anything. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value)
  const line = text.replace(/[^\x20-\x7e]+/g, '?')
  return line.length > 120 ? `${line.slice(0, 120)}...` : line
}

/** Host and port of `host:port`; an IPv6 address loses its brackets. Undefined where it is none. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } | undefined {
  const [, host = '', port = ''] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(address) ?? []
  return host !== '' && Number(port) > 0 && Number(port) < 65_536 ? { host, port: Number(port) } : undefined
}

/** `host:port`, an IPv6 address in brackets. */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A name as it is pasted into a shell: whoever told it may have meant more than a name. */
export function pasteable(name: string, placeholder: string): string {
  return /^[\w.:[\]-]+$/.test(name) && !name.startsWith('-') ? name : placeholder
}
