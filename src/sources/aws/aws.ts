import * as z from 'zod/mini'
import { once } from '../../platform/once.ts'
import { withDeadline } from '../../platform/deadline.ts'
import { isLoopback } from '../../platform/loopback.ts'
import { TokenError } from '../../token/error.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'
import type { AccessToken, TokenSource } from '../../token/token.ts'
import { durationMs } from '../duration.ts'
import { described, text } from '../option-text.ts'
import type { SourceKind, SourceWorld } from '../source-kind.ts'
import { timesFor, type SourceTimes } from '../source-times.ts'
import { awsError, noAnswer } from './aws-errors.ts'
import { sdkWire, type SdkWire } from './sdk-wire.ts'
import { loadSdk, webIdentityToken, type Sdk } from './sts.ts'

const options = once(() =>
  z.object({
    audience: described(
      z.array(text).check(z.minLength(1, 'must name at least one audience')),
      'Audience (aud) of the tokens: what the broker expects (sasl.oauthbearer.expected.audience).',
    ),
    region: described(
      z.optional(z.string().check(z.regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'must be a region, such as eu-central-1'))),
      'Region whose STS is asked; there is no global endpoint for this. Default: AWS_REGION, AWS_DEFAULT_REGION, or that of the AWS profile.',
    ),
    lifetime: described(
      z.prefault(durationMs({ min: '60s', max: '1h' }), '1h'),
      'Lifetime asked for; never longer than the session of the role.',
    ),
    algorithm: described(z._default(z.enum(['RS256', 'ES384']), 'RS256'), 'Signature algorithm.'),
    tags: described(z._default(z.record(text, z.string()), {}), 'Tags: further claims of the tokens.'),
  }),
)

/**
 * JWTs of AWS STS (GetWebIdentityToken) for brokers that trust the account's issuer: `sub` is the ARN of the role. Not for
 * MSK, whose IAM tokens are no JWTs. The SDK looks for credentials as everywhere, in the environment of the process.
 */
export const aws: SourceKind<'aws', ReturnType<typeof options>> = {
  kind: 'aws',
  summary: 'web identity tokens of AWS STS, for brokers that trust them; not for MSK with IAM',
  get options() {
    return options()
  },
  create: (settings, world) => awsSource(settings, world, timesFor(world.fetchTimeoutMs)),
}

export function awsSource(
  { audience, region, lifetime: lifetimeMs, algorithm, tags }: z.output<ReturnType<typeof options>>,
  { platform, emit }: Pick<SourceWorld, 'platform' | 'emit'>,
  { timeoutMs, startingMs, retryMs }: SourceTimes,
  load?: () => Promise<Sdk>,
): TokenSource {
  const createdAt = platform.monotonicNow()
  const warned = new Set<string>()
  let identitySeen = false

  // What the SDK says of an answer it cannot read is told by the error already.
  function warn(message: string): void {
    if (warned.has(message) || message.includes('Deserialization error')) return
    warned.add(message)
    emit({ type: 'warning', message: message.replace(/\s+/g, ' ').slice(0, 500) })
  }

  async function obtain(wire: SdkWire): Promise<AccessToken> {
    requireSafeEndpoint(platform.env['AWS_ENDPOINT_URL_STS'] || platform.env['AWS_ENDPOINT_URL'])
    const sdk = await loadSdk(load)
    const { AWS_REGION, AWS_DEFAULT_REGION } = platform.env
    const where = region ?? (AWS_REGION || AWS_DEFAULT_REGION || undefined)
    const wish = { audience, lifetimeMs, algorithm, tags }
    const { value, expiration } = await webIdentityToken(sdk, wish, { region: where, platform, wire, warn })
    const { exp, sub } = (value && readJwtShape(value.reveal())?.claims) ?? {}
    if (!value || typeof exp !== 'number' || !Number.isFinite(exp) || typeof sub !== 'string') {
      throw new TokenError(
        'ERR_PROVIDER_ANSWER',
        `${wire.exchange?.url.host ?? 'STS'} answered with something that is not a JWT`,
      )
    }
    return { value, expiresAt: Math.min(exp * 1000, expiration ?? Infinity), subject: sub }
  }

  return {
    kind: 'aws',
    async getToken(_request, signal) {
      const ending = new AbortController()
      const wire = sdkWire(platform, ending.signal)
      try {
        const late = () => noAnswer(wire.exchange, timeoutMs)
        const token = await withDeadline(platform, timeoutMs, late, signal, () => obtain(wire))
        identitySeen = true
        return token
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const starting = identitySeen || platform.monotonicNow() - createdAt < startingMs
        throw awsError(thrown, { exchange: wire.exchange, env: platform.env, starting, retryMs })
      } finally {
        // The SDK does not hear of our deadline while it looks for credentials.
        ending.abort(new Error('the call is over'))
      }
    },
  }
}

function requireSafeEndpoint(endpoint: string | undefined): void {
  if (!endpoint) return
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return
  throw new TokenError(
    'ERR_PROVIDER_PLAINTEXT',
    `AWS_ENDPOINT_URL_STS is not an https address: ${endpoint.slice(0, 200)}`,
    {
      hint: 'Use https, or take the variable away.',
    },
  )
}
