import { connect, type Socket } from 'node:net'

export interface ConnectionOptions {
  readonly port: number
  /** Address that the connection comes from. */
  readonly from: string
  /** The next request. */
  readonly request: () => Buffer
  readonly pauseMs: number
  readonly onConnected: () => void
  readonly onAnswer: (status: number, tookMs: number) => void
  readonly onBroken: (error: Error) => void
}

export interface Connection {
  /** Asks again and again, one request at a time. */
  readonly start: () => void
  readonly end: () => void
}

/** One keep-alive connection that asks for tokens as Java's HttpURLConnection does. */
export function connection(options: ConnectionOptions): Connection {
  const { port, from, request, pauseMs, onAnswer } = options
  let sentAt = 0
  let isOver = false
  // An answer of the same length as the last one is read without looking for its end.
  let wholeLength = 0
  let parts = ''

  const socket: Socket = connect({
    host: '127.0.0.1',
    port,
    localAddress: from,
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafe(64 * 1024), callback: (length, buffer) => read(length, buffer as Buffer) },
  })
  socket.once('connect', options.onConnected)
  const broken = (error?: Error): void => {
    if (isOver) return
    isOver = true
    options.onBroken(error ?? new Error('closed'))
  }
  socket.on('error', broken)
  socket.on('close', () => {
    broken()
  })

  function ask(): void {
    if (isOver) return
    sentAt = performance.now()
    socket.write(request())
  }

  function read(length: number, buffer: Buffer): boolean {
    if (parts === '' && length === wholeLength) answered(statusOf(buffer.toString('latin1', 0, 12)))
    else {
      parts += buffer.toString('latin1', 0, length)
      const whole = lengthOf(parts)
      if (whole !== undefined && parts.length >= whole) {
        if (parts.length > whole) throw new Error('more came than was asked for')
        wholeLength = whole
        const status = statusOf(parts)
        parts = ''
        answered(status)
      }
    }
    return true
  }

  function answered(status: number): void {
    onAnswer(status, performance.now() - sentAt)
    if (pauseMs > 0) setTimeout(ask, pauseMs)
    else ask()
  }

  return {
    start: ask,
    end() {
      isOver = true
      socket.destroy()
    },
  }
}

/** A request in the words of Java's client; `credentials` as `id:secret`. */
export function tokenRequest(path: string, port: number, credentials = 'unused:unused'): Buffer {
  const body = 'grant_type=client_credentials'
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nAccept: application/json\r\nAuthorization: Basic ${btoa(credentials)}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nUser-Agent: Java/17.0.12\r\nHost: localhost:${port}\r\n` +
      `Connection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

const statusOf = (head: string): number => Number(head.slice(9, 12))

/** Length of head and body together; undefined until the head is there. */
function lengthOf(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1]
  if (length === undefined) throw new Error(`an answer without length: ${text.slice(0, head)}`)
  return head + 4 + Number(length)
}
