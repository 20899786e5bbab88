import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tools } from '../../src/client-config/index.ts'
import type { Snippet, Target } from '../../src/client-config/tool.ts'
import { lint } from '../../src/lint/lint.ts'

const endings: Partial<Record<Snippet['format'], string>> = { python: 'py', csharp: 'cs' }

const targets: readonly Target[] = [
  { tokenEndpoint: 'http://localhost:14293/token' },
  { tokenEndpoint: 'http://localhost:14293/token', clientVersion: '3' },
  {
    tokenEndpoint: 'https://tokens.example/token',
    bootstrapServers: 'broker.example:9093',
    clientId: 'app',
    scope: 'kafka orders',
    logicalCluster: 'lkc-1',
    identityPoolId: 'pool-1',
    endpointCaFile: '/tls/ca.pem',
  },
  { tokenEndpoint: 'http://localhost:14293/token', shading: 'databricks' },
  { tokenEndpoint: 'http://localhost:14293/token', delegationTokenFile: '/run/kafka/token.properties' },
]

async function errorsIn(text: string, name: string | undefined, version?: '3' | '4'): Promise<string[]> {
  const { findings } = await lint({ text, name, version })
  const errors = findings.filter(({ severity }) => severity === 'error')
  return errors.map(({ rule, line, problem }) => `${rule} ${line ?? ''} ${problem}`)
}

describe('no error is found', () => {
  it.each(tools.map((tool) => [tool.name, tool] as const))('in the settings for %s', async (_name, tool) => {
    for (const target of targets) {
      for (const { text, format } of tool.settings(target).snippets) {
        expect(await errorsIn(text, `settings.${endings[format] ?? format}`, target.clientVersion)).toEqual([])
      }
    }
  })

  const root = join(import.meta.dirname, '../..')
  const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root, exclude: ['docs/errors/**', 'docs/lint.md'] })]
  it.each(pages.filter((page) => !/troubleshooting/.test(page)))('in %s', async (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    for (const [, language = '', block = ''] of text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)) {
      expect(await errorsIn(block, language === '' ? undefined : `block.${language}`)).toEqual([])
    }
  })
})
