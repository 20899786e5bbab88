import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerCommand } from './server.ts'

/** The built command, in a copy of its own: somebody may build again while we measure. */
export interface Product extends Disposable {
  /** Its own issuer on 127.0.0.1, or what `options` say instead: `['--source', 'gcp']`. */
  serve(options?: readonly string[], env?: Readonly<Record<string, string>>): ServerCommand
  /** Any command of it, as words. */
  command(words: readonly string[]): readonly string[]
  /** A configuration file for `--config`. */
  file(name: string, content: string): string
}

/** Copies `<dist>/bin` and warms its compile cache, as the image does. */
export function product(dist: string): Product {
  const folder = mkdtempSync(join(tmpdir(), 'kts-bench-'))
  const bin = join(folder, 'bin')
  cpSync(join(dist, 'bin'), bin, { recursive: true })
  rmSync(join(bin, 'compile-cache'), { recursive: true, force: true })
  execFileSync(process.execPath, [join(bin, 'warm-up.js')], { stdio: 'inherit' })
  const command = join(bin, 'kafka-token-sidecar.js')
  const always = ['--host', '127.0.0.1']

  return {
    serve: (options = ['--source', 'self-issued'], env = {}) => ({
      name: 'kafka-token-sidecar',
      command: (port) => [process.execPath, command, 'serve', ...always, ...options, '--port', String(port)],
      env: { KTS_LOG_LEVEL: 'warn', ...env },
    }),
    command: (words) => [process.execPath, command, ...words],
    file(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
