import type { CommandEntry } from './command.ts'
import { serve } from './serve.ts'
import { token } from './token.ts'

const here =
  <Loaded>(command: Loaded) =>
  (): Promise<Loaded> =>
    Promise.resolve(command)

/** Every command. Those that are started with a pod are at hand, the others are loaded when they are called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'Listen for token requests (Google credentials by default).',
    group: 'Give tokens',
    load: here(serve),
  },
  {
    name: 'exec',
    summary: 'Run a command with the endpoint beside it, and end with it.',
    group: 'Give tokens',
    load: async () => (await import('./exec/exec.ts')).exec,
  },
  {
    name: 'token',
    summary: 'Print one token, or with --decode what is in it.',
    group: 'Give tokens',
    load: here(token),
  },
  {
    name: 'assertion',
    summary: 'Print one client assertion (KIP-1258), or with --decode what is in it.',
    group: 'Give tokens',
    load: async () => (await import('./assertion.ts')).assertion,
  },
  {
    name: 'delegation-token',
    summary: 'Make, list, renew, expire, try or keep delegation tokens (KIP-48).',
    group: 'Give tokens',
    load: async () => (await import('./delegation-token/delegation-token.ts')).delegationToken,
  },
  {
    name: 'wait',
    summary: 'Wait until a sidecar can give a token.',
    group: 'Give tokens',
    load: async () => (await import('./wait.ts')).wait,
  },
  {
    name: 'shutdown',
    summary: 'End the sidecar of a job that is done.',
    group: 'Give tokens',
    load: async () => (await import('./shutdown.ts')).shutdown,
  },
  {
    name: 'config',
    summary: 'Print the settings of a Kafka client, tool or broker.',
    group: 'Set up clients and brokers',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'lint',
    summary: 'Say what will fail in the settings of a client or broker, and why.',
    group: 'Set up clients and brokers',
    load: async () => (await import('./lint.ts')).lint,
  },
  {
    name: 'doctor',
    summary: 'Walk from the credentials to the broker, and stop at the first broken step.',
    group: 'Find out what is wrong',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'explain',
    summary: 'Say what the errors in a log of a Kafka client or broker mean, and what mends them.',
    group: 'Find out what is wrong',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'verify',
    summary: 'Try a profile for real and report what happened, without secrets.',
    group: 'Find out what is wrong',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'keys',
    summary: 'Make a private key, add one to a set, or print public ones.',
    group: 'Keys and secrets',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'secret',
    summary: 'Make a client secret for a caller, or print the hash of one.',
    group: 'Keys and secrets',
    load: async () => (await import('./secret.ts')).secret,
  },
  {
    name: 'completion',
    summary: 'Print what makes a shell complete commands and flags.',
    group: 'More',
    load: async () => (await import('./completion/completion.ts')).completion,
  },
  {
    name: 'version',
    summary: 'Print the version.',
    group: 'More',
    load: async () => (await import('./version.ts')).version,
  },
]
