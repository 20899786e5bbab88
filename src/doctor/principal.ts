import { asTokenError } from '../token/error.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, ok, skipped, type Step } from './step.ts'

/** Who brokers will take us for, and whether they can use that name. */
export const principal: Step = {
  id: 'principal',
  title: 'principal',
  doing: 'finding out the principal',
  exitCode: 11,
  async run(patient, { attempts = [] }) {
    const failed = attempts.map(({ failure }) => failure).find((each) => each?.code === 'ERR_GCP_PRINCIPAL')
    if (failed) {
      const { found, remedies } = failed
      return broken(found, { code: 'ERR_GCP_PRINCIPAL', remedies: [...remedies, enough] })
    }
    if (attempts.length > 0) return ofToken(attempts)
    return ofLogin(patient)
  },
}

const enough = { say: 'Then start the pods of that service account anew: the metadata server tells it to new ones.' }

function ofToken(attempts: NonNullable<Learned['attempts']>): ReturnType<typeof ok> {
  const subject = attempts.at(-1)?.token?.subject
  if (attempts.some(({ failure }) => failure))
    return skipped('it stands in the token, which there is none of', { isImplied: true })
  // What an endpoint gave has not been read yet.
  if (subject === undefined) return skipped('it stands in the token, see there')
  return ok(`User:${subject}`, { learned: { principal: `User:${subject}` }, tookMs: 0 })
}

/** Of a client that logs in without tokens. */
async function ofLogin({ client, signal }: Patient): Promise<ReturnType<typeof ok>> {
  if (!client?.access) return skipped('it follows from the configuration of the client, see there')
  const { login } = client.access
  if (login && login.mechanism !== 'OAUTHBEARER' && login.tokenAuth) {
    return ok('the owner of the delegation token, whom brokers alone know')
  }
  const name = await client.principal(signal).catch((thrown: unknown) => {
    throw asTokenError(thrown)
  })
  if (name === undefined) return skipped('brokers alone know it')
  return ok(name, { learned: { principal: name } })
}
