import { asTokenError, type ErrorCode } from '../token/error.ts'
import { patiently } from '../token/hold.ts'
import type { AccessToken } from '../token/token.ts'
import type { ExaminedClient } from './client.ts'
import type { Patient } from './patient.ts'
import type { Remedy } from './step.ts'
import { askEndpoint, nearEndpointOf } from './token-endpoint.ts'

/** How a token was asked for, and what came of it. */
export interface Attempt {
  /** Whose way it is. */
  readonly by: 'profile' | 'client'
  /** Where the client asked. */
  readonly endpoint?: string | undefined
  readonly token?: AccessToken
  readonly failure?: Failure
  readonly tookMs: number
}

/** Why there is no token. */
export interface Failure {
  readonly found: string
  readonly code?: ErrorCode | undefined
  readonly remedies: readonly Remedy[]
}

/** Asks for the token of the profile, and as the client does; what fails is told, not thrown. */
export async function attempts(patient: Patient): Promise<readonly Attempt[]> {
  const { profile, client } = patient
  const made: Attempt[] = []
  if (profile) made.push(await timed(patient, 'profile', undefined, () => profile.getToken()))
  if (client && made.every(({ failure }) => failure === undefined)) made.push(...(await ofClient(patient, client)))
  return made
}

async function ofClient(patient: Patient, { access, tokens }: ExaminedClient): Promise<readonly Attempt[]> {
  const login = access?.login
  if (login?.mechanism !== 'OAUTHBEARER') return []
  const near = tokens && nearEndpointOf(tokens)
  if (!near) {
    const endpoint = tokens && 'tokenEndpoint' in tokens ? tokens.tokenEndpoint : undefined
    return [
      await timed(patient, 'client', endpoint, () =>
        patiently(patient.platform, patienceMs, (until) => login.getToken(until), { signal: patient.signal }),
      ),
    ]
  }
  const startedAt = patient.platform.monotonicNow()
  const answer = await askEndpoint(near, patient)
  const tookMs = patient.platform.monotonicNow() - startedAt
  return [{ by: 'client', endpoint: near.url, tookMs, ...answer }]
}

/** What may pass by itself is tried again for so long. */
const patienceMs = 8_000

async function timed(
  { platform }: Patient,
  by: Attempt['by'],
  endpoint: string | undefined,
  ask: () => Promise<AccessToken>,
): Promise<Attempt> {
  const startedAt = platform.monotonicNow()
  const outcome = await ask().then(
    (token) => ({ token }),
    (thrown: unknown) => {
      const { message, hint, code } = asTokenError(thrown)
      return { failure: { found: message, code, remedies: [remedyOf(hint)] } }
    },
  )
  return { by, endpoint, tookMs: platform.monotonicNow() - startedAt, ...outcome }
}

/** A command within a hint is given as it is pasted, too. */
export function remedyOf(hint: string): Remedy {
  const command = /\b(kubectl annotate .+|gcloud auth .+?|npm install \S+?)(?:[.)]*$|\s\(|, )/.exec(hint)?.[1]
  return { say: hint, ...(command !== undefined && { paste: command }) }
}
