import { TokenError } from '../token/error.ts'
import { defaultProfile, type Profiles } from '../token/profiles.ts'
import { basicCredentials } from './secret/basic.ts'
import type { CallerForm, CallerRequest } from './caller.ts'
import type { Gate } from './gate.ts'

/**
 * Lets everybody in. Clients that cannot choose a path choose a profile by their client id; what else they send to prove who
 * they are is not looked at.
 */
export function anonymousGate(profiles: Pick<Profiles, 'has' | 'size'>): Gate {
  function named({ headers }: CallerRequest, form: CallerForm): string | undefined {
    const ids = basicCredentials(headers['authorization']).map(({ id }) => id)
    return [...ids, form.get('client_id')].find((id) => id !== undefined && profiles.has(id))
  }

  return {
    identify: () => undefined,
    profileFor(_proof, request, form, inPath) {
      if (inPath !== undefined) return inPath
      // Most sidecars have the profile default alone, and there is nothing to choose.
      const isAlone = profiles.size === 1 && profiles.has(defaultProfile)
      return (isAlone ? undefined : named(request, form)) ?? defaultProfile
    },
    // They live for days, and whoever holds one has all the rights of its owner.
    requireDelegationToken() {
      throw new TokenError(
        'ERR_CALLER_DELEGATION_TOKEN',
        'delegation tokens are read by callers who prove who they are',
        {
          hint: 'Configure who may: callers.<client id>.delegationTokens. Or have the token written to a file or a Kubernetes Secret, by outlets.',
        },
      )
    },
    // Whatever a client sends is taken.
    authMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  }
}
