import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, type ServerCommand } from '../server.ts'

/** What the product answers, so that the floors answer with the same bytes. */
export interface Answer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Asks the product once. */
export async function answerOf(product: ServerCommand): Promise<Answer> {
  await using server = await startServer(product)
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const response = await fetch(`http://127.0.0.1:${server.port}/token`, {
    method: 'POST',
    body: body.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', connection: 'close' },
  })
  const names = ['Content-Type', 'Cache-Control', 'Pragma', 'Content-Length']
  const headers = Object.fromEntries(names.map((name) => [name, response.headers.get(name) ?? '']))
  return { headers, body: await response.text() }
}

export function floor(name: 'bare' | 'express' | 'fastify', answer: Answer): ServerCommand {
  return {
    name: { bare: 'bare node:http', express: 'Express, its defaults', fastify: 'Fastify' }[name],
    command: () => [process.execPath, join(import.meta.dirname, `${name}.cjs`)],
    env: {
      NODE_ENV: 'production',
      BENCH_ANSWER: JSON.stringify(answer),
      ...(name === 'fastify' && { BENCH_PACKAGES: packages() }),
    },
  }
}

const versions = { fastify: '5.12.8', '@fastify/formbody': '9.0.1' }

/** What only the bench needs is not among the project's dependencies: it is installed when it is first measured. */
function packages(): string {
  const folder = join(import.meta.dirname, '../../.cache/bench')
  const manifest = join(folder, 'package.json')
  if (!existsSync(join(folder, 'node_modules/@fastify/formbody'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(manifest, JSON.stringify({ private: true, dependencies: versions }))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
  }
  return manifest
}
