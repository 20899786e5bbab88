import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Child, startChild } from './child-process.ts'
import { type ClusterSettings, nodeProperties, type NodeSettings } from './kafka-cluster-properties.ts'

export interface ClusterNode {
  readonly id: number
  /** `host:port`, by listener; empty for a controller. */
  readonly addresses: Readonly<Record<string, string>>
  isRunning(): boolean
  /** Everything it has printed, of all its lives. */
  output(): string
  /** SIGKILL: nothing is handed over. */
  kill(): Promise<void>
  /** SIGTERM. */
  stop(): Promise<void>
  /** Again, on the same addresses and data; serves when this resolves. The secret key stays as it was unless given. */
  start(changes?: { readonly secretKey?: string }): Promise<void>
}

export interface NodeOptions {
  readonly common: ClusterSettings
  readonly node: NodeSettings
  /** Options of the JVM, class path included. */
  readonly java: readonly string[]
}

/** A node that has not been formatted yet. */
export function clusterNode({ common, node, java }: NodeOptions): ClusterNode & { format(): Promise<void> } {
  const { id, addresses, folder } = node
  const file = join(folder, 'server.properties')
  const lives: Child[] = []
  let secretKey = node.secretKey
  const configure = async () => {
    await mkdir(folder, { recursive: true })
    await writeFile(file, nodeProperties(common, { ...node, secretKey }))
  }
  const isRunning = () => lives.at(-1)?.isRunning() ?? false
  const end = async (signal: NodeJS.Signals, timeoutMs: number) => {
    const child = lives.at(-1)
    if (!child?.isRunning()) return
    child.kill(signal)
    await child.exited(timeoutMs).finally(() => child[Symbol.asyncDispose]())
  }
  return {
    id,
    addresses,
    isRunning,
    output: () => lives.map((child) => child.output()).join(''),
    format: async () => {
      await configure()
      const credentials = Object.entries(common.users).flatMap(([name, password]) =>
        ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((scram) => [
          '--add-scram',
          `${scram}=[name=${name},password=${password}]`,
        ]),
      )
      const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', 'a2Fma2EtdG9rZW4tZTJlMQ', '--config', file]
      const isController = node.roles.includes('controller')
      await promisify(execFile)('java', [...java, ...format, ...(isController ? credentials : [])])
    },
    start: async (changes: { readonly secretKey?: string } = {}) => {
      secretKey = changes.secretKey ?? secretKey
      await configure()
      const log = join(folder, `life-${lives.length + 1}`)
      const child = startChild({ command: 'java', args: [...java, 'kafka.Kafka', file], log })
      lives.push(child)
      await child.shows(/Kafka Server started/, 90_000)
    },
    kill: () => end('SIGKILL', 10_000),
    stop: () => end('SIGTERM', 30_000),
  }
}

/** By the nodes' own logs, which tell it at once. */
export async function activeController(nodes: readonly ClusterNode[]): Promise<ClusterNode> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const terms = nodes.flatMap((node) =>
      [...node.output().matchAll(/Becoming the active controller at epoch (\d+)/g)].map(([, epoch]) => ({
        node,
        epoch: Number(epoch),
      })),
    )
    const latest = terms.toSorted((a, b) => b.epoch - a.epoch)[0]
    if (latest?.node.isRunning()) return latest.node
    if (Date.now() > deadline) throw new Error('no controller came into office')
    await sleep(100)
  }
}
