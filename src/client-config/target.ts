import { shadingPrefixes, type Shading } from './names.ts'
import type { Target } from './tool.ts'

export const defaultTokenEndpoint = 'http://localhost:14293/token'

/** What is wrong with a value, in words that follow its name. */
export interface TargetFault {
  readonly key: keyof Target | keyof NonNullable<Target['trust']>
  readonly given: string
  readonly problem: string
}

/**
 * Settings go into a dozen languages, most of which replace or end at some of these: what may hold none of them needs no
 * escaping anywhere. Ids, scopes, hosts and paths that are meant seriously have none.
 */
const risky = /["'\\$`{}<>\p{Cc}]|[^\x20-\x7e]/u
const riskyInWords = `may only hold printable ASCII, without " ' \\ $ \` { } < >: Kafka's tools take those for something else`

/** Besides, a list of allowed URLs is separated by commas, and JAAS ends at a semicolon. */
const riskyInUrl = /[\s,;#|^]/

const checks: Readonly<Record<string, (text: string) => string | undefined>> = {
  tokenEndpoint: urlProblem,
  jwksUrl: urlProblem,
  issuer: urlProblem,
  bootstrapServers: (text) =>
    /^(\[[\da-fA-F:.%]+\]|[\w.-]+):\d+(,(\[[\da-fA-F:.%]+\]|[\w.-]+):\d+)*$/.test(text)
      ? undefined
      : 'must be host:port, or several with commas between them and no blanks',
  logicalCluster: idProblem,
  identityPoolId: idProblem,
  listener: (text) =>
    /^[A-Za-z][\w-]*$/.test(text) ? undefined : 'must be letters, digits, - or _, as the brokers name their listener',
  principalClaim: idProblem,
}

/** Everything that is wrong with what was given. */
export function targetFaults(target: Target): TargetFault[] {
  const { trust = {}, ...own } = target
  return Object.entries({ ...own, ...trust }).flatMap(([key, given]): TargetFault[] => {
    if (typeof given !== 'string') return []
    const problem = given.trim() === '' ? 'must not be empty' : risky.test(given) ? riskyInWords : checks[key]?.(given)
    return problem === undefined ? [] : [{ key: key as TargetFault['key'], given, problem }]
  })
}

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) return 'must be an http or https URL, with its scheme'
  if (riskyInUrl.test(text))
    return 'must hold no blank , ; # | or ^: what is compared byte by byte has to get there whole'
  if (new URL(text).username !== '') return 'must hold no user or password'
  return undefined
}

function idProblem(text: string): string | undefined {
  return /^[\w.:/@-]+$/.test(text) ? undefined : 'may only hold letters, digits and . : / @ _ -'
}

/** The endpoint of a profile: `/token` → `/token/orders`; a URL without path gets `/token/<profile>`. */
export function endpointOf(tokenEndpoint: string, profile: string): string {
  const [address = '', ...query] = tokenEndpoint.split(/(?=\?)/)
  const base = address.replace(/\/+$/, '')
  const path = /^https?:\/\/[^/]*$/.test(base) ? `${base}/token` : base
  return `${path}/${inUrl(profile)}${query.join('')}`
}

/** Also without the characters that are left as they are in URLs, and are not in a shell. */
function inUrl(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)
}

export const shadings = Object.keys(shadingPrefixes) as Shading[]
