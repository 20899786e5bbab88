import type { Terminal } from '../command.ts'

/** What people should know beside the result. */
export function note(terminal: Terminal, text: string): void {
  terminal.err(`kafka-token-sidecar: ${text}\n`)
}
