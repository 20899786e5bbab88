import { tokenCauses, type TokenCause } from '../explain/token-causes.ts'
import { troubleById } from '../explain/troubles.ts'
import type { JwtShape } from '../token/jwt-shape.ts'
import { isForThisRunAlone, keepKey } from './credentials.ts'
import { publishedKeyIds } from './issuer-keys.ts'
import { isManagedKafka } from './sending.ts'
import type { Patient } from './patient.ts'
import { broken, type Outcome, type Remedy } from './step.ts'
import { hostAndPort } from './words.ts'

export interface RefusedToken {
  /** `host:port` */
  readonly address: string
  readonly message: string
  readonly shape: JwtShape
}

/** More would be read by nobody. */
const mostCauses = 6

/** Brokers say `invalid_token` and nothing else: the likely reasons, by what the token itself shows. */
export async function refusedToken({ address, message, shape }: RefusedToken, patient: Patient): Promise<Outcome> {
  const { note, ids } = await publishedKeyIds(shape, patient)
  const host = hostAndPort(address)?.host ?? ''
  const broker = {
    ...(ids && { keyIds: ids }),
    ...(isManagedKafka(host) && { isGoogle: true }),
    ...patient.broker?.expects,
  }
  // Without a validator nothing of the token matters.
  const bare = unsecured(patient)
  const all = isForThisRunAlone(patient)
    ? [ownKey]
    : bare.length > 0
      ? bare
      : tokenCauses(shape, broker, patient.platform.now())
  const known = all.filter(({ likelihood }) => likelihood !== 'possible')
  const causes = (known.some(({ likelihood }) => likelihood === 'certain') ? known : all).slice(0, mostCauses)
  return broken(message, {
    code: 'ERR_KAFKA_LOGIN',
    details: [...(note === undefined ? [] : [note]), ...causes.map(wordsOf)],
    remedies: causes.flatMap(remediesOf),
    troubles: causes.map(({ id }) => id),
    toldByBroker: 'token',
  })
}

const ownKey: TokenCause = {
  id: 'broker-kid',
  likelihood: 'certain',
  because: 'the key of this profile was made just now, so no broker can know it',
  fixes: [keepKey],
  brokerSays: 'Unable to find a suitable verification key for JWS w/ header',
}

/** What no token shows, and the settings of the broker do. */
function unsecured({ broker }: Patient): readonly TokenCause[] {
  if (broker?.isUnsecured !== true) return []
  const fixes = (troubleById('broker-unsecured')?.fixes ?? []).flatMap(({ say, paste }) =>
    typeof say === 'string' ? [{ say, ...(typeof paste === 'string' && { paste }) }] : [],
  )
  return [
    {
      id: 'broker-unsecured',
      likelihood: 'certain',
      because: 'the listener has no sasl.server.callback.handler.class, so it takes no signed token at all',
      fixes,
      brokerSays: 'no reason: only that the authentication failed',
    },
  ]
}

function wordsOf({ likelihood, because, brokerSays }: TokenCause): string {
  return `${likelihood}: ${because}; the broker logs: ${brokerSays}`
}

function remediesOf({ fixes }: TokenCause): readonly Remedy[] {
  return fixes.map(({ say, paste }) => ({ say, ...(paste !== undefined && { paste }) }))
}
