import { jwtBearerAssertionType, privateKeyJwt } from '../../oauth/client-auth.ts'
import { clientCredentialsGrant } from '../../oauth/grant.ts'
import { provider } from '../../oauth/provider.ts'
import { tokenClient } from '../../oauth/token-client.ts'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'
import type { AccessToken } from '../../token/token.ts'
import { tokenFile, type TokenFile } from '../provider/token-file.ts'
import { withAzureHint } from './azure-errors.ts'
import type { WorkloadIdentity } from './credential.ts'

/** Entra ID by the token of a Kubernetes service account; its file is read anew for each call. */
export function workloadIdentities(platform: Platform, scope: string) {
  const files = new Map<string, TokenFile>()

  function fileAt(path: string): TokenFile {
    const file = files.get(path) ?? tokenFile(path, { platform })
    files.set(path, file)
    return file
  }

  return {
    async obtain(
      { tokenFile: path, clientId, tokenEndpoint }: WorkloadIdentity,
      signal: AbortSignal,
    ): Promise<AccessToken> {
      let assertion = ''
      const assertions = {
        make: async () => (assertion = await fileAt(path).read()),
        hasFormer: () => false,
        confirm: () => undefined,
      }
      try {
        const client = tokenClient({
          platform,
          provider: provider({ platform, tokenEndpoint, allowPlaintext: false }),
          parts: [clientCredentialsGrant({ scope }), privateKeyJwt(clientId, assertions, jwtBearerAssertionType)],
        })
        const { accessToken: value, expiresAt } = await client.obtain(signal)
        if (value && expiresAt !== undefined) return { value, expiresAt, scope }
        const what = value ? 'a token without lifetime' : 'JSON without access_token'
        throw new TokenError('ERR_PROVIDER_ANSWER', `${new URL(tokenEndpoint).host} answered with ${what}`)
      } catch (thrown) {
        throw withAzureHint(thrown, readJwtShape(assertion)?.claims)
      }
    },
    close: (): void => {
      for (const file of files.values()) file.close()
    },
  }
}
