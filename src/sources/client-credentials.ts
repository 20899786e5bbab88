import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { clientCredentialsGrant } from '../oauth/grant.ts'
import { clientAssertionOptions } from './provider/assertion-options.ts'
import { clientAuthOptions, providerOptions } from './provider/options.ts'
import { checkProvider } from './provider/check.ts'
import { providerSource } from './provider/provider-source.ts'
import type { SourceKind } from './source-kind.ts'

const options = once(() =>
  z.object({
    ...providerOptions().shape,
    ...clientAuthOptions().shape,
    ...clientAssertionOptions().shape,
  }),
)

/** Client credentials of an identity provider (RFC 6749 §4.4). */
export const clientCredentials: SourceKind<'client-credentials', ReturnType<typeof options>> = {
  kind: 'client-credentials',
  summary: 'an identity provider, by key, secret, assertion file or certificate',
  get options() {
    return options()
  },
  check: (settings) => checkProvider(settings, 'client authentication'),
  create: (settings, world) =>
    providerSource(
      {
        kind: 'client-credentials',
        settings,
        assertionsAre: 'client authentication',
        grant: () => clientCredentialsGrant(settings),
      },
      world,
    ),
}
