import { runAction, type Actions } from '../action-flags.ts'
import type { Command } from '../command.ts'
import { completedFlags } from './flags.ts'

/** Kafka's protocol is only loaded where it is spoken, and so are many words of help. */
const actions: Actions = {
  create: async (argv, terminal) => (await import('./create.ts')).create(argv, terminal),
  describe: async (argv, terminal) => (await import('./describe.ts')).describe(argv, terminal),
  renew: async (argv, terminal) => (await import('./renew.ts')).renew(argv, terminal),
  expire: async (argv, terminal) => (await import('./expire.ts')).expire(argv, terminal),
  check: async (argv, terminal) => (await import('./check.ts')).check(argv, terminal),
  keep: async (argv, terminal) => (await import('./keep.ts')).keep(argv, terminal),
}

export const delegationToken: Command = {
  flags: completedFlags,
  actions: Object.keys(actions),
  takesOptions: true,
  async help(argv = []) {
    const { actionHelp, overviewHelp } = await import('./help.ts')
    const action = argv.map(withoutDashes).find((word) => Object.hasOwn(actions, word))
    return action === undefined ? overviewHelp : actionHelp(action)
  },
  run: (argv, terminal) => runAction('delegation-token', actions, actionFirst(argv), terminal),
}

/** The script of Kafka has the action as a flag, anywhere. */
function actionFirst(argv: readonly string[]): readonly string[] {
  const at = argv.findIndex((word) => word.startsWith('--') && Object.hasOwn(actions, withoutDashes(word)))
  if (at < 0 || !argv[0]?.startsWith('--')) return argv
  return [withoutDashes(argv[at] ?? ''), ...argv.slice(0, at), ...argv.slice(at + 1)]
}

function withoutDashes(word: string): string {
  return word.replace(/^--/, '')
}
