import type { TokenError } from '../token/error.ts'

/** Nobody is there, or nobody answers any more: what was asked is not known to be refused. */
export function isAbsence({ code }: TokenError): boolean {
  return ['ERR_KAFKA_UNREACHABLE', 'ERR_KAFKA_TIMEOUT'].includes(code)
}
