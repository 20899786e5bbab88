import * as z from 'zod/mini'
import { durationMs } from '../sources/duration.ts'
import { sourceKinds } from '../sources/index.ts'
import { described, filePath, httpUrl, text } from '../sources/option-text.ts'
import type { OptionProblem, SourceKind } from '../sources/source-kind.ts'
import { defaultProfile } from '../token/profiles.ts'
import { callerOptions, issuerOptions, limitOptions } from './caller-options.ts'
import { delegationTokenOptions } from './delegation-token-options.ts'
import { outletOptions } from './outlet-options.ts'

export const defaultPort = 14_293

const portError = 'must be a whole number from 0 to 65535'
const port = z
  .number(portError)
  .check(z.refine((value) => Number.isInteger(value) && value >= 0 && value < 65_536, portError))

const replicaError = 'must be a whole number from 1 to 1000'
const replicas = z
  .number(replicaError)
  .check(z.refine((value) => Number.isInteger(value) && value >= 1 && value <= 1_000, replicaError))

/** As a socket takes it: an IPv6 address without its brackets, names in lower case. */
const host = z.pipe(
  text,
  z.transform((name) => name.replace(/^\[(.*)\]$/, '$1').toLowerCase()),
)

/** Certificate and key of the endpoint. Their flags begin with `--listen-tls`: `--tls` is that of the default profile's provider. */
export const listenTlsOptions = z.strictObject({
  certFile: described(filePath, 'Certificate of the endpoint and those between it and the CA, in PEM form.'),
  keyFile: described(filePath, 'Private key of the certificate, in PEM form.'),
  keyPassphraseFile: described(z.optional(filePath), 'Passphrase of the private key.'),
  clientCaFile: described(
    z.optional(filePath),
    'CA certificates whose client certificates are taken; callers are known by the names in them.',
  ),
})

/** How the endpoint listens. Flag and variable of each option are its key: `--port`, `KTS_PORT`. */
export const listenOptions = z.strictObject({
  host: described(z._default(host, 'localhost'), 'Address to listen on. localhost is 127.0.0.1 and ::1.'),
  port: described(z._default(port, defaultPort), 'Port to listen on; 0 takes a free one.'),
  allowedHosts: described(
    z._default(z.array(text), []),
    'Further names that clients may use for this sidecar in the Host header, beside localhost, its addresses and the names in its certificate.',
  ),
  trustedProxies: described(
    z._default(z.array(text), []),
    'Addresses of proxies whose X-Forwarded-For is expected; from anywhere else that header is refused.',
  ),
  tls: z.optional(listenTlsOptions),
  allowAnonymousNetwork: described(
    z._default(z.boolean(), false),
    'Listen on other than loopback addresses without callers: everybody who reaches the port can take a token.',
  ),
  allowPlaintextNetwork: described(
    z._default(z.boolean(), false),
    'Listen on other than loopback addresses without TLS: everybody on the way reads tokens and secrets.',
  ),
  reusePort: described(
    z._default(z.boolean(), false),
    'Share the port with other processes on this machine, one per core; the kernel spreads the connections.',
  ),
  replicas: described(
    z._default(replicas, 1),
    'How many sidecars answer at the same address: with more than one, profiles that issue tokens themselves need a shared keyFile.',
  ),
  drainDelay: described(
    z.optional(durationMs({ min: '0s', max: '5m' })),
    'How long requests are still answered after SIGTERM, while load balancers look away. Default: 5s, on loopback 0s.',
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
  lazyRenewal: described(
    z._default(z.boolean(), false),
    'Renew a token only when a client asks; otherwise also ahead of time, for as long as clients have asked lately.',
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

type Kind = (typeof sourceKinds)[number]
type Output = z.output<Variants[number]>

/** Options of a profile with this source. Made when there is one: a start pays for no other. */
function variantOf(kind: Kind): Variants[number] {
  const made = variants.get(kind.kind) ?? makeVariant(kind)
  variants.set(kind.kind, made)
  return made
}

const variants = new Map<string, Variants[number]>()

function makeVariant(kind: Kind): Variants[number] {
  const schema = z
    .strictObject({ source: z.literal(kind.kind), ...kind.options.shape, ...commonProfileOptions.shape })
    .check(({ value, issues }) => {
      // Of options that are not understood there is no more to say.
      if (issues.length > 0) return
      for (const { path, problem } of problemsOf(kind, value)) {
        issues.push({ code: 'custom', message: problem, path: [...path], input: value })
      }
    })
  // The compiler cannot see that the options of one kind make one variant; Variants says so.
  return schema as unknown as Variants[number]
}

/** Every variant, for the JSON Schema of the whole. */
export function profileVariants(): Variants {
  return sourceKinds.map(variantOf) as unknown as Variants
}

interface AnyKind {
  check?(options: unknown): readonly OptionProblem[]
}

function problemsOf(kind: AnyKind, options: unknown): readonly OptionProblem[] {
  return kind.check?.(options) ?? []
}

type WithSource = z.input<Variants[number]>
type GcpWithoutSaying = Omit<Extract<WithSource, { source: 'gcp' }>, 'source'> & { readonly source?: undefined }

/** A profile as its source has it; whoever names none has gcp. */
export const profileSchema = z.transform((value: WithSource | GcpWithoutSaying, { issues }): Output => {
  const written: unknown = isRecord(value) && value['source'] === undefined ? { ...value, source: 'gcp' } : value
  if (!isRecord(written)) {
    issues.push({ code: 'invalid_type', expected: 'object', input: value })
    return z.NEVER
  }
  const kind = sourceKinds.find((candidate) => candidate.kind === written['source'])
  if (!kind) {
    issues.push({ code: 'invalid_value', values: kinds, path: ['source'], input: written['source'] })
    return z.NEVER
  }
  const parsed = variantOf(kind).safeParse(written)
  if (parsed.success) return parsed.data
  // What is finished is read as it is, once more.
  issues.push(...(parsed.error.issues as unknown as typeof issues))
  return z.NEVER
})

/** The source of a profile, as an option of its own for `--source`. */
export const sourceOption = described(
  z._default(z.enum(kinds), 'gcp'),
  `Where tokens come from: ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1) ?? ''}.`,
)

/** The admin listener. Flag and variable of each option begin with `admin`: `--admin-port`, `KTS_ADMIN_PORT`. */
export const adminOptions = z.strictObject({
  host: described(z._default(host, 'localhost'), 'Address that health, metrics and the admin page listen on.'),
  port: described(
    z.optional(z.union([z.literal(false), port], `${portError}, or false`)),
    'Port of health, metrics and the admin page; 0 takes a free one, false none. Default: the one after listen.port, if it is free.',
  ),
  secretFile: described(
    z.optional(filePath),
    'Secret that the admin page and whatever changes something ask for; health and metrics do not. Without it the page is off on other than loopback addresses.',
  ),
  allowQuit: described(
    z._default(z.boolean(), false),
    'Take POST /quitquitquit, which ends the sidecar, as of a job that is done.',
  ),
  allowedHosts: described(
    z._default(z.array(text), []),
    'Further names for the admin page in the Host header, beside localhost and addresses.',
  ),
})

/** OpenTelemetry, which is loaded where an endpoint is named. */
export const openTelemetryOptions = z.strictObject({
  endpoint: described(
    z.optional(httpUrl),
    'Where traces and metrics go by OTLP over HTTP, as http://localhost:4318. The standard variables OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS count, too.',
  ),
  sampleRatio: described(
    z._default(z.number('must be a number from 0 to 1').check(z.gte(0), z.lte(1)), 1),
    'Share of the traces begun here that are exported; those that come with a request are as their sampled flag says.',
  ),
})

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

const delegationTokenName = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'is no name for a delegation token: letters, digits, dots, dashes, underscores, 63 at most',
    ),
  )

const callerName = z
  .string()
  .check(
    z.regex(
      /^[\x21-\x39\x3b-\x7e]{1,200}$/,
      'is no name for a caller, which is its client id: printable characters without spaces and colons, 200 at most',
    ),
  )

/** Where the audit stream goes. */
const auditOptions = z.strictObject({
  to: described(
    z.optional(filePath),
    'stdout, stderr, off, or a file that is appended to. Default: stdout where there are callers, otherwise off.',
  ),
})

/** The whole configuration, as in the YAML file. */
export const configSchema = z.strictObject({
  listen: z.prefault(listenOptions, {}),
  admin: z.prefault(adminOptions, {}),
  openTelemetry: z.prefault(openTelemetryOptions, {}),
  log: z.prefault(logOptions, {}),
  profiles: described(
    z.prefault(z.record(profileName, profileSchema), { [defaultProfile]: {} }),
    'Whose tokens are given, by name; clients ask for one at /token/<name>, and for default at /token.',
  ),
  callers: described(
    z._default(z.record(callerName, z.lazy(callerOptions)), {}),
    'Who may ask, by client id, and for which profiles. With any of them, nobody else gets a token.',
  ),
  issuers: described(
    z._default(z.record(text, z.lazy(issuerOptions)), {}),
    'How the JWTs of callers are verified, by issuer; what is not here is found by discovery.',
  ),
  limits: described(z.prefault(limitOptions, {}), 'How much is taken in and sent out at the same time.'),
  audit: described(
    z.prefault(auditOptions, {}),
    'One line for each token that is given and each request that is refused.',
  ),
  delegationTokens: described(
    z._default(z.record(delegationTokenName, z.lazy(delegationTokenOptions)), {}),
    'Delegation tokens of Kafka (KIP-48) that are made, renewed and replaced, by name; outlets and callers get them.',
  ),
  outlets: described(
    z._default(z.array(outletOptions), []),
    'Files and Kubernetes Secrets that are kept fresh with assertions or tokens, for clients that read them there.',
  ),
})

export type Config = z.output<typeof configSchema>
/** A configuration as it is written, in the shape of the YAML file; everything has a default. */
export type ConfigInput = z.input<typeof configSchema>
export type ProfileConfig = Config['profiles'][string]
export type OutletConfig = Config['outlets'][number]

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
