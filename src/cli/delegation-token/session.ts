import { clientFromProperties, clientOf } from '../../kafka-client.ts'
import type { KafkaClient } from '../../kafka/access.ts'
import { cluster, type Cluster } from '../../kafka/cluster.ts'
import { nodePlatform, type Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import type { Emit } from '../../token/event.ts'
import type { Terminal } from '../command.ts'
import { requireNoDebugging } from '../debugging.ts'
import { withSidecar } from '../with-sidecar.ts'
import type { Access } from './access.ts'
import type { Given } from './flags.ts'
import { note } from './note.ts'

/** What an action works with. */
export interface Session {
  readonly client: KafkaClient
  readonly kafka: Cluster
  readonly platform: Platform
  /** Never aborted: each call has a deadline of its own, and a signal of the terminal ends the process. */
  readonly signal: AbortSignal
}

/** Runs `task` with a login at the brokers, and closes what it opened. */
export async function withSession<T>(
  access: Access,
  given: Given,
  terminal: Terminal,
  task: (session: Session) => Promise<T>,
): Promise<T> {
  async function run(client: KafkaClient, platform: Platform): Promise<T> {
    const principal = given.text('--login-principal')
    const ours = principal === undefined ? client : { ...client, principal: () => Promise.resolve(principal) }
    const kafka = cluster(ours, platform)
    try {
      return await task({ client: ours, kafka, platform, signal: new AbortController().signal })
    } finally {
      kafka.close()
    }
  }
  const emit: Emit = (event) => {
    if (event.type === 'warning') note(terminal, event.message)
  }
  if (access.by === 'flags' && access.profile !== undefined) {
    const { settings } = access
    return withSidecar(given.rest, terminal, access.profile, ({ platform, getToken }) =>
      run(clientOf(settings, { platform, emit, getToken }), platform),
    )
  }
  requireNoDebugging(terminal)
  const platform = nodePlatform(terminal.env)
  const getToken = (): Promise<never> =>
    Promise.reject(new TokenError('ERR_TOKEN_INTERNAL', 'a login without a profile asks for its token'))
  const world = { platform, emit, getToken }
  if (access.by === 'flags') return run(clientOf(access.settings, world), platform)
  const { file, servers } = access
  return run(await clientFromProperties({ file, bootstrapServers: servers }, world), platform)
}
