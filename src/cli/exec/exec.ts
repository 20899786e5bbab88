import { ConfigError, unknownProfile } from '../../config/fault.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { defaultProfile } from '../../token/profiles.ts'
import type { Command, Terminal } from '../command.ts'
import { readTextFile } from '../read-text-file.ts'
import { untilStopped } from '../until-stopped.ts'
import { execArguments, flags, type ExecArguments } from './arguments.ts'
import { besideCommand } from './beside-command.ts'
import { unrunnable } from './command-path.ts'
import { help } from './help.ts'
import { becomeChildOfInit, initNeeded } from './init.ts'

export const exec: Command = {
  flags,
  takesOptions: true,
  help,
  async run(argv, terminal) {
    const given = execArguments(argv)
    const problem = unrunnable(given.command, terminal.env['PATH'])
    if (problem) {
      terminal.err(`kafka-token-sidecar: ${problem.words}\n`)
      return problem.code
    }
    const init = initNeeded()
    if (init === 'yes') becomeChildOfInit(['exec', ...argv], process.env)
    if (init === 'impossible') {
      terminal.err('kafka-token-sidecar: there is no /bin/sh: orphans of the command stay behind as zombies\n')
    }
    return untilStopped({
      argv: given.options,
      terminal,
      logTo: 2,
      load: (warn) => configured(given, terminal, warn),
      begin: () => Promise.resolve(),
      until: (running) => besideCommand(running, given, terminal),
    })
  },
}

async function configured(
  { options: argv, profile = defaultProfile }: ExecArguments,
  { env }: Terminal,
  warn: (message: string) => void,
): Promise<Config> {
  const config = await loadConfig({ argv, env, readFile: readTextFile, warn })
  if (Object.hasOwn(config.profiles, profile)) return config
  const problem = unknownProfile(profile, Object.keys(config.profiles))
  throw new ConfigError([{ option: '--profile', given: profile, problem }])
}
