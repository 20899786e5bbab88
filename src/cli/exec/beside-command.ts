import { TokenError } from '../../token/error.ts'
import { defaultProfile } from '../../token/profiles.ts'
import type { Terminal } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { progress } from '../progress.ts'
import type { Begun, Ended } from '../until-stopped.ts'
import type { ExecArguments } from './arguments.ts'
import { runCommand } from './child.ts'
import { unrunnableBy } from './command-path.ts'
import { survivedDefects } from './defects.ts'
import { openEndpoint, type Endpoint } from './endpoint.ts'
import { commandEnvironment, type CommandEnvironment } from './environment.ts'
import { askEndpoint, firstToken, mayAsk } from './first-token.ts'
import { isAnswering } from './holder.ts'
import { forbidsOnCommandLine } from './java-options.ts'
import { codeOfSignal, signalRelay, type Relay } from './relay.ts'

/** What one run has besides the sidecar. */
interface Run extends Begun {
  readonly given: ExecArguments
  readonly terminal: Terminal
  readonly relay: Relay
  readonly warn: (message: string) => void
}

/** Runs the command beside the endpoint, to its end. Whatever it rejects with, the sidecar is stopped. */
export async function besideCommand(begun: Begun, given: ExecArguments, terminal: Terminal): Promise<Ended> {
  const { sidecar, platform, emit, quit } = begun
  const warn = (message: string): void => {
    emit({ type: 'warning', message })
  }
  const relay = signalRelay({ platform, killAfterMs: given.killAfterMs, tell: warn })
  const run = { ...begun, given, terminal, relay, warn }
  try {
    const early = relay.early.then((signal) => ({ reason: signal, code: codeOfSignal(signal) }))
    const prepared = await Promise.race([early, prepare(run)])
    if ('reason' in prepared) return prepared
    // Whoever ends the sidecar of a job ends the job, as with SIGTERM.
    void quit.then(() => {
      relay.send('SIGTERM')
    })
    return await commandRun(run, prepared)
  } catch (error) {
    await sidecar.stop()
    throw error
  } finally {
    relay.close()
  }
}

interface Prepared {
  readonly endpoint: Endpoint
  readonly command: CommandEnvironment
}

/** The endpoint with its first token, and what the command is told of it. */
async function prepare({ sidecar, config, platform, given, terminal, warn }: Run): Promise<Prepared> {
  const { profile = defaultProfile, waitMs, startsWithoutToken, setsJavaOptions, args } = given
  const shown = progress(terminal, platform)
  const endpoint = await openEndpoint({ sidecar, config, platform, warn })
  const command = commandEnvironment({ env: terminal.env, config, url: endpoint.url, profile, setsJavaOptions })
  command.warnings.forEach(warn)
  if (setsJavaOptions && forbidsOnCommandLine(args, command.endpoint)) {
    warn(`the command line of the command allows other URLs only: add ${command.endpoint} to its allowed.urls`)
  }
  const ask = async (): Promise<void> => {
    if (endpoint.isOwn()) await sidecar.getToken(profile)
    else if (mayAsk(config)) await askEndpoint(platform, command.endpoint)
  }
  try {
    shown.at('waiting for the first token')
    if (waitMs > 0) await firstToken({ platform, waitMs, ask })
  } catch (error) {
    if (!startsWithoutToken || !(error instanceof TokenError)) {
      endpoint.close()
      throw error
    }
    warn(`the command starts without a token: ${error.description}`)
  } finally {
    shown.end()
  }
  return { endpoint, command }
}

async function commandRun({ platform, given, terminal, relay, warn }: Run, prepared: Prepared): Promise<Ended> {
  const { endpoint } = prepared
  const defects = survivedDefects({
    warn,
    isAnswering: async () => !endpoint.isOwn() || isAnswering(platform, endpoint.url),
    onDead() {
      warn('the endpoint answers no more: the command is ended')
      relay.send('SIGTERM')
    },
  })
  try {
    const code = await runCommand({ ...given, env: prepared.command.env }, relay)
    return { reason: 'the command ended', code: defects.isDead() ? exitCode.defect : code }
  } catch (error) {
    const { words, code } = unrunnableBy(error, given.command)
    terminal.err(`kafka-token-sidecar: ${words}\n`)
    return { reason: 'the command cannot be run', code }
  } finally {
    defects.close()
    endpoint.close()
  }
}
