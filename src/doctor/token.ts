import { brokerDoubts } from '../token/broker-doubts.ts'
import { asTokenError } from '../token/error.ts'
import { readJwtShape, requireKafkaUsable, type JwtShape } from '../token/jwt-shape.ts'
import type { AccessToken } from '../token/token.ts'
import type { Attempt } from './attempt.ts'
import { isGoogleToken } from './sending.ts'
import type { Patient } from './patient.ts'
import { broken, ok, skipped, warning, type Outcome, type Step } from './step.ts'
import { lengthOf, shown } from './words.ts'

/** Java clients renew with 60 s + 300 s of buffer, and complain about less. */
const comfortMs = 360_000

/** The token, decoded: what it says, how long it lives, and whether a Kafka client would take it. */
export const token: Step = {
  id: 'token',
  title: 'token',
  doing: 'reading the token',
  exitCode: 12,
  run(patient, { attempts = [] }) {
    const tookMs = attempts.reduce((sum, attempt) => sum + attempt.tookMs, 0)
    const failed = attempts.find(({ failure }) => failure)
    return Promise.resolve({ ...(failed ? missing(failed) : outcomeOf(attempts, patient)), tookMs })
  },
}

function missing({ by, failure }: Attempt): Outcome {
  const { found = '', code, remedies = [] } = failure ?? {}
  const who = by === 'client' ? 'the client gets no token: ' : ''
  return broken(who + found, { remedies, ...(code && { code }) })
}

function outcomeOf(attempts: readonly Attempt[], patient: Patient): Outcome {
  const given = attempts.at(-1)?.token
  if (!given) return skipped(patient.client?.access ? `none is used: ${loginOf(patient)}` : 'none can be asked for')
  const principalClaim = principalClaimOf(patient)
  try {
    requireKafkaUsable(given.value.reveal(), patient.platform.now(), principalClaim)
  } catch (thrown) {
    const { message, hint, code } = asTokenError(thrown)
    return broken(`Kafka clients refuse it: ${message}`, { code, remedies: [{ say: hint }] })
  }
  const shape = readJwtShape(given.value.reveal()) as JwtShape
  const principal = `User:${shown(shape.claims[principalClaim])}`
  const learned = { token: given, shape, principal }
  const found = described(given, shape, principal, patient)
  const doubts = doubtsOf(given, shape, patient)
  const details = [...doubts.map((doubt) => `the token ${doubt}`), ...differences(attempts)]
  return details.length > 0 ? warning(found, { learned, details }) : ok(found, { learned })
}

function loginOf({ client }: Patient): string {
  const login = client?.access?.login
  return login
    ? `the client logs in with ${login.mechanism}`
    : `security.protocol=${client?.securityProtocol ?? ''} has no login`
}

/** `sasl.oauthbearer.sub.claim.name` */
function principalClaimOf({ client, profile }: Patient): string {
  const config = client?.tokens ?? profile?.config
  return config && 'principalClaim' in config ? config.principalClaim : 'sub'
}

function described(given: AccessToken, shape: JwtShape, principal: string, { platform }: Patient): string {
  const { header, claims } = shape
  const lifeMs = lifeOf(given, shape) - platform.now()
  const what = isGoogleToken(given.value) ? 'envelope for Managed Kafka' : `JWT ${shown(header['alg'])}`
  const told = ['iss', 'aud', 'scope'].filter((name) => claims[name] !== undefined)
  return [what, principal, ...told.map((name) => `${name} ${shown(claims[name])}`), `${lengthOf(lifeMs)} left`].join(
    ', ',
  )
}

/** Clients go by the claim. */
function lifeOf(given: AccessToken, { claims }: JwtShape): number {
  return typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : given.expiresAt
}

function doubtsOf(given: AccessToken, shape: JwtShape, { platform }: Patient): readonly string[] {
  const doubts = brokerDoubts(shape, platform.now())
  const leftMs = lifeOf(given, shape) - platform.now()
  if (leftMs >= comfortMs || doubts.some((doubt) => doubt.startsWith('lives'))) return doubts
  return [
    ...doubts,
    `has ${lengthOf(leftMs)} left: below 6 min Java clients warn that it is too short to renew it in time`,
  ]
}

/** The same client ought to get the same from the profile and from the sidecar that runs. */
function differences(attempts: readonly Attempt[]): readonly string[] {
  const [first, second] = attempts.map(({ token: each }) => each && readJwtShape(each.value.reveal())?.claims)
  if (!first || !second) return []
  return ['iss', 'sub', 'aud']
    .filter((name) => shown(first[name]) !== shown(second[name]))
    .map(
      (name) =>
        `its ${name} is ${shown(second[name])}, and that of the profile ${shown(first[name])}: the client asks another sidecar or profile`,
    )
}
