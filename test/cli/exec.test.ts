import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { run as runHere } from './command-line.ts'
import { runExec, sh, startExec } from './exec-process.ts'
import { run } from './sidecar-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-exec-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function file(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const ask = 'curl --silent --data grant_type=client_credentials'

describe('exec', { timeout: 60_000 }, () => {
  it('runs a command that gets tokens by its environment, and is alone on standard output', async () => {
    const script = `${ask} "$SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL"; echo; ${ask} "$KAFKA_TOKEN_SIDECAR_URL/token"`
    const { code, out, err } = await runExec([], sh(script))
    expect(code).toBe(0)
    for (const answer of out.split('\n')) expect(JSON.parse(answer)).toMatchObject({ token_type: 'Bearer' })
    expect(err).toMatch(/listening on[^]*first token obtained[^]*stopped/)
  })

  it('hands over standard input, also a lot of it', async () => {
    const zeros = 3_000_000
    const { out } = await runExec([], sh(`head -c ${zeros} /dev/zero | ${execLine('wc -c')}`), {})
    expect(out.trim()).toBe(String(zeros))
  })

  it('leaves pipes as they are, also where one is for both outputs and its reader is slow', async () => {
    // Node makes pipes non-blocking, and a command that knows nothing of it would lose output.
    const script = `(${execLine('sh -c "head -c 400000 /dev/zero; echo \\$?"', '--log-level debug')} 2>&1) | (sleep 2; tr -d "\\\\000")`
    const { code, out } = await runExec([], sh(script))
    expect(code).toBe(0)
    expect(out).toMatch(/^0$/m)
    expect(out).not.toMatch(/unavailable|EAGAIN/)
  })

  it.each([
    ['its exit code', 'exit 7', 7],
    ['the signal that ended it', 'kill -KILL $$', 137],
    ['the signal that ended it, as shells do', 'kill -HUP $$', 129],
  ])('ends with %s', async (_, script, code) => {
    expect(await runExec([], sh(script))).toMatchObject({ code, out: '' })
  })

  it('tells at once that there is no such command, or that it cannot be executed', async () => {
    const plain = file('plain', 'x')
    const [missing, noFile, refused, aFolder, noInterpreter, foreign] = await Promise.all([
      runExec([], ['no-such-command-here']),
      runExec([], ['./no/such/file']),
      runExec([], [plain]),
      runExec([], [folder]),
      runExec([], [file('script', '#!/no/such/interpreter\n', 0o755)]),
      runExec([], [file('foreign', '\u007fELF not really', 0o755)]),
    ])
    expect(missing).toEqual({
      code: 127,
      out: '',
      err: 'kafka-token-sidecar: no-such-command-here: there is no such command in PATH\n',
    })
    expect(noFile).toMatchObject({ code: 127, err: 'kafka-token-sidecar: ./no/such/file: there is no such file\n' })
    expect(aFolder).toMatchObject({ code: 126, err: expect.stringContaining('it is a folder') as string })
    // Root may not execute it either.
    expect(refused).toMatchObject({ code: 126, err: expect.stringContaining('(EACCES)') as string })
    expect(noInterpreter).toMatchObject({ code: 127, err: expect.stringContaining('the interpreter') as string })
    expect([126, 127]).toContain(foreign.code)
    for (const { err } of [missing, noFile, refused, aFolder, noInterpreter]) expect(err).not.toContain('    at ')
  })

  it('keeps from the command what is for the sidecar alone', async () => {
    const config = file(
      'config.yaml',
      `profiles: { default: { source: self-issued }, orders: { source: client-credentials, issuer: "https://idp.example", clientId: a, clientSecretVariable: ORDERS_SECRET } }`,
    )
    const { out } = await run(
      ['exec', '--config', config, '--port', '0', '--admin-port', 'false', '--', ...sh('env')],
      {
        env: { KTS_LOG_LEVEL: 'warn', KTS_CLIENT_SECRET: 'hush', ORDERS_SECRET: 'hush', KEPT: 'yes' },
      },
    )
    expect(out).not.toMatch(/KTS_|hush/)
    expect(out).toContain('KEPT=yes')
  })

  it('allows the endpoint in the options of the JVM, beside what is allowed, unless it is not to', async () => {
    const property = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='
    const env = { JAVA_TOOL_OPTIONS: `-Xmx64m ${property}https://idp.example/token` }
    const script = 'echo "$SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL"; echo "$JAVA_TOOL_OPTIONS"'
    const [set, left] = await Promise.all([
      runExec(['--profile', 'default'], sh(script), { env }),
      runExec(['--no-java-options'], sh(script), { env }),
    ])
    const [url = '', options] = set.out.split('\n')
    expect(options).toBe(
      `-Xmx64m ${property}https://idp.example/token,${url},${url.replace('/token', '')},${url.replace('token', '')}`,
    )
    expect(left.out.split('\n')[1]).toBe(env.JAVA_TOOL_OPTIONS)
  })

  it.each([
    [[], 'exec: needs a command behind --, as in: kafka-token-sidecar exec -- kcat -L'],
    [['kcat', '-L'], 'exec: needs a command behind --'],
    [['--'], 'exec: needs a command behind --'],
    [['--wait', 'soon', '--', 'true'], '--wait (given: soon): must be a duration'],
    [['--wait', '--', 'true'], '--wait: needs a value'],
    [['--wait='], 'exec: needs a command behind --'],
    [
      ['--kill-after', '2d', '--', 'true'],
      '--kill-after (given: 2d): must be a duration such as 30s, 5m or 1h, 24h at most',
    ],
  ])('refuses the arguments %j', async (args, words) => {
    const { code, err } = await runHere(['exec', ...args])
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) as string })
  })

  it('refuses options that there are not, and a profile that is not configured', async () => {
    const [profile, option] = await Promise.all([
      runExec(['--profile', 'ordres'], ['true']),
      runExec(['--prot', '1'], ['true']),
    ])
    expect(profile).toMatchObject({ code: 2, out: '' })
    expect(profile.err).toContain('--profile (given: ordres): is no profile; there is default')
    expect(option.err).toContain('--prot: no such option; did you mean --port?')
  })

  it('shows its help, and not that of the command', async () => {
    const [own, other] = await Promise.all([
      run(['exec', '--help']),
      runExec([], ['sh', '-c', 'echo "$1"', 'sh', '--help']),
    ])
    expect(own.out).toMatch(/^Usage: kafka-token-sidecar exec \[options\] -- COMMAND/)
    expect(other.out).toBe('--help\n')
  })
})

describe('the first token', { timeout: 60_000 }, () => {
  const noCredentials = ['--source', 'gcp']

  it('is waited for, and without it the command does not start', async () => {
    const { code, out, err } = await runExec([...noCredentials, '--wait', '2s'], ['echo', 'started'])
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toContain('no Google credentials found')
    expect(err).toMatch(
      /kafka-token-sidecar: no token was obtained within 2 s. The log says why. [^\n]*\[ERR_TOKEN_TIMEOUT\]\n$/,
    )
    expect(err).not.toContain('    at ')
  })

  it('is not waited for by who starts without', async () => {
    const [without, notAtAll] = await Promise.all([
      runExec([...noCredentials, '--wait', '1s', '--start-without-token'], ['echo', 'started']),
      runExec([...noCredentials, '--wait', '0s'], ['echo', 'started']),
    ])
    expect(without).toMatchObject({ code: 0, out: 'started\n' })
    expect(without.err).toContain('the command starts without a token: ')
    expect(notAtAll).toMatchObject({ code: 0, out: 'started\n' })
  })

  it('that is refused for good is not waited for', async () => {
    const provider = createServer((_, response) => {
      response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"invalid_client"}')
    }).listen(0, '127.0.0.1')
    await once(provider, 'listening')
    onTestFinished(() => void provider.close())
    const endpoint = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/token`
    const options = ['--source', 'client-credentials', '--token-endpoint', endpoint, '--client-id', 'orders']
    const { code, out, err } = await runExec([...options, '--wait', '10m'], ['echo', 'started'], {
      env: { KTS_CLIENT_SECRET: 'wrong' },
    })
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toMatch(/^kafka-token-sidecar: .*invalid_client.*\[ERR_PROVIDER_CLIENT\]$/m)
  })

  it('is not waited for any longer once somebody wants an end', async () => {
    const running = startExec([...noCredentials, '--wait', '60s'], ['echo', 'started'])
    await running.printed('listening on')
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(143)
    expect(running.out()).toBe('')
  })
})

describe('the end of the sidecar that somebody asks for', { timeout: 60_000 }, () => {
  it('is the end of the command', async () => {
    const command = sh(`trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done`)
    const running = startExec(['--port', '0', '--admin-port', '0', '--admin-allow-quit'], command)
    await Promise.all([running.printed('ready'), running.printed('admin page at http')])
    const [, admin = ''] = /admin page at (http:[^ "]*)/.exec(running.err()) ?? []
    expect((await fetch(`${admin}/quitquitquit`, { method: 'POST' })).ok).toBe(true)
    expect(await running.ended).toBe(42)
  })
})

describe('a defect of the sidecar', { timeout: 60_000 }, () => {
  const waiting = sh(`trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done`)

  it('that nobody caught is told, and ends nothing while the endpoint answers', async () => {
    const nodeOptions = [
      '--import',
      file('throws.mjs', `process.on('SIGALRM', () => { throw new Error('unforeseen') })`),
    ]
    const running = startExec([], waiting, { nodeOptions })
    await running.printed('ready')
    running.child.kill('SIGALRM')
    await running.printed('a defect of the sidecar, which goes on: Error: unforeseen')
    const url = /http:\/\/127[^"]*/.exec(running.err())?.[0] ?? ''
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(42)
  })

  it('that takes the endpoint away ends the command', async () => {
    const script = `
      import { Server } from 'node:http'
      const { listen } = Server.prototype
      const servers = []
      Server.prototype.listen = function (...args) { servers.push(this); return listen.apply(this, args) }
      process.on('SIGALRM', () => { for (const server of servers) server.close(); throw new Error('unforeseen') })
    `
    const running = startExec([], waiting, { nodeOptions: ['--import', file('closes.mjs', script)] })
    await running.printed('ready')
    running.child.kill('SIGALRM')
    expect(await running.ended).toBe(1)
    expect(running.err()).toContain('the endpoint answers no more: the command is ended')
  })
})

/** `exec` in a line of a shell, from the sources. */
function execLine(command: string, options = ''): string {
  const entry = join(import.meta.dirname, '../../src/cli/process.ts')
  return `"${process.execPath}" "${entry}" exec --source self-issued --port 0 --admin-port false ${options} -- ${command}`
}
