import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { described, text } from './option-text.ts'

const scope = text.check(z.refine((value) => !value.includes(' '), 'must be one scope: a list has each by itself'))

/** What clients may ask for, of a source that can give different tokens. */
export const allowOptions = once(() =>
  z.object({
    allow: z.optional(
      z.strictObject({
        scopes: described(
          z._default(z.array(scope, 'must be a list of scopes'), []),
          'Scopes that clients may ask for instead of the one of the profile.',
        ),
        audiences: described(
          z._default(z.array(text, 'must be a list of audiences'), []),
          'Audiences that clients may ask for instead of the one of the profile.',
        ),
        others: described(
          z._default(z.enum(['ignore', 'refuse']), 'ignore'),
          'What happens when a client asks for anything else: ignore gives the token of the profile, refuse an error.',
        ),
      }),
    ),
  }),
)
