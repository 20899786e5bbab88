import type { Socket } from 'node:net'
import type { Authenticator } from './authenticator.ts'
import { readFrame, writeAnswer, type Answer, type ApiName, type Frame, type VersionRange } from './codec.ts'
import type { Fault, PendingFault } from './faults.ts'
import type { Authenticated } from './sasl.ts'

export interface ConnectionOptions {
  readonly authenticator: Authenticator
  readonly versions: ReadonlyMap<ApiName, VersionRange>
  /** Records a request, waits as long as the broker takes, and says what goes wrong. */
  readonly meet: (frame: Frame, session: Authenticated | undefined) => Promise<PendingFault | undefined>
  readonly failure: (api: ApiName, errorCode: number) => Answer
  /** Hears of what Kafka would not have understood, or not have taken then. */
  readonly malformed: (reason: string) => void
}

/** `sasl.server.max.receive.size`: nothing that a broker is asked here comes near it. */
const largestRequest = 524_288

/** Serves one connection: one request after the other, in the order in which they came. */
export function serveConnection(socket: Socket, options: ConnectionOptions): void {
  const { authenticator, versions, meet, failure, malformed } = options
  let isSilent = false
  let received = Buffer.alloc(0)
  let served = Promise.resolve()

  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (let length = nextLength(); length >= 0 && length <= received.length - 4; length = nextLength()) {
      const bytes = received.subarray(4, 4 + length)
      received = received.subarray(4 + length)
      served = served.then(() => serve(bytes)).catch(refuse)
    }
    const length = nextLength()
    if (length < 0 || (length > largestRequest && length < Infinity)) refuse(new Error(`a request of ${length} bytes`))
  })

  /** Infinity: has not come yet. */
  function nextLength(): number {
    return received.length < 4 ? Infinity : received.readInt32BE()
  }

  function refuse(error: unknown): void {
    if (!socket.destroyed) malformed(String(error))
    socket.destroy()
  }

  function isClosed(): boolean {
    return isSilent || socket.destroyed
  }

  async function serve(bytes: Buffer): Promise<void> {
    if (isClosed()) return
    const frame = readFrame(bytes, versions)
    const fault = await meet(frame, authenticator.session)
    if (isClosed()) return
    const reply = fault && !fault.isDone ? undefined : authenticator.answerTo(frame)
    if (fault) {
      meetFault(frame, fault.fault)
    } else if (reply) {
      socket.write(reply.bytes)
      if (reply.isLast) socket.end()
    } else {
      socket.destroy()
    }
  }

  function meetFault(frame: Frame, fault: Fault): void {
    if (fault === 'silence') {
      isSilent = true
    } else if (fault === 'cut') {
      socket.destroy()
    } else {
      socket.write(writeAnswer(frame, failure(frame.api, fault)))
      if (frame.api.startsWith('Sasl')) socket.end()
    }
  }
}
