import type { KubernetesAnswer } from '../platform/kubernetes-api.ts'
import { TokenError, type TokenErrorOptions } from '../token/error.ts'

/** Which Secret, and at which API server. */
export interface SecretPlace {
  readonly namespace: string
  readonly name: string
  /** Host and port of the API server. */
  readonly host: string
}

/** Any failure to read or write a Secret. Words of the API server are left out: it may quote what it was sent. */
export function secretFailure(message: string, options: TokenErrorOptions = {}): TokenError {
  return new TokenError('ERR_KUBERNETES_SECRET', message, options)
}

/** What the API server answered to `get` or `patch`, and what to do about it. */
export function secretRefusal(place: SecretPlace, verb: 'get' | 'patch', answer: KubernetesAnswer): TokenError {
  const { status, retryAfterMs } = answer
  const { namespace, name, host } = place
  if (status === 404) {
    return secretFailure(`there is no secret ${namespace}/${name} at ${host}; the token is kept until there is one`, {
      hint: `Make it, empty: ${makeCommand(place)}. It is filled within seconds.`,
    })
  }
  const message = `${host} answers ${status} to ${verb} of the secret ${namespace}/${name}`
  const hint = hintOf(place, answer)
  return secretFailure(message, {
    ...(hint !== undefined && { hint }),
    ...((status === 429 || status >= 500) && { oauth: 'temporarily_unavailable' }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function hintOf(place: SecretPlace, { status, message }: KubernetesAnswer): string | undefined {
  if (status === 401) {
    return 'The API server does not know the token in tokenFile: name that of a service account; in a pod it is there unless automountServiceAccountToken is false.'
  }
  if (status === 403) return `Allow it: ${roleCommands(place, message)}`
  if (status === 422) {
    return `It may be too large, or of a type with rules of its own: name another one, or make it anew: ${remakeCommands(place)}`
  }
  if (status === 429 || status >= 500) return 'It is tried again. If it lasts, look at the API server.'
  return undefined
}

function makeCommand({ namespace, name }: SecretPlace): string {
  return `kubectl create secret generic ${name} -n ${namespace}`
}

export function remakeCommands(place: SecretPlace): string {
  const { namespace, name } = place
  return `kubectl delete secret ${name} -n ${namespace} && ${makeCommand(place)}`
}

/** A Role for this Secret alone, and its binding to whom the API server took us for. */
function roleCommands({ namespace, name }: SecretPlace, refusal: string): string {
  const role = `kafka-token-sidecar-${name}`
  const account = /"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)"/.exec(refusal)
  const [, accountNamespace = '<namespace>', accountName = '<service account of the sidecar>'] = account ?? []
  return [
    `kubectl create role ${role} -n ${namespace} --verb=get,patch --resource=secrets --resource-name=${name}`,
    `kubectl create rolebinding ${role} -n ${namespace} --role=${role} --serviceaccount=${accountNamespace}:${accountName}`,
  ].join(' && ')
}
