import type { KeptToken } from '../kafka/token-settings.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { KubernetesAnswer, KubernetesApi } from '../platform/kubernetes-api.ts'
import { pause } from '../platform/pause.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import type { Destination, Put } from './outlet.ts'
import {
  isFilled,
  isOfAnotherKeeper,
  isOtherToken,
  missingIn,
  secretContent,
  type FoundSecret,
  type SecretContent,
} from './secret-content.ts'
import { remakeCommands, secretFailure, secretRefusal, type SecretPlace } from './secret-refusal.ts'

export interface SecretDestinationOptions {
  readonly platform: Pick<Platform, 'setTimer' | 'random'>
  /** `<namespace>/<name>` */
  readonly secret: string
  /** Throws where there is none to ask. */
  readonly api: () => KubernetesApi
}

/** As `kubectl get secret --show-managed-fields` names us. */
const manager = 'kafka-token-sidecar'
/** RFC 7386. */
const mergePatch = 'application/merge-patch+json'
const deadlineMs = 15_000
/** Each time another one wrote between our look and our patch. */
const mostTries = 6
const firstPauseMs = 50

/**
 * A Secret that somebody made for us, empty or not: our entries are put into it, what others have there stays. It needs get
 * and patch on this one Secret, and never creates, replaces or deletes. A patch names the version that was looked at, so that
 * of two who write at the same time one looks again (409).
 */
export function secretDestination(options: SecretDestinationOptions): Destination<KeptToken> {
  const { platform, secret, api } = options
  const [namespace = '', name = ''] = secret.split('/')
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
  const target = `secret ${secret}`

  async function put(kept: KeptToken, isLook: boolean, signal: AbortSignal): Promise<Put> {
    const place = { namespace, name, host: api().host }
    const wanted = secretContent(kept)
    for (let tries = 1; tries <= mostTries; tries++) {
      const { version, ...found } = await read(place, signal)
      const missing = missingIn(found, wanted)
      if (!missing) return { isWritten: false }
      if (isLook && isOfAnotherKeeper(found, kept)) return leave(found, wanted)
      const answer = await patch(version, missing, signal)
      if (answer.status === 200) return isLook && isFilled(found) ? { isWritten: true, warning } : { isWritten: true }
      if (answer.status !== 409) throw secretRefusal(place, 'patch', answer)
      await pause(platform, firstPauseMs * 2 ** (tries - 1) * (0.5 + platform.random() / 2), signal)
    }
    throw secretFailure(`others change the ${target} so often that ${mostTries} attempts to write it met a conflict`, {
      hint: 'It is tried again. If it lasts, somebody else writes it all the time: kubectl get secret --show-managed-fields tells who.',
    })
  }

  const warning = `${target} was changed by another hand, and is written again`

  function leave(found: FoundSecret, wanted: SecretContent): Put {
    if (!isOtherToken(found, wanted)) return { isWritten: false }
    const other = `${target} has another token of the same owner, which lives as long: another sidecar publishes there too`
    return { isWritten: false, warning: other }
  }

  async function read(place: SecretPlace, signal: AbortSignal): Promise<FoundSecret & { readonly version: string }> {
    const answer = await api().request({ method: 'GET', path }, signal)
    if (answer.status !== 200) throw secretRefusal(place, 'get', answer)
    return writable(answer, place)
  }

  function patch(
    version: string,
    { data, annotations }: SecretContent,
    signal: AbortSignal,
  ): Promise<KubernetesAnswer> {
    const body = { metadata: { resourceVersion: version, annotations }, data }
    const call = { method: 'PATCH', path: `${path}?fieldManager=${manager}`, body, contentType: mergePatch } as const
    return api().request(call, signal)
  }

  return {
    target,
    async put(kept, { isLook, signal }) {
      const late = (): Error =>
        secretFailure(`${api().host} did not answer for the ${target} within ${deadlineMs / 1000} s`, {
          hint: silentHint,
        })
      try {
        return await withDeadline(platform, deadlineMs, late, signal, (limited) => put(kept, isLook, limited))
      } catch (thrown) {
        if (thrown instanceof TokenError) throw thrown
        throw secretFailure((thrown as Error).message, { cause: thrown, hint: silentHint })
      }
    },
  }
}

const silentHint =
  'It is tried again. If it lasts, check apiServer, caFile and tokenFile of this outlet, and that this host reaches the API server.'

/** What is in a Secret that can be written to. */
function writable({ json }: KubernetesAnswer, place: SecretPlace): FoundSecret & { readonly version: string } {
  const where = `${place.namespace}/${place.name}`
  const metadata = recordOf(json?.['metadata'])
  const version = metadata['resourceVersion']
  if (json?.['kind'] !== 'Secret' || typeof version !== 'string') {
    throw secretFailure(`${place.host} answers something else than the secret ${where}`, {
      hint: 'Set apiServer to the address of the API server.',
    })
  }
  const type = json['type']
  if (json['immutable'] === true) {
    throw secretFailure(`the secret ${where} is immutable`, { hint: `Make it anew: ${remakeCommands(place)}` })
  }
  if (typeof type === 'string' && /(^|\.)kubernetes\.io\//.test(type)) {
    throw secretFailure(`the secret ${where} is of the type ${type}, which is for something else`, {
      hint: `Name another one, or make it anew: ${remakeCommands(place)}`,
    })
  }
  return { version, data: textsOf(json['data']), annotations: textsOf(metadata['annotations']) }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(recordOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts)
}
