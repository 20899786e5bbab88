import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { jwtBearerGrant } from '../oauth/grant.ts'
import { described } from './option-text.ts'
import { assertionOptions } from './provider/assertion-options.ts'
import type { AssertionSource } from './provider/assertions.ts'
import { clientAuthOptions, providerOptions } from './provider/options.ts'
import { checkProvider } from './provider/check.ts'
import { providerSource } from './provider/provider-source.ts'
import type { SourceKind } from './source-kind.ts'

const options = once(() =>
  z.object({
    ...providerOptions().shape,
    ...clientAuthOptions().shape,
    assertion: described(assertionOptions(), 'The assertion that is the grant, signed here or ready-made.'),
  }),
)

/** An assertion as the grant itself (RFC 7523 §2.1, KIP-1139). */
export const jwtBearer: SourceKind<'jwt-bearer', ReturnType<typeof options>> = {
  kind: 'jwt-bearer',
  summary: 'an identity provider, by an assertion as the grant (KIP-1139)',
  get options() {
    return options()
  },
  check: (settings) => checkProvider(settings, 'grant'),
  create: (settings, world) =>
    providerSource(
      {
        kind: 'jwt-bearer',
        settings,
        assertionsAre: 'grant',
        // The schema asks for an assertion.
        grant: (assertions) => jwtBearerGrant(assertions as AssertionSource, settings),
      },
      world,
    ),
}
