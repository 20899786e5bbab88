import { loadConfig } from '../config/load.ts'
import { log } from '../ops/log.ts'
import { nodePlatform } from '../platform/platform.ts'
import { composeSidecar } from '../sidecar.ts'
import { readJwtShape } from '../token/jwt-shape.ts'
import type { AccessToken } from '../token/token.ts'
import type { Command } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { exitCode } from './exit-code.ts'
import { optionHelp } from './option-help.ts'
import { readTextFile } from './read-text-file.ts'

export const token: Command = {
  name: 'token',
  summary: 'Print one token, or with --decode what is in it.',
  help: () => `Usage: kafka-token-sidecar token [--decode] [options]

Obtains one token of the default profile and prints it.

  --decode
      Print header, claims and remaining life as JSON instead; never the third part.

${optionHelp()}`,
  async run(argv, terminal) {
    const wanted = argv.filter((argument) => argument !== '--decode')
    const config = await loadConfig({ argv: wanted, env: terminal.env, readFile: readTextFile })
    requireNoDebugging(terminal)
    const platform = nodePlatform(terminal.env)
    const emit = log({ level: config.log.level === 'info' ? 'silent' : config.log.level, fd: 2, platform })
    const sidecar = composeSidecar(config, { onEvent: emit, platform })
    try {
      const obtained = await sidecar.getToken()
      terminal.out(
        wanted.length < argv.length ? `${decoded(obtained, platform.now())}\n` : `${obtained.value.reveal()}\n`,
      )
      return exitCode.ok
    } finally {
      await sidecar.stop()
    }
  },
}

function decoded({ value, expiresAt, subject }: AccessToken, nowMs: number): string {
  const shape = readJwtShape(value.reveal())
  const expiresIn = Math.floor((expiresAt - nowMs) / 1000)
  const life = { expiresIn, expiresAt: new Date(expiresAt).toISOString() }
  return JSON.stringify(shape ? { ...shape, principal: subject, ...life } : { opaque: true, ...life }, undefined, 2)
}
