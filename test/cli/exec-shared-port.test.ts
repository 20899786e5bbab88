import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { holderOf } from '../../src/cli/exec/holder.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import { entry, runExec, sh, startExec } from './exec-process.ts'
import { askToken, serving, type Running } from './sidecar-process.ts'

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

const options = (port: number, ...more: readonly string[]): readonly string[] => [
  ...['--port', String(port), '--admin-port', 'false', '--subject', 'alice'],
  ...more,
]

/** A command that ends when it is told to. */
const waiting = sh(`trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
const subjectAt = async (port: number): Promise<string> => {
  const { access_token: token } = (await (await askToken(port)).json()) as { access_token: string }
  return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub
}

async function end(running: Running): Promise<number | string> {
  running.child.kill('SIGTERM')
  return running.ended
}

/** Somebody else on the port. */
async function stranger(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

if (isLinux) {
  describe('a second instance on the same port', { timeout: 60_000 }, () => {
    it('uses the first one, and takes its place when it ends', async () => {
      const port = await freePort()
      const first = startExec(options(port), waiting)
      await first.printed('ready')
      const [second, third] = [startExec(options(port), waiting), startExec(options(port), waiting)]
      await Promise.all([second.printed('ready'), third.printed('ready')])
      for (const instance of [second, third]) {
        await instance.printed(
          `another instance of this user listens on port ${port} and gives the same tokens: it is used`,
        )
        expect(instance.err()).not.toContain('listening on')
      }

      expect(await end(first)).toBe(0)
      await Promise.race([second.printed('this one took its place'), third.printed('this one took its place')])
      expect(await subjectAt(port)).toBe('alice')
      const [successor, last] = second.err().includes('took its place') ? [second, third] : [third, second]
      expect(last.err()).not.toContain('took its place')

      expect(await end(successor)).toBe(0)
      await last.printed('this one took its place')
      expect(await subjectAt(port)).toBe('alice')
      expect(await end(last)).toBe(0)
      await expect(askToken(port)).rejects.toThrow()
    })

    it('uses a sidecar that somebody serves, and leaves it alone', async () => {
      const port = await freePort()
      const first = await serving(options(port).slice(0), {
        env: { HOME: '/nonexistent', GCE_METADATA_HOST: '127.0.0.1:65534' },
      })
      const ask = 'curl --silent --data grant_type=client_credentials "$SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL"'
      const { code, out } = await runExec(options(port), sh(ask))
      expect(code).toBe(0)
      expect(JSON.parse(out)).toMatchObject({ token_type: 'Bearer' })
      expect((await askToken(port)).status).toBe(200)
      first.child.kill('SIGTERM')
      await first.ended
    })

    it('ends with 3 where the first gives other tokens', async () => {
      const port = await freePort()
      const first = startExec(options(port), waiting)
      await first.printed('ready')
      const [other, elsewhere] = await Promise.all([
        runExec(['--port', String(port), '--admin-port', 'false', '--subject', 'bob'], ['echo', 'started']),
        runExec(options(port), ['echo', 'started'], { env: { GOOGLE_APPLICATION_CREDENTIALS: '/other.json' } }),
      ])
      for (const { code, out, err } of [other, elsewhere]) {
        expect({ code, out }).toEqual({ code: 3, out: '' })
        expect(err).toContain('it is a kafka-token-sidecar with another configuration, or other credentials')
      }
      expect(await subjectAt(port)).toBe('alice')
      await end(first)
    })

    it.each<[string, RequestListener, string]>([
      ['knows nothing of it', (_, response) => response.writeHead(404).end(), 'it does not say that it is'],
      ['says anything', (_, response) => response.end('{"product":"else"}'), 'it does not say that it is'],
      ['says nothing', (_, response) => response.end('null'), 'it does not say that it is'],
      [
        'says that it is one, and knows not which',
        (_, response) => response.end('{"product":"kafka-token-sidecar","tokens":"?"}'),
        'another configuration',
      ],
      ['never answers', () => undefined, 'it does not answer within 2 s'],
      ['answers for ever', (_, response) => void response.write('x'.repeat(100_000)), 'it answers at length'],
      [
        'sends elsewhere',
        (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
        'it does not say that it is',
      ],
      ['cuts the line', (request) => request.socket.destroy(), 'it does not say that it is'],
    ])('is not shared where somebody listens who %s', async (_, listener, why) => {
      const asked: string[] = []
      const port = await stranger((request, response) => {
        asked.push(`${request.method ?? ''} ${request.url ?? ''} ${JSON.stringify(request.headers)}`)
        listener(request, response)
      })
      const holder = await holderOf({ platform: nodePlatform({}), host: 'localhost', port, tokens: 'ours' })
      expect(holder).toEqual({ kind: 'stranger', why: expect.stringContaining(why) as string })
      // Nothing that it could use: not even what it would have to answer.
      expect(asked).toHaveLength(1)
      expect(asked[0]).toContain('GET /.well-known/kafka-token-sidecar ')
      expect(asked.join()).not.toMatch(/ours|authorization/i)
    })

    it('ends with 3 where somebody else listens, without a stack trace', async () => {
      const port = await stranger((_, response) => response.end())
      const { code, out, err } = await runExec(options(port), ['echo', 'started'])
      expect({ code, out }).toEqual({ code: 3, out: '' })
      expect(err).toBe(
        `kafka-token-sidecar: 127.0.0.1 port ${port} is in use, and what listens there is not shared: it does not say that it is a kafka-token-sidecar of this version; choose another with --port, or stop what listens there\n`,
      )
    })

    // Only root can be somebody else.
    if (isRoot) {
      it('trusts no other user, whatever that one answers', async () => {
        const port = await freePort()
        const args = ['serve', '--source', 'self-issued', ...options(port)]
        const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', GCE_METADATA_HOST: '127.0.0.1:65534' }
        const child = spawn(process.execPath, [entry, ...args], {
          env,
          uid: 65_534,
          gid: 65_534,
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        onTestFinished(() => void child.kill('SIGKILL'))
        await once(child.stdout, 'data')
        const { code, err } = await runExec(options(port), ['echo', 'started'])
        expect(code).toBe(3)
        expect(err).toContain('it belongs to the user 65534')
      })
    }
  })
}
