import * as z from 'zod/mini'
import { durationMs } from '../sources/duration.ts'
import { described, text } from '../sources/option-text.ts'

const fileMode = z.pipe(
  z
    .string('must be a text in quotes, such as "0640"')
    .check(z.regex(/^0?[46][046]0$/, 'must be 0600, 0640, 0660, 0400 or 0440: what others may read is no secret')),
  z.transform((mode) => Number.parseInt(mode, 8)),
)

const groupError = 'must be the number of a group'

/** One place where tokens or assertions go besides the endpoint. */
export const outletOptions = z
  .strictObject({
    from: described(
      z.union(
        [z.strictObject({ assertion: text }), z.strictObject({ profile: text })],
        'must be { assertion: <profile> } for the assertions of a profile, or { profile: <profile> } for its tokens',
      ),
      'The profile whose assertions or tokens are written.',
    ),
    to: z.strictObject({
      file: described(text, 'File that is kept fresh; it is replaced in one step.'),
      mode: described(z.prefault(fileMode, '0600'), 'Mode of the file, in quotes.'),
      group: described(
        z.optional(z.number(groupError).check(z.refine((id) => Number.isInteger(id) && id >= 0, groupError))),
        'Group of the file, as a number; the readers are in it, as by fsGroup in a pod.',
      ),
      refresh: described(
        z.optional(durationMs({ min: '1s', max: '1h' })),
        'How often a new assertion is written. Default: 30s.',
      ),
    }),
  })
  .check(
    z.refine(({ from, to }) => 'assertion' in from || to.refresh === undefined, {
      path: ['to', 'refresh'],
      error: 'is for assertions: a token is written when there is a new one',
    }),
  )
