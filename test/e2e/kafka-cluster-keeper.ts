import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child-process.ts'
import { auditIn } from './gateway.ts'
import { keepFromLogs } from './kafka-cluster-clients.ts'
import type { Shared } from './setup.ts'
import { startSidecar } from './sidecar.ts'

/** A process that keeps delegation tokens. */
export interface KeeperProcess extends AsyncDisposable {
  readonly output: () => string
  readonly shows: (pattern: RegExp, timeoutMs: number) => Promise<void>
  /** Its audit lines of this kind, as in `renewed` for `delegation-token-renewed`. */
  readonly audited: (action: string) => readonly Readonly<Record<string, unknown>>[]
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM; rejects unless it ends well. */
  stop(): Promise<void>
}

/** `delegationTokens` and `outlets`. */
export type Keeping = Readonly<Record<string, unknown>>

const rest = {
  admin: { port: false },
  profiles: { default: { source: 'self-issued', subject: 'nobody' } },
  audit: { to: 'stdout' },
}

const auditOf = (output: () => string) => (action: string) =>
  auditIn(output()).filter(({ event }) => event === `delegation-token-${action}`)

/** `serve` with these; its output is searched at the end of the run. */
export async function startServingKeeper(
  { tools, folder }: Shared,
  name: string,
  keeping: Keeping,
): Promise<KeeperProcess> {
  const log = join(folder, `sidecar-${name}`)
  const sidecar = await startSidecar({ cli: tools.cli, log, configuration: { ...rest, ...keeping } })
  return {
    ...sidecar,
    audited: auditOf(() => sidecar.output()),
    kill: () => Promise.resolve(sidecar[Symbol.asyncDispose]()),
  }
}

/** `delegation-token keep` with these: a process with no listener. */
export function startKeeper({ tools, folder }: Shared, name: string, keeping: Keeping): KeeperProcess {
  const log = join(folder, `sidecar-${name}`)
  const config = `${log}.yaml`
  writeFileSync(config, JSON.stringify({ ...rest, ...keeping, log: { level: 'debug' } }, undefined, 2))
  const args = [tools.cli, 'delegation-token', 'keep', '--config', config]
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }
  const child = startChild({ command: process.execPath, args, env, log })
  return {
    output: () => child.output(),
    shows: child.shows,
    audited: auditOf(() => child.output()),
    kill: () => Promise.resolve(child[Symbol.asyncDispose]()),
    stop: async () => {
      child.kill('SIGTERM')
      const code = await child.exited(10_000).finally(() => child[Symbol.asyncDispose]())
      if (code !== 0) throw new Error(`the keeper ended with ${code}:\n${child.output()}`)
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

/** What a file of an outlet has held at some time. */
export interface Published {
  readonly tokenId: string
  readonly hmac: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly maxLifetimeAt: number
  readonly seenAt: number
}

/** Remembers all that is published in a file of the form `properties`. */
export function publications(shared: Shared, file: string) {
  const seen: Published[] = []
  let former = ''
  const look = () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (text === former) return
    former = text
    const [, tokenId = '', hmac = ''] = /username="(\S+)" password="(\S+)"/.exec(text) ?? []
    const [expiresAt = NaN, maxLifetimeAt = NaN] = (text.match(/\d{4}-\S+?Z/g) ?? []).map((time) => Date.parse(time))
    if (seen.every((each) => each.hmac !== hmac)) keepFromLogs(shared, [hmac])
    seen.push({ tokenId, hmac, expiresAt, maxLifetimeAt, seenAt: Date.now() })
  }
  const timer = setInterval(look, 50)
  return {
    file,
    all: (): readonly Published[] => seen,
    latest: () => {
      look()
      return seen.at(-1)
    },
    ids: () => [...new Set(seen.map(({ tokenId }) => tokenId))],
    /** How often an expiry moved without another token. */
    renewals: () => seen.filter((each, at) => isRenewal(each, seen[at - 1])).length,
    [Symbol.dispose]: () => {
      clearInterval(timer)
    },
  }
}

const isRenewal = (now: Published, before: Published | undefined) =>
  now.tokenId === before?.tokenId && now.hmac === before.hmac && now.expiresAt > before.expiresAt
