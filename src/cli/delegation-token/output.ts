import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { didYouMean } from '../../config/did-you-mean.ts'
import { scramMechanisms, type ScramMechanism } from '../../kafka/access.ts'
import { errorCode } from '../../platform/error-code.ts'
import { TokenError } from '../../token/error.ts'
import type { Given } from './flags.ts'

/** How a result is written. */
export type Output = 'table' | 'json' | 'properties' | 'env'

/** What `--output` says; `otherwise` where it is not given. */
export function outputIn<Form extends Output>(given: Given, forms: readonly Form[], otherwise: Form): Form {
  return oneOf(given, '--output', forms) ?? otherwise
}

export function mechanismIn(given: Given): ScramMechanism | undefined {
  return oneOf(given, '--mechanism', scramMechanisms)
}

function oneOf<Name extends string>(
  given: Given,
  flag: '--output' | '--mechanism',
  names: readonly Name[],
): Name | undefined {
  const text = given.text(flag)
  const known = names.find((name) => name === text)
  if (text === undefined || known !== undefined) return known
  const meant = didYouMean(text, names)
  given.fault(flag, `must be one of ${names.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`, text)
  return undefined
}

/** Rejects with ERR_OUTLET_FILE where the file could not be made: a token that nobody can write down had better not exist. */
export async function requireWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK)
  } catch (cause) {
    throw new TokenError('ERR_OUTLET_FILE', `cannot write ${file} (${errorCode(cause)})`, { cause })
  }
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
