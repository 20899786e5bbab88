import type { Duplex } from 'node:stream'
import type { Platform, Timer } from '../../platform/platform.ts'
import { asTokenError, TokenError } from '../../token/error.ts'
import type { Api } from './api.ts'
import { apiVersions } from './api-versions.ts'
import { frames, longAnswerBytes, usualAnswerBytes } from './frames.ts'
import { wireReader } from './reader.ts'
import { wireWriter } from './writer.ts'

/** Requests and answers over one socket, any number of them at the same time. */
export interface WireConnection {
  readonly isOpen: boolean
  /**
   * Rejects with ERR_KAFKA_TIMEOUT when there is no answer within the limit, which ends the connection for all; with what
   * ended it; or with the signal's reason, and then the connection goes on.
   */
  exchange<Request, Answer>(
    api: Api<Request, Answer>,
    version: number,
    request: Request,
    signal: AbortSignal,
  ): Promise<Answer>
  close(): void
}

export interface WireConnectionOptions {
  readonly platform: Pick<Platform, 'setTimer'>
  readonly socket: Duplex
  /** `host:port`, for messages. */
  readonly address: string
  /** Of one request, in milliseconds. */
  readonly timeoutMs: number
  /** What broke the socket, in words. */
  readonly failure: (thrown: unknown, during: string) => TokenError
}

interface Pending {
  readonly api: string
  readonly hasLongAnswer: boolean
  readonly settle: (answer: Buffer) => void
  readonly fail: (error: TokenError) => void
}

/** As brokers have it in their logs and quotas. */
const clientId = 'kafka-token-sidecar'

export function wireConnection(options: WireConnectionOptions): WireConnection {
  const { platform, socket, address, timeoutMs, failure } = options
  const pending = new Map<number, Pending>()
  let lastId = 0
  let ended: ((during: string) => TokenError) | undefined

  function end(reason: (during: string) => TokenError): void {
    if (ended) return
    ended = reason
    socket.destroy()
    const left = [...pending.values()]
    pending.clear()
    left.forEach(({ api, fail }) => {
      fail(reason(api))
    })
  }

  const broken = (thrown: unknown): void => {
    end((during) => failure(thrown, during))
  }
  const spoiled = (thrown: unknown): void => {
    end(() => spoken(thrown))
  }
  /** What a reader or writer has to say, and about whom. */
  function spoken(thrown: unknown, where?: string): TokenError {
    const { code, message, hint } = asTokenError(thrown)
    const words = where === undefined ? message : `${where}: ${message}`
    return new TokenError(code, `${address} ${words}`, { cause: thrown, hint })
  }

  function longestAnswer(): number {
    return [...pending.values()].some(({ hasLongAnswer }) => hasLongAnswer) ? longAnswerBytes : usualAnswerBytes
  }

  const hear = frames((answer) => {
    const id = answer.readInt32BE()
    const asked = pending.get(id)
    if (!asked) throw new TokenError('ERR_KAFKA_PROTOCOL', 'answers what was not asked')
    pending.delete(id)
    asked.settle(answer.subarray(4))
  }, longestAnswer)
  socket.on('data', (chunk: Buffer) => {
    if (ended) return
    try {
      hear(chunk)
    } catch (thrown) {
      spoiled(thrown)
    }
  })
  socket.on('error', broken)
  const onClosed = (): void => {
    broken(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
  }
  socket.on('end', onClosed)
  socket.on('close', onClosed)

  function send(api: Api<never, unknown>, version: number, id: number, body: Buffer): void {
    const flexible = version >= api.flexibleFrom
    const head = wireWriter({ flexible: false })
    head.int16(api.key)
    head.int16(version)
    head.int32(id)
    head.string(clientId)
    const tags = Buffer.alloc(flexible ? 1 : 0)
    const request = Buffer.concat([head.done(), tags, body])
    const size = Buffer.alloc(4)
    size.writeInt32BE(request.length)
    socket.write(Buffer.concat([size, request]))
  }

  async function exchange<Request, Answer>(
    api: Api<Request, Answer>,
    version: number,
    request: Request,
    signal: AbortSignal,
  ): Promise<Answer> {
    signal.throwIfAborted()
    if (ended) throw ended(api.name)
    const out = wireWriter({ flexible: version >= api.flexibleFrom })
    try {
      api.write(out, request, version)
    } catch (thrown) {
      if (!(thrown instanceof TokenError)) throw thrown
      throw spoken(thrown, `has ${api.name} only in version ${version}`)
    }
    const id = (lastId = (lastId + 1) % 2 ** 31)
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const { name, hasLongAnswer = false } = api
    pending.set(id, { api: name, hasLongAnswer, settle: resolve, fail: reject })
    const limit: Timer = platform.setTimer(late, timeoutMs, { holdsProcess: true })
    // Its answer may still come, and is then passed over.
    const onAbort = (): void => {
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    function late(): void {
      end(
        (during) =>
          new TokenError('ERR_KAFKA_TIMEOUT', `${address} did not answer ${during} within ${timeoutMs / 1000} s`),
      )
    }
    try {
      send(api, version, id, out.done())
      return read(api, version, await promise)
    } finally {
      limit.cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  function read<Answer>(api: Api<never, Answer>, version: number, answer: Buffer): Answer {
    const from = wireReader(answer, { flexible: version >= api.flexibleFrom })
    try {
      if (api.key !== apiVersions.key) from.tags()
      return api.read(from, version)
    } catch (thrown) {
      const error = spoken(thrown, `answers ${api.name} with what cannot be read`)
      end(() => error)
      throw error
    }
  }

  return {
    get isOpen() {
      return ended === undefined
    },
    exchange,
    close() {
      end(
        (during) =>
          new TokenError(
            'ERR_KAFKA_UNREACHABLE',
            `the connection to ${address} was closed before the answer to ${during}`,
          ),
      )
    },
  }
}
