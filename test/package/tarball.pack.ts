import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { cjs, esm, typed } from './consumers.ts'
import { compilers, install, type Installed } from './installed.ts'

let installed: Installed

beforeAll(async () => {
  installed = await install()
})

afterAll(() => {
  installed.remove()
})

describe('the tarball', () => {
  it('holds what a user needs', () => {
    for (const file of [
      'package.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'docs/errors/README.md',
      'docs/config.schema.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/bin/kafka-token-sidecar.js',
    ]) {
      expect(installed.contents).toContain(file)
    }
  })

  it('holds nothing else', () => {
    const strangers = installed.contents.filter(
      (path) =>
        !/^(package\.json|LICENSE|NOTICE|(README|CHANGELOG|SECURITY)\.md|docs\/[\w./-]+|dist\/[\w./-]+\.(js|json|d\.ts)|dist\/bin\/THIRD-PARTY-NOTICES\.txt)$/.test(
          path,
        ),
    )
    expect(strangers).toEqual([])
  })

  it('holds no cache of this machine, no tests, no keys', () => {
    expect(
      installed.contents.filter((path) => /compile-cache|test|\.env|\.pem|\.map$|node_modules/.test(path)),
    ).toEqual([])
    const inside = join(installed.folder, 'node_modules/kafka-token-sidecar')
    for (const file of globSync('**/*.{js,json,md,ts}', { cwd: inside, exclude: ['node_modules/**'] })) {
      const text = readFileSync(join(inside, file), 'utf8')
      // A key in full, not the words that introduce one.
      expect(text, file).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----(\\n|\n)[A-Za-z0-9+/]{40}/)
      expect(text.includes('/work/') || text.includes('/root/'), file).toBe(false)
    }
  })

  it('holds the licences of what its command was bundled from', () => {
    const file = join(installed.folder, 'node_modules/kafka-token-sidecar/dist/bin/THIRD-PARTY-NOTICES.txt')
    const text = readFileSync(file, 'utf8')
    for (const name of ['express', 'jose', 'undici'])
      expect(text).toMatch(new RegExp(`^${name} [\\d.]+ \\(MIT\\)$`, 'm'))
    expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(20)
  })

  it('is small, and runs nothing when it is installed', async () => {
    expect(installed.size).toBeLessThan(2 * 1024 * 1024)
    const scripts = ':attr(scripts, [install]), :attr(scripts, [preinstall]), :attr(scripts, [postinstall])'
    expect(JSON.parse((await installed.run('npm', 'query', scripts, '--json')) || '[]')).toEqual([])
  })

  it('brings no tool for developers along', () => {
    for (const name of ['vitest', 'typescript', 'eslint', '@types/node', 'node']) {
      expect(existsSync(join(installed.folder, 'node_modules', name)), name).toBe(false)
    }
  })
})

describe('package.json, as bundlers and Node read it', () => {
  it('is without fault', async () => {
    const pkgDir = join(installed.folder, 'node_modules/kafka-token-sidecar')
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })
})

describe('the library, installed', () => {
  it('is imported and mounted in node:http, Express and a fetch handler', async () => {
    installed.write('esm.mjs', esm)
    const token = { status: 200, parts: 3 }
    expect(JSON.parse(await installed.run(process.execPath, 'esm.mjs'))).toEqual({
      version: manifest.version,
      mounted: [token, token],
      fetched: 200,
      listening: token,
      provided: 3,
      principal: 'app',
      hidden: '{"secret":"[secret]"}',
      classes: ['ConfigError', 'TokenError'],
    })
  })

  it('is required from CommonJS', async () => {
    installed.write('cjs.cjs', cjs)
    expect(JSON.parse(await installed.run(process.execPath, 'cjs.cjs'))).toEqual({
      version: manifest.version,
      principal: 'app',
      future: true,
    })
  })

  it('exports itself and its manifest, and nothing from inside', async () => {
    installed.write('inside.mjs', `await import('kafka-token-sidecar/dist/token/cache.js')`)
    await expect(installed.run(process.execPath, 'inside.mjs')).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED')
    installed.write(
      'manifest.mjs',
      `import m from 'kafka-token-sidecar/package.json' with { type: 'json' }; console.log(m.version)`,
    )
    expect(await installed.run(process.execPath, 'manifest.mjs')).toBe(`${manifest.version}\n`)
  })
})

describe('the command, installed', () => {
  it('runs by npx', async () => {
    expect(await installed.run('npx', '--no-install', 'kafka-token-sidecar', 'version')).toBe(`${manifest.version}\n`)
  })

  it('serves tokens, and ends with 0 when it is told to', async () => {
    const command = join(installed.folder, 'node_modules/.bin/kafka-token-sidecar')
    const child = spawn(command, ['serve', '--source', 'self-issued', '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      let out = ''
      while (!out.includes('\n')) out += String(((await once(child.stdout, 'data')) as [Buffer])[0])
      const [url = ''] = (JSON.parse(out.split('\n')[0] ?? '') as { urls: string[] }).urls
      const answer = await fetch(`${url}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      expect(((await answer.json()) as { access_token: string }).access_token.split('.')).toHaveLength(3)
      child.kill('SIGTERM')
      expect((await once(child, 'exit'))[0]).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('the types, installed', () => {
  beforeAll(async () => {
    await installed.run('npm', 'install', '--no-save', '--no-audit', '--no-fund', ...compilers())
  })

  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2024', '--types', 'node']
  const resolutions = [
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ] as const

  it.each(resolutions)('are exact under %s, with the declarations checked too', async (_name, flags) => {
    installed.write('typed.ts', typed)
    await installed.run('npx', 'tsc', ...strict, ...flags, '--skipLibCheck', 'false', 'typed.ts')
  })

  it('fit a consumer of CommonJS', async () => {
    installed.write(
      'typed.cts',
      `import { createSidecar } from 'kafka-token-sidecar'\nvoid createSidecar().getToken()\n`,
    )
    await installed.run('npx', 'tsc', ...strict, '--module', 'nodenext', '--skipLibCheck', 'false', 'typed.cts')
  })

  it('fit every program in the README and in the docstrings', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const programs = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, text]) => text ?? '')
    expect(programs.length).toBeGreaterThan(1)
    programs.push(...examples())
    programs.forEach((text, index) => {
      installed.write(`program-${index}.ts`, text)
    })
    const names = programs.map((_text, index) => `program-${index}.ts`)
    await installed.run('npx', 'tsc', ...strict, '--module', 'nodenext', '--skipLibCheck', ...names)
  })
})

/** The examples in the docstrings of what is exported, with what they take for granted. */
function examples(): string[] {
  const given = `
    import { createSidecar, oauthBearerProvider } from 'kafka-token-sidecar'
    import express from 'express'
    import { Producer } from '@platformatic/kafka'
    const app = express()
    declare class KafkaJS { constructor(options: { brokers: string[]; sasl: { mechanism: 'oauthbearer'; oauthBearerProvider: () => Promise<{ value: string }> } }) }
    const [brokers, bootstrapBrokers] = [['b:9092'], ['b:9092']]
  `
  const source = ['sidecar.ts', 'oauth-bearer-provider.ts']
    .map((file) => readFileSync(join(import.meta.dirname, '../../src', file), 'utf8'))
    .join('\n')
  const found = [...source.matchAll(/ \* @example\n((?: \* .*\n)+?) \*\//g)].map(([, text = '']) =>
    text.replaceAll(/^ \* /gm, ''),
  )
  expect(found).toHaveLength(2)
  return found.map(
    (text) =>
      given + text.replace('new Producer({ bootstrapBrokers,', "new Producer({ clientId: 'app', bootstrapBrokers,"),
  )
}
