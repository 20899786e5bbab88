import { ConfigError, unknownOption, type ConfigFault } from '../config/fault.ts'
import { defaultPort } from '../config/schema.ts'
import { withDeadline } from '../platform/deadline.ts'
import { failureOf, limitedText } from '../platform/http-answer.ts'
import type { Platform } from '../platform/platform.ts'
import type { Flag, Terminal } from './command.ts'

/** Which sidecar is meant, by its admin listener. */
export const peerFlags = [
  {
    name: '--admin-port',
    value: 'PORT',
    about: `Port of the admin listener on this host. Default: KTS_ADMIN_PORT, or the one after KTS_PORT, or ${defaultPort + 1}.`,
  },
  {
    name: '--url',
    value: 'URL',
    about: 'Address of the admin listener, where it is not on this host: http://host:port.',
  },
] as const satisfies readonly Flag[]

export interface PeerTexts {
  readonly '--admin-port'?: string
  readonly '--url'?: string
}

/** The address of the admin listener, without a slash at its end. Throws ConfigError for arguments that nobody takes, too. */
export function peerUrl(
  texts: PeerTexts,
  rest: readonly string[],
  { env }: Pick<Terminal, 'env'>,
  known: readonly string[],
): string {
  const faults: ConfigFault[] = rest.map((word) =>
    word.startsWith('--')
      ? { option: word.split('=')[0] ?? word, problem: unknownOption(word.split('=')[0] ?? word, known) }
      : { option: word, problem: 'is not expected here' },
  )
  const { '--admin-port': port, '--url': url } = texts
  if (port !== undefined && url !== undefined)
    faults.push({ option: '--url', problem: 'names the port already: leave --admin-port out' })
  if (port !== undefined && !isPort(port))
    faults.push({ option: '--admin-port', given: port, problem: 'must be a port, from 1 to 65535' })
  if (url !== undefined && !isBase(url))
    faults.push({ option: '--url', given: url, problem: 'must be as http://host:port' })
  if (faults.length > 0) throw new ConfigError(faults)
  return url?.replace(/\/$/, '') ?? `http://localhost:${port ?? portIn(env)}`
}

function portIn({ KTS_ADMIN_PORT: admin = '', KTS_PORT: endpoint = '' }: Terminal['env']): number {
  if (isPort(admin)) return Number(admin)
  return isPort(endpoint) ? Number(endpoint) + 1 : defaultPort + 1
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536
}

function isBase(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    url.search + url.hash + url.username === ''
  )
}

/** What an admin listener says; a word such as ECONNREFUSED where none does. */
export type PeerAnswer =
  { readonly status: number; readonly text: string } | { readonly status: 0; readonly text: string }

/** Asks once. Never rejects. */
export async function askPeer(
  platform: Platform,
  url: string,
  timeoutMs: number,
  init: { readonly method?: 'GET' | 'POST'; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<PeerAnswer> {
  const late = (): Error => new Error(`no answer within ${timeoutMs / 1000} s`)
  try {
    return await withDeadline(platform, timeoutMs, late, new AbortController().signal, async (signal) => {
      const answer = await platform.fetch(url, { ...init, signal })
      return { status: answer.status, text: await limitedText(answer) }
    })
  } catch (thrown) {
    const { code, text } = failureOf(thrown)
    return { status: 0, text: code || text }
  }
}
