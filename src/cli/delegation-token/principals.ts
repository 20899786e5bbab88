import type { FlagName, Given } from './flags.ts'

const problem =
  'must be User:name; brokers take an owner of another type as well, and let in who has a token of Group:g1 as User:g1'

/** Principals of a flag, as in `User:spark`, each once. */
export function principalsIn(given: Given, flag: FlagName): readonly string[] {
  const principals = [...new Set(given.list(flag))]
  for (const principal of principals) if (!/^User:./.test(principal)) given.fault(flag, problem, principal)
  return principals
}

/** The one principal of a flag. */
export function principalIn(given: Given, flag: FlagName): string | undefined {
  const principals = principalsIn(given, flag)
  if (principals.length > 1) given.fault(flag, 'takes one principal here', principals.join(', '))
  return principals[0]
}
