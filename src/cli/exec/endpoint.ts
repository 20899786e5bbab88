import { tokensDigest } from '../../config/tokens-digest.ts'
import type { Config } from '../../config/schema.ts'
import { errorCode } from '../../platform/error-code.ts'
import { isLoopback } from '../../platform/loopback.ts'
import type { Platform, Timer } from '../../platform/platform.ts'
import type { Sidecar } from '../../sidecar.ts'
import { holderOf, socketsOn, type Holder } from './holder.ts'

export interface EndpointOptions {
  readonly sidecar: Pick<Sidecar, 'start'>
  readonly config: Config
  readonly platform: Platform
  /** Hears what a person should know. */
  readonly warn: (message: string) => void
}

/** Where the command gets its tokens. */
export interface Endpoint {
  /** As in `http://localhost:14293`. */
  readonly url: string
  /** Of this process, and not of another instance on this host. */
  readonly isOwn: () => boolean
  /** Looks no more whether the other one is still there. */
  close(): void
}

/** Between two looks whether the other instance is still there. */
const lookMs = 250

/**
 * Listens, or where another instance of this user listens and would give the same tokens, uses that one, and takes its
 * place when it ends. Rejects with what `listen` rejects with, and `why` the one who listens is none of ours.
 */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { sidecar, config, warn } = options
  for (let attempt = 1; ; attempt++) {
    try {
      const { url } = await sidecar.start()
      return { url, isOwn: () => true, close: () => undefined }
    } catch (error) {
      const port = takenPort(error, config)
      if (port === undefined) throw error
      const { host, tls } = config.listen
      const holder =
        isLoopback(host) && !tls
          ? await holderAt(options, port)
          : ({ kind: 'stranger', why: 'an instance is reused on loopback without TLS only' } as const)
      if (holder.kind === 'stranger') throw Object.assign(error as Error, { why: holder.why })
      if (holder.kind === 'same') {
        warn(`another instance of this user listens on port ${port} and gives the same tokens: it is used`)
        return follow(options, port, holder.sockets)
      }
      // It has just gone.
      if (attempt === 3) throw error
    }
  }
}

function follow(options: EndpointOptions, port: number, first: string): Endpoint {
  const { sidecar, platform, warn } = options
  let sockets = first
  let isOwn = false
  let isClosed = false
  let told: string | undefined
  let timer: Timer | undefined

  const tell = (message: string): void => {
    if (told !== message) warn(message)
    told = message
  }

  async function look(): Promise<void> {
    const now = await socketsOn(port)
    if (now !== '' && now === sockets) return
    const gone = `the instance on port ${port} is gone`
    const holder = now === '' ? undefined : await holderAt(options, port)
    if (isClosed) return
    if (holder?.kind === 'same') {
      sockets = holder.sockets
      told = undefined
    } else if (holder?.kind === 'stranger') {
      tell(`${gone}, and what listens there now is not used: ${holder.why}; the port is taken when it is free`)
    } else {
      try {
        await sidecar.start()
        isOwn = true
        warn(`${gone}: this one took its place`)
      } catch (error) {
        // Another one that followed, too, was faster.
        if (takenPort(error, options.config) === undefined)
          tell(`${gone}, and its place cannot be taken (${errorCode(error)})`)
      }
    }
  }

  const again = (): void => {
    timer = platform.setTimer(() => {
      void look()
        .catch((error: unknown) => {
          tell(`it cannot be seen who listens on port ${port} (${errorCode(error)})`)
        })
        .then(() => {
          if (!isOwn && !isClosed) again()
        })
    }, lookMs)
  }
  again()
  return {
    // As a listener of ours is called.
    url: `http://${options.config.listen.host === '::1' ? '[::1]' : 'localhost'}:${port}`,
    isOwn: () => isOwn,
    close() {
      isClosed = true
      timer?.cancel()
    },
  }
}

function holderAt({ config, platform }: EndpointOptions, port: number): Promise<Holder> {
  const tokens = tokensDigest(config, platform.env, process.cwd())
  return holderOf({ platform, host: config.listen.host, port, tokens })
}

/** The port of the endpoint, where it is taken; the admin listener has one of its own. */
function takenPort(error: unknown, { listen }: Config): number | undefined {
  const isTaken = errorCode(error) === 'EADDRINUSE' && error instanceof Error && 'port' in error
  return isTaken && error.port === listen.port ? listen.port : undefined
}
