import { spawn } from 'node:child_process'
import type {
  ExecutableResponse,
  ExecutableResponseJson,
} from 'google-auth-library/build/src/auth/executable-response.js'
import type { Platform } from '../../platform/platform.ts'
import { ExecutableFailure } from './executable-failure.ts'

/** The part of the library's handler that is replaced; private there. */
export interface ExecutableHandler {
  readonly commandComponents: readonly string[]
  readonly timeoutMillis: number
  retrieveResponseFromExecutable(env: ReadonlyMap<string, string>): Promise<ExecutableResponse>
}

const largestOutput = 1024 * 1024

/**
 * Replaces the one method of the library that runs the command: in google-auth-library 11.3.4 a command that is missing
 * raises an `error` event without listener, and one that is killed `null.toString()` in a listener; either ends the
 * process. It also reads stderr as part of the answer.
 */
export async function runSafely(
  handler: ExecutableHandler,
  platform: Pick<Platform, 'setTimer' | 'env'>,
  closing: AbortSignal,
): Promise<void> {
  const { default: library } = await import('google-auth-library/build/src/auth/executable-response.js')
  handler.retrieveResponseFromExecutable = async (env) => {
    const output = await run(handler, { ...platform.env, ...Object.fromEntries(env) }, platform, closing)
    let json: unknown
    try {
      json = JSON.parse(output)
    } catch {
      throw new ExecutableFailure('the executable of the credentials did not print JSON')
    }
    const response = valid(() => new library.ExecutableResponse(json as ExecutableResponseJson))
    if (!response.success) throw new ExecutableFailure('the executable of the credentials reports a failure of its own')
    if (response.isExpired())
      throw new ExecutableFailure('the executable of the credentials gave an expired subject token')
    return response
  }
}

function valid(make: () => ExecutableResponse): ExecutableResponse {
  try {
    return make()
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.constructor.name : ''
    throw new ExecutableFailure(`the executable of the credentials printed an invalid response (${name})`)
  }
}

function run(
  { commandComponents, timeoutMillis }: ExecutableHandler,
  env: Record<string, string | undefined>,
  platform: Pick<Platform, 'setTimer'>,
  closing: AbortSignal,
): Promise<string> {
  const [command = '', ...args] = commandComponents
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, signal: closing, stdio: ['ignore', 'pipe', 'ignore'] })
    const fail = (why: string): void => {
      limit.cancel()
      child.kill('SIGKILL')
      reject(new ExecutableFailure(`the executable of the credentials ${why}`))
    }
    const limit = platform.setTimer(() => {
      fail(`did not finish within ${timeoutMillis / 1000} s`)
    }, timeoutMillis)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > largestOutput) fail('printed more than 1 MB')
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      fail(`cannot be run (${error.code ?? error.name})`)
    })
    child.on('close', (code, killedBy) => {
      limit.cancel()
      if (code === 0) resolve(output)
      else fail(code === null ? `was ended by ${killedBy ?? 'a signal'}` : `failed with exit code ${code}`)
    })
  })
}
