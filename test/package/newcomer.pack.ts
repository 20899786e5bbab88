import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../..')

interface Script {
  readonly child: ChildProcess
  /** Waits until what was printed matches. */
  readonly shows: (pattern: RegExp) => Promise<RegExpExecArray>
}

/** A script of package.json, as a newcomer starts it. */
function npm(...args: string[]): Script {
  const env = { ...process.env, NODE_ENV: 'development' }
  const child = spawn('npm', args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  return {
    child,
    shows: async (pattern) => {
      await expect.poll(() => output, { timeout: 15_000 }).toMatch(pattern)
      return pattern.exec(output) as RegExpExecArray
    },
  }
}

describe('a newcomer', () => {
  it('gets a token with the command that npm start prints, and stops it with a signal', async () => {
    const { child, shows } = npm('start', '--', '--port', '0')
    const [command] = await shows(/curl -d \S+ http:\S+\/token/)
    const curl = spawn('sh', ['-c', `${command} --silent`], { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    curl.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(curl, 'close')
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ token_type: 'Bearer' })
    const url = (/http:\S+/.exec(command) ?? [''])[0]
    child.kill('SIGTERM')
    await once(child, 'exit')
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => 'answers',
            () => 'is gone',
          ),
        { timeout: 9_000 },
      )
      .toBe('is gone')
  })

  it('serves from the sources with npm run dev', async () => {
    const { child, shows } = npm('run', 'dev', '--', '--port', '0')
    await shows(/listening on http:/)
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await once(child, 'exit')
  })
})
