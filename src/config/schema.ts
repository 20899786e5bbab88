import * as z from 'zod/mini'
import { isLoopback } from '../platform/loopback.ts'
import { durationMs } from '../sources/duration.ts'
import { sourceKinds } from '../sources/index.ts'
import { described, text } from '../sources/option-text.ts'
import type { SourceKind } from '../sources/source-kind.ts'
import { defaultProfile } from '../token/profiles.ts'

const portError = 'must be a whole number from 0 to 65535'
const port = z
  .number(portError)
  .check(z.refine((value) => Number.isInteger(value) && value >= 0 && value < 65_536, portError))

/** As a socket takes it: an IPv6 address without its brackets, names in lower case. */
const host = z.pipe(
  text,
  z.transform((name) => name.replace(/^\[(.*)\]$/, '$1').toLowerCase()),
)

/** How the endpoint listens. Flag and variable of each option are its key: `--port`, `KTS_PORT`. */
export const listenOptions = z.strictObject({
  host: described(z._default(host, 'localhost'), 'Address to listen on. localhost is 127.0.0.1 and ::1.'),
  port: described(z._default(port, 14_293), 'Port to listen on; 0 takes a free one.'),
  allowedHosts: described(
    z._default(z.array(text), []),
    'Further names that clients may use for this sidecar in the Host header, beside localhost and its addresses.',
  ),
  trustedProxies: described(
    z._default(z.array(text), []),
    'Addresses of proxies whose X-Forwarded-For is expected; from anywhere else that header is refused.',
  ),
  allowAnonymousNetwork: described(
    z._default(z.boolean(), false),
    'Listen on other than loopback addresses, where everybody who reaches the port can take a token.',
  ),
  holdTimeout: described(
    z.prefault(durationMs({ min: '0s', max: '60s' }), '5s'),
    'How long a request is held while the sidecar gets over a transient failure, before a 503.',
  ),
})

/** What each profile has besides the options of its source. */
export const commonProfileOptions = z.object({
  fetchTimeout: described(
    z.prefault(durationMs({ min: '100ms', max: '60s' }), '10s'),
    'Deadline of one attempt to obtain a token.',
  ),
  refusalGrace: described(
    z.prefault(durationMs({ min: '0s', max: '1h' }), '60s'),
    'How long the former token is still given after the provider refused the identity for good.',
  ),
})

type CommonShape = (typeof commonProfileOptions)['shape']
type Variant<Of> =
  Of extends SourceKind<infer Kind, infer Options>
    ? z.ZodMiniObject<{ source: z.ZodMiniLiteral<Kind> } & Options['shape'] & CommonShape, z.core.$strict>
    : never
type Variants = readonly [Variant<(typeof sourceKinds)[number]>, ...Variant<(typeof sourceKinds)[number]>[]]

/** Names of the kinds of source. */
export const kinds = sourceKinds.map(({ kind }) => kind)

// The compiler cannot follow a tuple through map(); Variants says what it does.
const profileVariants = sourceKinds.map(({ kind, options }) =>
  z.strictObject({ source: z.literal(kind), ...options.shape, ...commonProfileOptions.shape }),
) as unknown as Variants

const withSource = z.discriminatedUnion('source', profileVariants)

type WithSource = z.input<typeof withSource>
type GcpWithoutSaying = Omit<Extract<WithSource, { source: 'gcp' }>, 'source'> & { readonly source?: undefined }

const profile = z.pipe(
  z.transform((value: WithSource | GcpWithoutSaying): WithSource =>
    isRecord(value) && value['source'] === undefined ? { ...value, source: 'gcp' } : value,
  ),
  withSource,
)

/** The source of a profile, as an option of its own for `--source`. */
export const sourceOption = described(
  z._default(z.enum(kinds), 'gcp'),
  `Where tokens come from: ${kinds.join(' or ')}.`,
)

export const logOptions = z.strictObject({
  level: described(
    z._default(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
    'Least level that is logged.',
  ),
})

const profileName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'is no name for a profile: letters, digits, dots, dashes, underscores, 63 at most',
    ),
  )

/** The whole configuration, as in the YAML file. */
export const configSchema = z.strictObject({
  listen: z.prefault(
    listenOptions.check(
      z.refine(({ host, allowAnonymousNetwork }) => isLoopback(host) || allowAnonymousNetwork, {
        path: ['host'],
        // Told together with whatever else is wrong in this section.
        when: ({ value }) => isRecord(value) && typeof value['host'] === 'string',
        error:
          'is not a loopback address: everybody who reaches the port could take a token; add --allow-anonymous-network if that is what you want',
      }),
    ),
    {},
  ),
  log: z.prefault(logOptions, {}),
  profiles: described(
    z.prefault(z.record(profileName, profile), { [defaultProfile]: {} }),
    'Whose tokens are given, by name; clients ask for one at /token/<name>, and for default at /token.',
  ),
})

export type Config = z.output<typeof configSchema>
/** A configuration as it is written, in the shape of the YAML file; everything has a default. */
export type ConfigInput = z.input<typeof configSchema>
export type ProfileConfig = Config['profiles'][string]

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
