import { fakeSecrets, status, type FakeSecrets } from './kubernetes-secrets.ts'
import { scriptedServer, type Answer, type ScriptedServer, type ScriptedServerOptions } from './scripted-server.ts'

/** An API server that reviews tokens (authentication.k8s.io/v1) and keeps Secrets, after the documented API and answers of a real one. */
export interface FakeKubernetesApi extends ScriptedServer {
  /** Whom a token belongs to, by its text, and the audiences that it is for. */
  readonly tokens: Map<string, { readonly username: string; readonly audiences: readonly string[] }>
  /** The bearer token that it lets in, and whether its bearer may review. */
  bearer: string
  mayReview: boolean
  /** As an API server whose authenticator knows nothing of audiences. */
  ignoresAudiences: boolean
  readonly secrets: FakeSecrets
}

export interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] }
}

export const reviewPath = '/apis/authentication.k8s.io/v1/tokenreviews'

export async function fakeKubernetesApi(options: ScriptedServerOptions = {}): Promise<FakeKubernetesApi> {
  const tokens: FakeKubernetesApi['tokens'] = new Map()
  const secrets = fakeSecrets()
  const server = await scriptedServer((call) => {
    if (call.headers.authorization !== `Bearer ${api.bearer}`) return status(401, 'Unauthorized', 'Unauthorized')
    const secret = secrets.answer(call)
    if (secret) return secret
    if (call.method !== 'POST' || !call.path.endsWith(reviewPath))
      return status(404, 'NotFound', 'the server could not find the requested resource')
    if (!api.mayReview) {
      return status(
        403,
        'Forbidden',
        'tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:kafka:tokens" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope',
      )
    }
    return reviewed(JSON.parse(call.body) as Review)
  }, options)

  function reviewed({ spec }: Review): Answer {
    const known = tokens.get(spec.token)
    const audiences = known?.audiences.filter((one) => spec.audiences?.includes(one)) ?? []
    const isGood = known && (api.ignoresAudiences || audiences.length > 0)
    return {
      status: 201,
      body: {
        kind: 'TokenReview',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: {},
        spec,
        status: isGood
          ? {
              authenticated: true,
              user: { username: known.username, uid: 'u-1', groups: ['system:authenticated'], extra: {} },
              ...(!api.ignoresAudiences && { audiences }),
            }
          : {
              user: {},
              error: known
                ? '[invalid bearer token, token audiences ["x"] is invalid for the target audiences ["y"]]'
                : '[invalid bearer token, Token has been invalidated]',
            },
      },
    }
  }

  const api: FakeKubernetesApi = {
    ...server,
    tokens,
    secrets,
    bearer: 'token-of-the-sidecar',
    mayReview: true,
    ignoresAudiences: false,
  }
  return api
}
