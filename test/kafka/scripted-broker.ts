import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { Api } from '../../src/kafka/wire/api.ts'
import { apiVersions } from '../../src/kafka/wire/api-versions.ts'
import { frames } from '../../src/kafka/wire/frames.ts'
import { wireReader, type WireReader } from '../../src/kafka/wire/reader.ts'
import { wireWriter, type WireWriter } from '../../src/kafka/wire/writer.ts'

/** One request as it arrived. */
export interface Asked {
  readonly key: number
  readonly version: number
  readonly id: number
  readonly clientId: string
  /** After the header. */
  readonly body: WireReader
  readonly socket: Socket
}

/** What is said to a request: a body, bytes that are no answer, the end of the connection, or nothing. */
export type Reaction = ((out: WireWriter) => void) | { readonly raw: Buffer } | 'close' | 'hang'

export interface ScriptedBroker extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly asked: readonly Asked[]
  readonly sockets: ReadonlySet<Socket>
}

/** By name of the API. What is not in it is not offered, except for the first three. */
export type Script = Readonly<Record<string, (asked: Asked) => Reaction | Promise<Reaction>>>

export interface ScriptedBrokerOptions {
  readonly tls?: TlsOptions
  /** Default: whatever we can speak. */
  readonly offers?: readonly { readonly key: number; readonly oldest: number; readonly newest: number }[]
  readonly apis: readonly Api<never, unknown>[]
}

/** A TCP server on loopback that speaks Kafka's protocol as far as the script goes. */
export async function scriptedBroker(
  script: Script,
  {
    tls,
    apis,
    offers = apis.map(({ key, versions: [oldest, newest] }) => ({ key, oldest, newest })),
  }: ScriptedBrokerOptions,
): Promise<ScriptedBroker> {
  const asked: Asked[] = []
  const known = [apiVersions, ...apis] as readonly Api<never, unknown>[]
  const all: Script = { ApiVersions: ({ version }) => offering(offers, version), ...script }

  async function hear(socket: Socket, request: Buffer): Promise<void> {
    const head = wireReader(request, { flexible: false })
    const [key, version, id, clientId] = [head.int16(), head.int16(), head.int32(), head.string()]
    const api = known.find((candidate) => candidate.key === key)
    const flexible = version >= (api?.flexibleFrom ?? Infinity)
    const body = wireReader(request.subarray(request.length - head.remaining), { flexible })
    body.tags()
    const question = { key, version, id, clientId, body, socket }
    asked.push(question)
    const reaction = await (all[api?.name ?? '']?.(question) ?? 'close')
    if (reaction === 'hang') return
    if (reaction === 'close') return void socket.destroy()
    if (typeof reaction === 'object') return void socket.write(reaction.raw)
    const out = wireWriter({ flexible })
    reaction(out)
    socket.write(framed(id, Buffer.concat([Buffer.alloc(flexible && key !== apiVersions.key ? 1 : 0), out.done()])))
  }
  return listening(
    (socket) => {
      socket.on(
        'data',
        frames((request) => void hear(socket, request)),
      )
    },
    { asked, ...(tls && { tls }) },
  )
}

/** Any TCP server on loopback. */
export async function listening(
  take: (socket: Socket) => void,
  { asked = [], tls }: { asked?: readonly Asked[]; tls?: TlsOptions } = {},
): Promise<ScriptedBroker> {
  const sockets = new Set<Socket>()
  const start = (socket: Socket) => {
    take(socket)
    // Who reads nothing does not notice the end.
    socket.resume()
  }
  const server: Server = tls ? createTlsServer(tls, start) : createServer(start)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    port,
    asked,
    sockets,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((done) => server.close(done))
    },
  }
}

export function framed(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 4)
  head.writeInt32BE(id, 4)
  return Buffer.concat([head, body])
}

export function offering(offers: NonNullable<ScriptedBrokerOptions['offers']>, version: number): Reaction {
  return (out) => {
    out.int16(0)
    out.array(offers, ({ key, oldest, newest }) => {
      out.int16(key)
      out.int16(oldest)
      out.int16(newest)
      out.tags()
    })
    if (version >= 1) out.int32(0)
    out.tags()
  }
}
