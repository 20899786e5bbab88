import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { entry, hasPidNamespaces, sh, startExec } from './exec-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-exec-signals-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Processes start slowly where many do. */
const eventually = <T>(value: () => T) => expect.poll(value, { timeout: 20_000, interval: 20 })

const signals = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'WINCH', 'ALRM'] as const
/** Says which signals it gets, and ends when it is told to with 42. */
const listening = `${signals.map((name) => `trap 'echo got ${name}' ${name}`).join('; ')}; trap 'exit 42' RTMIN; echo ready; while :; do sleep 0.05; done`

describe('signals', { timeout: 60_000 }, () => {
  it('are passed on, each as it came', async () => {
    const running = startExec([], ['bash', '-c', listening])
    await running.printed('ready')
    for (const name of signals) {
      running.child.kill(`SIG${name}`)
      await running.printed(`got ${name}`)
    }
    expect(running.out().match(/got/g)).toHaveLength(signals.length)
    running.child.kill('SIGKILL')
  })

  it('end the command, whose code comes through', async () => {
    const running = startExec([], sh(`trap 'echo bye; exit 42' TERM; echo ready; while :; do sleep 0.05; done`))
    await running.printed('ready')
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(42)
    expect(running.out()).toBe('ready\nbye\n')
    expect(running.err()).toMatch(/"stopping"[^]*"stopped"/)
  })

  const deaf = `trap 'echo heard' TERM; echo ready; while :; do sleep 0.05; done`

  it('do not kill a command that takes no notice, until --kill-after is over', async () => {
    const running = startExec(['--kill-after', '2s'], sh(deaf))
    await running.printed('ready')
    const startedAt = performance.now()
    running.child.kill('SIGTERM')
    await running.printed('heard')
    expect(await running.ended).toBe(137)
    expect(performance.now() - startedAt).toBeGreaterThan(1_900)
    expect(running.err()).toContain('the command is killed, as it still runs 2 s after SIGTERM')
  })

  it('kill it when the same one comes again, but not within a second', async () => {
    const running = startExec([], sh(deaf))
    await running.printed('ready')
    running.child.kill('SIGTERM')
    await running.printed('heard')
    running.child.kill('SIGTERM')
    await eventually(() => running.out().match(/heard/g)?.length).toBe(2)
    const startedAt = performance.now()
    await eventually(() => performance.now() - startedAt > 1_100).toBe(true)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(137)
    expect(running.err()).toContain('the command is killed, as SIGTERM came a second time')
  })

  it('of a terminal reach the command once', async () => {
    const out = join(folder, 'terminal')
    const counting = `trap 'echo INT >> ${out}' INT; trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done`
    const script = join(folder, 'counting.sh')
    writeFileSync(script, counting)
    const line = `exec ${process.execPath} ${entry} exec --source self-issued --port 0 --admin-port false -- sh ${script}`
    // script(1) runs its command on a terminal of its own, and hands on what it is fed.
    const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'dumb' },
    })
    let shown = ''
    child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    await eventually(() => shown).toContain('ready')
    child.stdin.write('\u0003')
    await eventually(() => readOr(out)).toBe('INT\n')
    const startedAt = performance.now()
    await eventually(() => performance.now() - startedAt > 1_200).toBe(true)
    child.stdin.write('\u0003')
    await eventually(() => readOr(out)).toBe('INT\nINT\n')
    // A third and a fourth would have come by now.
    const later = performance.now()
    await eventually(() => performance.now() - later > 500).toBe(true)
    expect(readOr(out)).toBe('INT\nINT\n')
    process.kill(childOf(child.pid), 'SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(5)
    // A person is told nothing while all is well.
    expect(shown).not.toMatch(/listening|stopp/)
  })
})

/** Of a program that has started one. */
function childOf(pid = 0): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

const readOr = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

// Only root may have a pid namespace of its own, as a container has.
if (hasPidNamespaces) {
  describe('as process 1', { timeout: 60_000 }, () => {
    const inNamespace = ['unshare', '--pid', '--fork', '--mount-proc']
    const line = [...inNamespace, process.execPath, entry, 'exec', '--source', 'self-issued', '--port', '0']

    function startInit(script: string, shell: readonly string[] = ['sh', '-c']) {
      const args = [...line.slice(1), '--admin-port', 'false', '--log-level', 'warn', '--', ...shell, script]
      const child = spawn('unshare', args, {
        env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      const ended = once(child, 'close').then(([code]) => code as number | null)
      /** The process that is 1 inside. */
      const init = (): number => childOf(child.pid)
      return { child, out: () => out, ended, init }
    }

    /** Leaves orphans, and says who is a zombie when they have ended. */
    const orphans = `for i in 1 2 3 4 5; do sh -c 'sh -c "sleep 0.1" & exit 0'; done; sleep 1; cat /proc/[0-9]*/stat | grep -c ' Z ' ; echo $$`

    it('leaves no zombies, and ends with the code of the command', async () => {
      const run = startInit(`${orphans}; exit 9`)
      expect(await run.ended).toBe(9)
      const [zombies, own] = run.out().split('\n')
      expect(zombies).toBe('0')
      expect(Number(own)).toBeGreaterThan(2)
    })

    it('passes signals on, and hands over standard input', async () => {
      const run = startInit(
        `trap 'echo bye; exit 42' TERM; read -r said; echo "ready $said"; while :; do sleep 0.05; done`,
      )
      run.child.stdin.write('hello\n')
      await eventually(run.out).toContain('ready hello')
      process.kill(run.init(), 'SIGTERM')
      expect(await run.ended).toBe(42)
      expect(run.out()).toBe('ready hello\nbye\n')
    })

    it('tells 128 + n for a command that a signal ends, many signals before it or not', async () => {
      const run = startInit(`trap 'echo one' USR1; echo ready; while :; do sleep 0.05; done`)
      await eventually(run.out).toContain('ready')
      for (let count = 0; count < 20; count++) process.kill(run.init(), 'SIGUSR1')
      await eventually(run.out).toContain('one')
      process.kill(run.init(), 'SIGHUP')
      expect(await run.ended).toBe(129)
    })

    it('takes the rest with it', async () => {
      const mark = `${Math.random()}`.slice(2, 10)
      const run = startInit(`sleep 1${mark} & echo ready`)
      expect(await run.ended).toBe(0)
      const left = spawn('pgrep', ['-f', `sleep 1${mark}`], { stdio: 'ignore' })
      expect((await once(left, 'exit'))[0]).toBe(1)
    })
  })
}

describe('without a terminal', { timeout: 60_000 }, () => {
  it('takes a signal to all of its process group for one, as timeout(1) and systemd send it', async () => {
    const command = sh(`trap 'echo got; sleep 0.3; exit 3' TERM; echo ready; while :; do sleep 0.05; done`)
    const args = [entry, 'exec', '--source', 'self-issued', '--port', '0', '--admin-port', 'false', '--', ...command]
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    await eventually(() => out).toContain('ready')
    process.kill(child.pid ?? 0, 'SIGTERM')
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    expect(await once(child, 'exit')).toEqual([3, null])
    expect(out).toContain('got')
  })
})
