import { isIP } from 'node:net'

/** `localhost`, 127.0.0.0/8 and ::1, with or without the brackets of a URL: reachable from this host, or this pod, only. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}
