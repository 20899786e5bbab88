import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commandTree } from '../../src/cli/completion/command-tree.ts'
import { commands } from '../../src/cli/commands.ts'
import { run } from './command-line.ts'

/** What a real bash offers for a line that ends where the cursor is. */
async function offered(line: string): Promise<readonly string[]> {
  const { out: script } = await run('completion bash')
  const words = line.split(' ')
  const shell = `
    ${script}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length - 1}
    _kafka_token_sidecar
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const printed = execFileSync('bash', ['--norc', '-c', shell], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
  return printed.split('\n').filter((each) => each !== '')
}

describe('shell completion', () => {
  it.each([
    ['kafka-token-sidecar de', ['delegation-token']],
    ['kafka-token-sidecar keys gen', ['generate']],
    ['kafka-token-sidecar token --dec', ['--decode']],
    ['kafka-token-sidecar serve --source self', ['self-issued']],
    ['kafka-token-sidecar serve --source = self', ['self-issued']],
    ['kafka-token-sidecar serve --log-level w', ['warn']],
    ['kafka-token-sidecar serve --admin-po', ['--admin-port']],
    ['kafka-token-sidecar delegation-token cre', ['create']],
    ['kafka-token-sidecar delegation-token create --owner', ['--owner-principal']],
    ['kafka-token-sidecar help exit', ['exit-codes']],
    ['kafka-token-sidecar serve --subject ', []],
  ])('offers in bash, after %s: %j', async (line, words) => {
    expect(await offered(line)).toEqual(words)
  })

  it('offers every command in bash', async () => {
    expect(await offered('kafka-token-sidecar ')).toEqual([...commands.map(({ name }) => name), 'help'])
  })

  it('offers files in bash where a flag takes one', async () => {
    expect(await offered('kafka-token-sidecar serve --config /etc/host')).toContain('/etc/hosts')
  })

  it('offers commands of the machine in bash behind two dashes', async () => {
    expect(await offered('kafka-token-sidecar exec -- printen')).toContain('printenv')
  })

  it.each(['zsh', 'fish'])('tells %s every command, flag and value', async (shell) => {
    const { out, code } = await run(['completion', shell])
    expect(code).toBe(0)
    for (const { name, flags } of await commandTree()) {
      expect(out).toContain(name)
      for (const flag of flags) expect(out).toContain(flag.name.slice(2))
    }
    expect(out).toContain('self-issued')
  })

  it.each([
    ['completion', 'must be followed by bash, zsh, fish'],
    ['completion zhs', 'did you mean zsh?'],
    ['completion bash more', 'must be followed by'],
  ])('refuses %s', async (line, words) => {
    const { code, err } = await run(line)
    expect(code).toBe(2)
    expect(err).toContain(words)
  })
})

describe('every command', () => {
  it.each(commands)('has a help that names its flags and actions: $name', async ({ name, ...entry }) => {
    const { flags = [], actions = [] } = await entry.load()
    const { out, code } = await run([name, '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: kafka-token-sidecar ${name}`))
    const pages = [
      out,
      ...(await Promise.all(actions.map(async (action) => (await run([name, action, '--help'])).out))),
    ]
    for (const flag of flags) expect(pages.join('\n')).toContain(flag.name)
    // Of dozens there is a list of its own.
    if (actions.length < 10) for (const action of actions) expect(out).toContain(action)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(125)
  })

  it.each(commands)('has a flag for JSON where it prints results: $name', async ({ name, ...entry }) => {
    // They print no results of their own.
    if (['serve', 'exec', 'completion'].includes(name)) return
    const { flags = [] } = await entry.load()
    expect(flags.map((flag) => flag.name)).toContain('--json')
  })
})

it('tells the exit codes', async () => {
  const { out, code } = await run('help exit-codes')
  expect(code).toBe(0)
  for (const each of ['0 ', '2 ', '10 ', '20 ', '126 ']) expect(out).toContain(`\n  ${each}`)
})
