import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakePlatform } from './fakes/platform.ts'
import { commands as entries } from '../src/cli/commands.ts'
import { loadConfig } from '../src/config/load.ts'
import type { ProfileConfig } from '../src/config/schema.ts'
import { clientAuthOf } from '../src/sources/provider/provider-source.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()]

interface Block {
  readonly at: string
  readonly language: string
  readonly text: string
}

/** Fenced blocks, also those that are indented in a list. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^([ ]*)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
    ({ 1: indent = '', 2: language = '', 3: body = '', index }) => ({
      at: `${page}:${text.slice(0, index).split('\n').length}`,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

const blocks = pages.flatMap(blocksOf)
const configurations = blocks.filter(
  ({ language, text }) =>
    language === 'yaml' &&
    /^(listen|admin|log|profiles|callers|issuers|limits|audit|delegationTokens|outlets):/.test(text),
)
const clientFiles = blocks.filter(
  ({ language, text }) => language === 'properties' && text.includes('sasl.oauthbearer.assertion.'),
)
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ at, text }) =>
    [
      ...text
        .replaceAll(/\\\n\s*/g, '')
        .matchAll(/^npx kafka-token-sidecar (serve|token|assertion|verify)\b([^#\n]*)/gm),
    ].map(([line, command, rest = '']) => ({ at, line, command, argv: rest.trim().split(/\s+/).filter(Boolean) })),
  )

// Where a hash belongs that the reader makes.
const someHash = `scrypt$ln=14,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const withHashes = (text: string) => text.replaceAll(/ORDERS_HASH|scrypt\$…\w*/g, () => someHash)

const actions = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ at, text }) =>
    [
      ...text
        .replaceAll(/\\\n\s*/g, '')
        .matchAll(/npx kafka-token-sidecar (keys|secret|delegation-token) (\w+)([^#\n]*)/g),
    ].map(([line, command, action = '', rest = '']) => ({
      at,
      line,
      command,
      action,
      flags: rest.match(/--[\w-]+/g) ?? [],
    })),
  )

const load = (argv: readonly string[], text: string, warn?: (message: string) => void) =>
  loadConfig({ argv, env: {}, readFile: () => Promise.resolve(text), ...(warn && { warn }) })

/** As if the client asked a provider: a file that points at the sidecar itself is for clients alone. */
const atProvider = (text: string) => text.replaceAll('https://localhost:14293/', 'https://idp.example/')

/** A client that nothing proves is found out only when its source is made. */
function requireProof(profile: ProfileConfig): void {
  if (profile.source === 'client-credentials')
    clientAuthOf(profile, 'client authentication', { platform: fakePlatform(), profile: 'default' })
}

describe('what the documentation shows', () => {
  it('is found by this test', () => {
    expect(configurations.length).toBeGreaterThan(20)
    expect(clientFiles.length).toBeGreaterThan(0)
    expect(commands.length).toBeGreaterThan(3)
    expect(actions.length).toBeGreaterThan(3)
  })

  it.each(configurations)('is a configuration at $at', async ({ text }) => {
    const { profiles } = await load(['--config', 'sidecar.yaml'], withHashes(text))
    for (const profile of Object.values(profiles)) requireProof(profile)
  })

  it.each(clientFiles)('are properties of a client at $at', async ({ text }) => {
    const warnings: string[] = []
    await load(['--properties', 'client.properties'], atProvider(text), (message) => warnings.push(message))
    expect(warnings).toEqual([])
  })

  it.each(commands)('is a command at $at: $line', async ({ command, argv }) => {
    // A name after verify, and the flags of the commands themselves, are no options of the configuration.
    const own = argv.filter((word, index) => {
      if (['--decode', '--json', '--quick-start', '--profile'].includes(word)) return false
      return argv[index - 1] !== '--profile' && !(command === 'verify' && index === 0 && !word.startsWith('--'))
    })
    const properties =
      'sasl.oauthbearer.token.endpoint.url=https://idp.example/token\nsasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="a" clientSecret="b";'
    await load(own, own.includes('--properties') ? properties : '')
  })

  it.each(actions)('is an action at $at: $line', async ({ command, action, flags }) => {
    const help = await (await entries.find(({ name }) => name === command)?.load())?.help([action])
    // One page for all, or one for each.
    const line = help?.split('\n').find((each) => each.includes(` ${command} ${action} `))
    const usage = command === 'delegation-token' ? help : line
    for (const flag of flags) expect(usage).toContain(flag)
  })

  it.each(pages)('has links that lead somewhere: %s', (page) => {
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/^[ ]*```[\s\S]*?^[ ]*```$/gm, '')
    for (const [, target = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const file = target === '' ? join(root, page) : join(root, dirname(page), target)
      expect(existsSync(file), target).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(file), `${target}#${anchor}`).toContain(anchor)
    }
  })
})

/** As GitHub makes them of headings, and those that are written. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const ofHeadings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
  return [...ofHeadings, ...[...text.matchAll(/^<a id="([^"]+)"><\/a>$/gm)].map(([, id = '']) => id)]
}
