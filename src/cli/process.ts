import { text } from 'node:stream/consumers'
import { nodePlatform } from '../platform/platform.ts'
import { main } from './main.ts'

// Installing a listener takes the signal away from Node's debugger, which would let its sender read every token.
process.on('SIGUSR1', () => undefined)

// Whoever read our output is gone; that is no reason to stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

void main(process.argv.slice(2), {
  env: process.env,
  execArgv: process.execArgv,
  isWatched: process.stdout.isTTY,
  isErrorWatched: process.stderr.isTTY,
  isFed: !process.stdin.isTTY,
  readInput: () => text(process.stdin),
  inputPieces: () => process.stdin.setEncoding('utf8'),
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
}).then((code) => {
  process.exitCode = code
  // The end comes by itself, unless the log cannot be written because its reader stalls.
  nodePlatform().setTimer(() => process.exit(), 2_000)
})
