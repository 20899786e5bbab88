import { main } from '../../src/cli/main.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  /** What comes on standard input. */
  readonly input?: string
}

/** One command in this process, as the shell would start it. */
export async function run(
  line: string | readonly string[],
  { env = {}, execArgv = [], input = '' }: RunOptions = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const code = await main(argv, {
    env,
    execArgv,
    isWatched: false,
    isErrorWatched: false,
    isFed: input !== '',
    readInput: () => Promise.resolve(input),
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
  return { code, out, err }
}
