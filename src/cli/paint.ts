import type { Terminal } from './command.ts'

/** Colours, where a person watches standard output and has not switched them off (https://no-color.org). */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

export function paint({ isWatched, env }: Pick<Terminal, 'isWatched' | 'env'>): Paint {
  const isPlain = !isWatched || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb'
  const wrap =
    (code: number, end: number) =>
    (text: string): string =>
      isPlain ? text : `\u001b[${code}m${text}\u001b[${end}m`
  return { good: wrap(32, 39), bad: wrap(31, 39), warn: wrap(33, 39), dim: wrap(2, 22), bold: wrap(1, 22) }
}
