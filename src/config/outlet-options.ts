import * as z from 'zod/mini'
import { tokenFormats } from '../kafka/token-settings.ts'
import { isLoopback } from '../platform/loopback.ts'
import { durationMs } from '../sources/duration.ts'
import { described, filePath, httpUrl, text } from '../sources/option-text.ts'

/** Of all that goes into files; a delegation token cannot be raw. */
const formats = ['raw', ...tokenFormats] as const

const fileMode = z.pipe(
  z
    .string('must be a text in quotes, such as "0640"')
    .check(z.regex(/^0?[46][046]0$/, 'must be 0600, 0640, 0660, 0400 or 0440: what others may read is no secret')),
  z.transform((mode) => Number.parseInt(mode, 8)),
)

const groupError = 'must be the number of a group'

const secretError =
  'must be <namespace>/<name> of a Secret, in small letters, digits and dashes, as in jobs/spark-kafka'
const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?'

/** Names as Kubernetes takes them: RFC 1123 labels, for the Secret several with dots in between. */
const secretName = z
  .string(secretError)
  .check(z.regex(new RegExp(`^${label}/(?=[^/]{1,253}$)${label}(\\.${label})*$`), secretError))

const destination = z.strictObject({
  file: described(z.optional(text), 'File that is kept fresh; it is replaced in one step.'),
  mode: described(z.optional(fileMode), 'Mode of the file, in quotes. Default: "0600".'),
  group: described(
    z.optional(z.number(groupError).check(z.refine((id) => Number.isInteger(id) && id >= 0, groupError))),
    'Group of the file, as a number; the readers are in it, as by fsGroup in a pod.',
  ),
  refresh: described(
    z.optional(durationMs({ min: '1s', max: '1h' })),
    'How often a new assertion is written. Default: 30s.',
  ),
  kubernetesSecret: described(
    z.optional(secretName),
    'Kubernetes Secret that is kept fresh with a delegation token, as <namespace>/<name>. It has to be there, and the sidecar needs get, patch and update on it.',
  ),
  apiServer: described(z.optional(httpUrl), 'Kubernetes API server with the Secret. Default: that of the pod.'),
  tokenFile: described(z.optional(filePath), 'Bearer token for the API server. Default: that of the pod.'),
  caFile: described(z.optional(filePath), 'CA certificates of the API server, in PEM form. Default: those of the pod.'),
  allowPlaintext: described(
    z.optional(z.boolean()),
    'Write the Secret over plain http, where everybody on the way can read it.',
  ),
})

/** One place where assertions, access tokens or a delegation token go besides the endpoint. */
export const outletOptions = z
  .strictObject({
    from: described(
      z.union(
        [
          z.strictObject({ assertion: text }),
          z.strictObject({ profile: text }),
          z.strictObject({ delegationToken: text }),
        ],
        'must be { assertion: <profile> } for the assertions of a profile, { profile: <profile> } for its tokens, or { delegationToken: <name> }',
      ),
      'What is written: the assertions or tokens of a profile, or a delegation token of Kafka.',
    ),
    to: destination,
    format: described(
      z.optional(z.enum(formats)),
      'How a file holds a token: raw for the token alone, properties, json, or env for variables. Properties of a delegation token are those of a Java client. Default: properties for a delegation token, otherwise raw.',
    ),
  })
  .check(({ value, issues }) => {
    // Of options that are not understood there is no more to say.
    if (issues.length > 0) return
    for (const { path, problem } of problemsOf(value)) {
      issues.push({ code: 'custom', message: problem, path: [...path], input: value })
    }
  })

interface Problem {
  readonly path: readonly string[]
  readonly problem: string
}

interface Written {
  readonly from: object
  readonly to: z.output<typeof destination>
  readonly format?: unknown
}

const forFiles = ['mode', 'group', 'refresh'] as const
const forSecrets = ['apiServer', 'tokenFile', 'caFile', 'allowPlaintext'] as const

/** What the options of one outlet say of each other and does not hold. */
function problemsOf({ from, to, format }: Written): readonly Problem[] {
  const isToken = 'delegationToken' in from
  const at = (key: keyof typeof to, problem: string): Problem => ({ path: ['to', key], problem })
  if (to.file === undefined && to.kubernetesSecret === undefined) {
    return [{ path: ['to'], problem: 'must have a file, or for delegation tokens a kubernetesSecret' }]
  }
  if (to.file !== undefined && to.kubernetesSecret !== undefined) {
    return [at('kubernetesSecret', 'cannot be set together with file: write a second outlet')]
  }
  const isFile = to.file !== undefined
  const misplaced = (isFile ? forSecrets : forFiles)
    .filter((key) => to[key] !== undefined)
    .map((key) => at(key, isFile ? 'is for kubernetesSecret' : 'is for a file'))
  return [
    ...misplaced,
    ...(isFile && to.refresh !== undefined && !('assertion' in from)
      ? [at('refresh', 'is for assertions: a token is written when there is a new one')]
      : []),
    ...(!isFile && !isToken
      ? [at('kubernetesSecret', 'is for delegation tokens: what comes of a profile goes to a file')]
      : []),
    ...(format !== undefined && format !== 'raw' && 'assertion' in from
      ? [{ path: ['format'], problem: 'is for tokens: assertions are written as they are' }]
      : []),
    ...(format === 'raw' && isToken
      ? [{ path: ['format'], problem: 'must be properties, json or env: a delegation token has an id and an HMAC' }]
      : []),
    ...(format !== undefined && isToken && !isFile
      ? [{ path: ['format'], problem: 'is for files: a Secret has the settings one by one' }]
      : []),
    ...(isSafe(to.apiServer) || to.allowPlaintext === true
      ? []
      : [at('apiServer', 'must be https (or allowPlaintext, and everybody on the way can read the token)')]),
  ]
}

function isSafe(server: string | undefined): boolean {
  if (server === undefined) return true
  const { protocol, hostname } = new URL(server)
  return protocol === 'https:' || isLoopback(hostname)
}
