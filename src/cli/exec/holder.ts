import { open } from 'node:fs/promises'
import { identityPath } from '../../http/identity-route.ts'
import { withDeadline } from '../../platform/deadline.ts'
import { errorCode } from '../../platform/error-code.ts'
import type { Platform } from '../../platform/platform.ts'

/** Who has a port. */
export type Holder =
  | { readonly kind: 'none' }
  /** Another instance, of this user, that gives the same tokens; `sockets` tells it from its successor. */
  | { readonly kind: 'same'; readonly sockets: string }
  | { readonly kind: 'stranger'; readonly why: string }

export interface HolderOptions {
  readonly platform: Platform
  /** Address of loopback. */
  readonly host: string
  readonly port: number
  /** Digest of the tokens that we would give. */
  readonly tokens: string
}

/**
 * Who listens on a port of loopback. Nothing secret is sent there. What the kernel says of the user comes first: whatever
 * anybody else's process answers counts for nothing.
 */
export async function holderOf(options: HolderOptions): Promise<Holder> {
  const { port } = options
  const sockets = await listeningSockets(port)
  if (!sockets) return { kind: 'stranger', why: 'this system does not tell whose it is (/proc/net/tcp)' }
  if (sockets.length === 0) return { kind: 'none' }
  const ours = [0, process.getuid?.() ?? 0]
  const other = sockets.find(({ user }) => !ours.includes(user))
  if (other) return { kind: 'stranger', why: `it belongs to the user ${other.user}` }
  const why = await whyOther(options)
  return why === undefined ? { kind: 'same', sockets: namesOf(sockets) } : { kind: 'stranger', why }
}

/** Names of the sockets that listen on the port: '' where there are none. */
export async function socketsOn(port: number): Promise<string> {
  return namesOf((await listeningSockets(port)) ?? [])
}

interface ListeningSocket {
  readonly user: number
  readonly inode: string
}

const namesOf = (sockets: readonly ListeningSocket[]): string => sockets.map(({ inode }) => inode).join()

/** From the tables of the kernel for our network; undefined where there are none. */
async function listeningSockets(port: number): Promise<readonly ListeningSocket[] | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((table) => listeningIn(table, port)))
  return tables[0] && tables.flatMap((rows) => rows ?? [])
}

const isListening = '0A'
const chunkBytes = 65_536

/** Those that listen come first in the table, which may have a hundred thousand rows. */
async function listeningIn(table: string, port: number): Promise<readonly ListeningSocket[] | undefined> {
  const found: ListeningSocket[] = []
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  try {
    await using file = await open(table)
    let rest = ''
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes)
      const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        const [slot = '', local = '', , state, , , , user, , inode = ''] = line.trim().split(/\s+/)
        if (!/^\d+:$/.test(slot)) continue
        if (state !== isListening) return found
        if (local.endsWith(wanted)) found.push({ user: Number(user), inode })
      }
      if (bytesRead === 0) return found
    }
  } catch {
    return undefined
  }
}

/** Whether an endpoint of ours answers at all. */
export async function isAnswering({ fetch }: Platform, url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(answerMs)
  return fetch(url + identityPath, { signal }).then(
    ({ body }) => body?.cancel().then(() => true) ?? true,
    () => false,
  )
}

const answerMs = 2_000
const longestAnswer = 4_096

/** Why what answers is no instance that gives the same tokens; undefined where it is one. */
async function whyOther({ platform, host, port, tokens }: HolderOptions): Promise<string | undefined> {
  const late = (): Error => new Error(`it does not answer within ${answerMs / 1000} s`)
  const never = new AbortController().signal
  try {
    const identity = await withDeadline(platform, answerMs, late, never, async (signal) => {
      const answer = await platform.fetch(`http://${inUrl(host)}:${port}${identityPath}`, { signal })
      return JSON.parse(await shortText(answer)) as unknown
    })
    if (typeof identity !== 'object' || identity === null || !('product' in identity)) return noSidecar
    if (identity.product !== 'kafka-token-sidecar' || !('tokens' in identity)) return noSidecar
    if (identity.tokens === tokens) return undefined
    return 'it is a kafka-token-sidecar with another configuration, or other credentials'
  } catch (error) {
    if (error instanceof SyntaxError) return noSidecar
    return error instanceof Error && error.message.startsWith('it ')
      ? error.message
      : `${noSidecar} (${reasonOf(error)})`
  }
}

const inUrl = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host)

const noSidecar = 'it does not say that it is a kafka-token-sidecar of this version'

async function shortText({ body }: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > longestAnswer) throw new Error('it answers at length what is no answer of a kafka-token-sidecar')
  }
  return text
}

function reasonOf(error: unknown): string {
  return errorCode(error instanceof Error && error.cause instanceof Error ? error.cause : error)
}
