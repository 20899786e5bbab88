import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { errorCode } from '../../platform/error-code.ts'

/** Why a command cannot be run, as shells tell it apart: 127 there is none, 126 it cannot be executed. */
export interface Unrunnable {
  readonly code: 126 | 127
  readonly words: string
}

/** Of the C library, where there is no PATH. */
const standardPath = '/bin:/usr/bin'

/** Looks for a command as shells do, by path or in PATH, before anything else is begun; undefined where it can be run. */
export function unrunnable(command: string, path = standardPath): Unrunnable | undefined {
  const candidates = command.includes('/')
    ? [command]
    : path.split(delimiter).map((folder) => join(folder || '.', command))
  const problems = candidates.map(problemOf)
  if (problems.includes(undefined)) return undefined
  const refused = problems.find((problem) => problem !== 'ENOENT' && problem !== 'ENOTDIR')
  if (refused) return { code: 126, words: `${command} cannot be executed (${refused})` }
  const where = command.includes('/') ? 'there is no such file' : 'there is no such command in PATH'
  return { code: 127, words: `${command}: ${where}` }
}

function problemOf(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isDirectory() ? 'it is a folder' : undefined
  } catch (error) {
    return errorCode(error)
  }
}

/** The same for what only the attempt shows, such as an interpreter that is missing, or a program for another machine. */
export function unrunnableBy(error: unknown, command: string): Unrunnable {
  const code = errorCode(error)
  if (code === 'ENOENT') return { code: 127, words: `${command}: it, or the interpreter in its first line, is missing` }
  return { code: 126, words: `${command} cannot be executed (${code})` }
}
