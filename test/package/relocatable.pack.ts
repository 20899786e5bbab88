import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const isRoot = process.getuid?.() === 0
const run = promisify(execFile)

/** Where it is put, which is not where it was made. */
const elsewhere = mkdtempSync(join(tmpdir(), 'kts-relocatable-'))
const moved = join(elsewhere, 'a folder')
const link = join(elsewhere, 'link')

beforeAll(async () => {
  // Below the checkout, so that the build finds its tools there; apart from it, so that nobody's dist/ changes.
  mkdirSync(join(root, '.cache'), { recursive: true })
  const copy = mkdtempSync(join(root, '.cache', 'relocatable-'))
  for (const path of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'LICENSE', 'scripts', 'src']) {
    cpSync(join(root, path), join(copy, path), { recursive: true })
  }
  await run(process.execPath, [join(copy, 'scripts/relocatable.ts')], { cwd: copy })
  const [made = ''] = globSync('dist-relocatable/*', { cwd: copy })
  cpSync(join(copy, made), moved, { recursive: true })
  rmSync(copy, { recursive: true })
  symlinkSync('a folder/bin/kafka-token-sidecar', join(elsewhere, 'first'))
  symlinkSync(join(elsewhere, 'first'), link)
  // Anybody may come here, and nobody may write.
  chmodSync(elsewhere, 0o755)
  execFileSync('chmod', ['-R', 'a-w', moved])
})

afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', moved])
  rmSync(elsewhere, { recursive: true })
})

const quiet = ['--source', 'self-issued', '--port', '0', '--admin-port', 'false', '--log-level', 'warn']
const exec = (...command: readonly string[]): string[] => ['exec', ...quiet, '--', ...command]

describe('the relocatable folder', () => {
  it('runs anywhere, read-only and by symbolic links, with nothing in the environment', async () => {
    const environments = [{ cwd: '/' }, { cwd: moved }, ...(isRoot ? [{ cwd: '/', uid: 65_534, gid: 65_534 }] : [])]
    const ran = await Promise.all(
      environments.map((options) => run(link, exec('sh', '-c', 'env; exit 0'), { env: {}, ...options })),
    )
    for (const { stdout, stderr } of ran) {
      expect(stderr).toBe('')
      expect(stdout).toMatch(/^SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL=http:\/\/localhost:\d+\/token$/m)
      // What it needs itself is not the command's business.
      expect(stdout).not.toMatch(/NODE|LD_|PATH=.*relocatable/)
    }
  })

  it('is found by PATH', async () => {
    const { stdout } = await run('sh', ['-c', 'kafka-token-sidecar version'], {
      env: { PATH: `${join(moved, 'bin')}:${process.env['PATH'] ?? ''}` },
    })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('passes on arguments as they are, and the exit code', async () => {
    const words = ['--id=1', '', 'two words', '--', '$HOME', '*']
    const args = exec('sh', '-c', 'for word; do echo "[$word]"; done; exit 7', 'sh', ...words)
    await expect(run(link, args, { env: {} })).rejects.toMatchObject({
      code: 7,
      stdout: words.map((word) => `[${word}]\n`).join(''),
    })
  })

  it('holds the licences of all that is in it, and nothing of the machine that made it', () => {
    const notice = readFileSync(join(moved, 'NOTICE'), 'utf8')
    for (const name of ['Node.js v', 'express ', 'google-auth-library ', 'jose ', 'undici ', 'zod ']) {
      expect(notice).toContain(`\n${name}`)
    }
    expect(existsSync(join(moved, 'LICENSE'))).toBe(true)
    expect(globSync('licenses/*', { cwd: moved }).length).toBeGreaterThan(50)
    for (const file of globSync('{bin,lib/app}/**/*.{js,json}', { cwd: moved })) {
      expect(readFileSync(join(moved, file), 'utf8').includes(root), file).toBe(false)
    }
  })

  it('is as large as its Node, and little more', () => {
    const bytes = (pattern: string) =>
      globSync(pattern, { cwd: moved })
        .map((file) => statSync(join(moved, file)))
        .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
    expect(bytes('**') - bytes('lib/node')).toBeLessThan(15e6)
  })

  // Only root may have another root folder.
  if (isRoot) {
    it('runs where there is nothing but a C library, that of C++, and a shell', async () => {
      const image = mkdtempSync(join(tmpdir(), 'kts-image-'))
      const needed = [join(moved, 'lib/node'), '/bin/sh', '/usr/bin/env']
      const libraries = needed.flatMap((program) => {
        const said = execFileSync('ldd', [program], { encoding: 'utf8' })
        return [...said.matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library ?? '')
      })
      for (const file of new Set(['/bin/sh', '/usr/bin/env', ...libraries])) {
        mkdirSync(join(image, dirname(file)), { recursive: true })
        copyFileSync(file, join(image, file))
      }
      cpSync(moved, join(image, 'opt/kafka-token-sidecar'), { recursive: true })
      const program = '/opt/kafka-token-sidecar/bin/kafka-token-sidecar'
      try {
        const { stdout } = await run('chroot', [image, program, ...exec('/bin/sh', '-c', 'echo "$0 ran"', 'boot')])
        expect(stdout).toBe('boot ran\n')
      } finally {
        rmSync(image, { recursive: true })
      }
    })
  }
})
