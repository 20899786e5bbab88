import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

// Listens with the shortest queue, then never runs again.
const script = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(server.address().port), () =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })`

/** A port on loopback whose queue is full: connections neither succeed nor fail, as behind a firewall that drops. */
export async function unacceptingPort(): Promise<{ host: string; close(): void }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const fillers: Socket[] = []
  for (let waiting = 0; waiting < 8; waiting += 1) {
    const socket = connect(Number(String(port)), '127.0.0.1')
    fillers.push(socket.on('error', () => undefined))
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise((done) => setTimeout(done, 200, false)),
    ])
    if (!connected) break
  }
  return {
    host: `127.0.0.1:${String(port)}`,
    close() {
      fillers.forEach((socket) => socket.destroy())
      child.kill('SIGKILL')
    },
  }
}
