import { connect, type Socket } from 'node:net'

/** Bytes on a connection of their own, and whatever comes back until it is closed. */
export function exchange(port: number, bytes: string | Buffer | ((socket: Socket) => void)): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  socket.on('error', (error: NodeJS.ErrnoException) => (received += `<${error.code ?? error.message}>`))
  socket.on('close', () => {
    resolve(received)
  })
  if (typeof bytes === 'function') bytes(socket)
  else socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return promise
}

const form = 'grant_type=client_credentials'

/** A token request as text, on a connection that ends with it; lines of `headers` are added or, with the same name, replace. */
export function requestText(
  line: string,
  headers: readonly string[] = [],
  { body = form, without = [] as readonly string[] } = {},
): string {
  const lines = [
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    'Connection: close',
  ].filter((header) => !without.some((name) => header.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
  return `${[line, ...lines, ...headers].join('\r\n')}\r\n\r\n${body}`
}

/** Status codes of all answers in what came back. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status))
}
