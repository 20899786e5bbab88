import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tools } from '../src/client-config/index.ts'
import { defaultTokenEndpoint } from '../src/client-config/target.ts'
import type { Target, Tool } from '../src/client-config/tool.ts'

/** What ran in the end-to-end suites, which write it (`test/e2e/verified-clients.ts`). */
const verified = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'test', 'e2e', 'verified-clients.json'), 'utf8'),
) as Readonly<Record<string, { readonly by: string; readonly with: readonly string[] }>>

const target: Target = { tokenEndpoint: defaultTokenEndpoint }
const brokerTarget: Target = {
  tokenEndpoint: defaultTokenEndpoint,
  trust: {
    issuer: 'http://localhost:14293',
    audience: 'kafka',
    jwksUrl: 'http://localhost:14293/jwks',
    delegationTokens: true,
  },
}

const groups: readonly (readonly [title: string, about: string, holds: (tool: Tool) => boolean])[] = [
  [
    'Java',
    'Clients and tools with a Java client inside.',
    ({ library, takes }) => library === 'java' && takes === 'endpoint',
  ],
  [
    'librdkafka',
    'Libraries and tools with librdkafka inside.',
    ({ library, takes }) => library === 'librdkafka' && takes === 'endpoint',
  ],
  [
    'Go',
    'Libraries in Go, and tools with one of them inside.',
    ({ library, takes }) => library === 'go' && takes === 'endpoint',
  ],
  [
    'Other libraries',
    'With a client of their own.',
    ({ library, takes }) => library === 'other' && takes === 'endpoint',
  ],
  [
    'A token that does not change',
    'They ask no endpoint, and get a token when they start.',
    ({ takes }) => takes === 'static',
  ],
  ['What cannot be helped', 'And why.', ({ takes }) => takes === 'none'],
  ["The broker's side", 'What brokers have to know of the tokens.', ({ takes }) => takes === 'broker'],
]

/** `docs/clients.md`: what `config` prints for each tool, and which of it was run. */
export function clientPage(): string {
  return `# Clients and tools

Settings with which each of them gets its tokens from this sidecar, at \`${defaultTokenEndpoint}\`. \`npx kafka-token-sidecar config
<name>\` prints them for your URL, profile, brokers and versions: \`config --help\` tells the flags, and \`--only\` prints one file alone.

This page is made by \`npm run docs\` from what the command prints, and from what the end-to-end suites have run: a tool is called
run where its own program took the printed settings as they are, produced or consumed a record at a real broker, and the suite
named says so itself; nothing was changed but names of topics, and what stands in \`<>\`.

${table()}

${groups.map(section).join('\n\n')}
`
}

function table(): string {
  const rows = tools.map((tool) => {
    const { name, title, takes } = tool
    return `| [\`${name}\`](#${anchor(tool)}) | ${inCell(title)} | ${takenText[takes]} | ${inCell(ranText(tool))} |`
  })
  return ['| name | | takes | run with |', '|---|---|---|---|', ...rows].join('\n')
}

const takenText: Readonly<Record<Tool['takes'], string>> = {
  endpoint: 'the endpoint',
  static: 'one token',
  none: 'nothing',
  broker: 'the keys',
}

/** Throws where a tool says neither. */
function ranText({ name, notRun }: Tool): string {
  const ran = verified[name]
  if (ran) return `${ran.with.join('; ')} (\`${ran.by}\`)`
  if (notRun === undefined) throw new Error(`${name} was not run, and does not say why`)
  return `not run: ${notRun}`
}

function section([title, about, holds]: (typeof groups)[number]): string {
  return `## ${title}\n\n${about}\n\n${tools.filter(holds).map(entry).join('\n\n')}`
}

function entry(tool: Tool): string {
  const { snippets, notes } = tool.settings(tool.takes === 'broker' ? brokerTarget : target)
  const pieces = snippets.map(({ where, format, text }) => `\`${where}\`:\n\n\`\`\`${format}\n${text}\`\`\``)
  const said = notes.map((note) => `- ${inText(note)}`).join('\n')
  const from = `Names from: ${inText(tool.source)}.`
  return [`### ${tool.name}`, tool.title, ...pieces, said, from].join('\n\n')
}

const anchor = ({ name }: Tool): string => name.replaceAll('.', '')

const inText = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('*', '\\*')
const inCell = (text: string): string => inText(text).replaceAll('|', '\\|')
