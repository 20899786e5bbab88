'use strict'

// Fills the compile cache beside the command, which a process writes when it ends. Later starts, also on a read-only
// disk, take a third of the time. Runs at the end of a build, and once more where the command is moved to.
const { spawn } = require('node:child_process')
const { join } = require('node:path')

const command = join(__dirname, 'kafka-token-sidecar.js')
const runs = [
  ['serve', '--source', 'self-issued', '--port', '0', '--host', '127.0.0.1'],
  // Its log goes to standard error, and it ends with its command.
  ['exec', '--source', 'self-issued', '--port', '0', '--log-level', 'error', '--', process.execPath, '--version'],
  // Loads the Google library and the HTTP client; nothing listens there, so there are no credentials to be found.
  ['serve', '--source', 'gcp', '--port', '0', '--host', '127.0.0.1'],
]
const environment = { PATH: process.env.PATH, GCE_METADATA_HOST: '127.0.0.1:65534' }

// The same code then gives the same bytes, so that an image can be built again; V8 takes them also under another seed.
const seed = '--random-seed=1'

run(0)

// One after the other: of two that end at once, the later would replace what the former wrote.
function run(index) {
  const args = runs[index]
  if (args === undefined) return
  const child = spawn(process.execPath, [seed, command, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let lines = 0
  child.stdout.on('data', (chunk) => {
    // The first line says that it listens, the second what became of the first token.
    const before = lines
    lines += chunk.toString().split('\n').length - 1
    if (before < 2 && lines >= 2) child.kill('SIGTERM')
  })
  const limit = setTimeout(() => child.kill('SIGTERM'), 15_000)
  child.on('exit', (code) => {
    clearTimeout(limit)
    if (code !== 0) process.exitCode = 1
    run(index + 1)
  })
}
