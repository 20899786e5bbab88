import { Secret } from '../platform/secret.ts'
import type { PropertyReader } from './client-property-reader.ts'

export function assertionProperty(name: string): string {
  return `sasl.oauthbearer.assertion.${name}`
}

/** The assertion: from a file, or signed with Kafka's defaults and no claim that is not configured. */
export function assertionOf(reader: PropertyReader): void {
  const { has, isGiven, fault, set, value } = reader
  const file = assertionProperty('file')
  // Kafka checks these also where it does not use them.
  const signed = signedClaims(reader)
  if (has(file)) {
    const others = ['claim.iss', 'private.key.file'].map(assertionProperty).filter(has)
    if (others[0] !== undefined) {
      const silently = 'and Kafka would take the file in silence'
      fault(file, `stands beside ${others.join(' and ')}, ${silently}: keep the file or the key`)
    } else set('assertion.file', value(file), file, value(file))
    return
  }
  for (const [path, at, option, given] of signed) set(`assertion.${path}`, at, option, given)
  const keyFile = assertionProperty('private.key.file')
  const isElsewhere = ['assertion.privateKeyFile', 'assertion.file', 'assertion.profile', 'assertion.signer'].some(
    isGiven,
  )
  if (!has(keyFile) && !isElsewhere) fault(keyFile, 'is missing: the assertion cannot be signed')
}

type Setting = readonly [path: string, value: unknown, option: string, given: string | undefined]

/** What is at fault is not set: it is told once. */
function signedClaims(reader: PropertyReader): Setting[] {
  const { value, isGiven } = reader
  // What a provider wants is then said by --provider, where the file does not say otherwise.
  const hasPreset = isGiven('provider')
  const text = (name: string, path: string, absent?: false): Setting[] => {
    const option = assertionProperty(name)
    const given = value(option)
    return given === undefined && absent === undefined ? [] : [[path, given ?? false, option, given]]
  }
  const secret = assertionProperty('private.key.passphrase')
  const passphrase = value(secret)
  return [
    ...algorithm(reader),
    ...text('private.key.file', 'privateKeyFile'),
    ...(passphrase === undefined
      ? []
      : ([['privateKeyPassphrase', new Secret(passphrase), secret, undefined]] satisfies Setting[])),
    ...text('template.file', 'templateFile'),
    ...text('claim.aud', 'claim.aud', false),
    ...text('claim.iss', 'claim.iss', false),
    ...text('claim.sub', 'claim.sub', false),
    ...seconds(reader, 'claim.exp.seconds', 'claim.expSeconds', {
      absent: hasPreset ? undefined : 300,
      // Kafka takes 0 too, which is over before it arrives.
      lowest: 1,
      highest: 86_400,
    }),
    ...seconds(reader, 'claim.nbf.seconds', 'claim.nbfSeconds', { absent: 60, lowest: 0, highest: 3_600 }),
    ...trueOrFalse(reader, 'claim.jti.include', 'claim.jtiInclude', hasPreset ? undefined : 'false'),
  ]
}

/** Kafka takes it in any case, and writes it into the header as it was given. */
function algorithm({ value, fault }: PropertyReader): Setting[] {
  const option = assertionProperty('algorithm')
  const given = value(option)
  const right = (given ?? 'RS256').toUpperCase()
  if (!['RS256', 'ES256'].includes(right)) {
    fault(option, 'must be RS256 or ES256 in the properties of a Java client', given)
    return []
  }
  if (given === undefined || given === right) return [['algorithm', right, option, given]]
  fault(option, `must be ${right}: Kafka would write ${given} into the header, which providers refuse`, given)
  return []
}

function seconds(
  { value, fault }: PropertyReader,
  name: string,
  path: string,
  {
    absent,
    lowest,
    highest,
  }: { readonly absent: number | undefined; readonly lowest: number; readonly highest: number },
): Setting[] {
  const option = assertionProperty(name)
  const given = value(option)
  if (given === undefined && absent === undefined) return []
  const count = given === undefined ? Number(absent) : Number(/^[+-]?\d+$/.exec(given)?.[0] ?? Number.NaN)
  if (count >= lowest && count <= highest) return [[path, count, option, given]]
  fault(option, `must be a whole number of seconds from ${lowest} to ${highest}`, given)
  return []
}

function trueOrFalse(
  { value, fault }: PropertyReader,
  name: string,
  path: string,
  absent: string | undefined,
): Setting[] {
  const option = assertionProperty(name)
  const given = value(option)
  const text = given?.toLowerCase() ?? absent
  if (text === undefined) return []
  if (text === 'true' || text === 'false') return [[path, text === 'true', option, given]]
  fault(option, 'must be true or false', given)
  return []
}
