import type { STSClientConfig } from '@aws-sdk/client-sts'
import { errorCode } from '../../platform/error-code.ts'
import type { Platform } from '../../platform/platform.ts'
import { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import type { SdkWire } from './sdk-wire.ts'

export type Sdk = typeof import('@aws-sdk/client-sts')

/** What a token is asked for with. */
export interface TokenWish {
  readonly audience: readonly string[]
  readonly lifetimeMs: number
  readonly algorithm: string
  readonly tags: Readonly<Record<string, string>>
}

export interface StsOptions {
  readonly region: string | undefined
  readonly platform: Platform
  readonly wire: SdkWire
  readonly warn: (message: string) => void
}

/** 45 ms and 26 MB: only those who use AWS pay for it, and only they have to install it. */
export async function loadSdk(load: () => Promise<Sdk> = () => import('@aws-sdk/client-sts')): Promise<Sdk> {
  try {
    return await load()
  } catch (thrown) {
    const code = errorCode(thrown)
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown
    throw new TokenError('ERR_AWS_SDK_MISSING', '@aws-sdk/client-sts is not installed', { cause: thrown })
  }
}

const leastSeconds = 60

/**
 * One token of STS GetWebIdentityToken, by a client that is made for it: credentials are looked for anew, so that a changed
 * file or role is seen, and a session is as long as can be. Rejects with what the SDK throws.
 */
export async function webIdentityToken(
  sdk: Sdk,
  { audience, lifetimeMs, algorithm, tags }: TokenWish,
  options: StsOptions,
): Promise<{ readonly value: Secret | undefined; readonly expiration: number | undefined }> {
  const client = new sdk.STSClient(configOf(sdk, options))
  const tagList = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

  async function ask(seconds: number) {
    const { WebIdentityToken: token, Expiration: expiration } = await client.send(
      new sdk.GetWebIdentityTokenCommand({
        Audience: [...audience],
        DurationSeconds: seconds,
        SigningAlgorithm: algorithm,
        ...(tagList.length > 0 && { Tags: tagList }),
      }),
    )
    const value = typeof token === 'string' && token !== '' ? new Secret(token) : undefined
    return { value, expiration: expiration?.getTime() }
  }

  /** A token cannot outlive the session that asks for it. */
  async function secondsOfSession(): Promise<number> {
    const { expiration } = await client.config.credentials()
    return expiration ? Math.floor((expiration.getTime() - options.platform.now()) / 1000) - 1 : 0
  }

  const seconds = Math.floor(lifetimeMs / 1000)
  try {
    return await ask(seconds).catch(async (thrown: unknown) => {
      if (!(thrown instanceof sdk.SessionDurationEscalationException)) throw thrown
      const rest = Math.min(await secondsOfSession(), seconds - 1)
      if (rest < leastSeconds) throw thrown
      return ask(rest)
    })
  } finally {
    client.destroy()
  }
}

function configOf(sdk: Sdk, { region, platform, wire, warn }: StsOptions): STSClientConfig {
  const silent = (): void => undefined
  const endpoint = platform.env['AWS_ENDPOINT_URL_STS'] || platform.env['AWS_ENDPOINT_URL']
  const shared = {
    ...(region !== undefined && { region }),
    requestHandler: wire.handler as unknown as NonNullable<STSClientConfig['requestHandler']>,
    // The cache tries again, and knows when.
    maxAttempts: 1,
    // Without a logger the SDK writes to the console; its others quote what is sent.
    logger: {
      debug: silent,
      info: silent,
      error: silent,
      warn: (...words: unknown[]) => {
        warn(words.map(String).join(' '))
      },
    },
    ...(endpoint && { endpoint }),
  }
  // The SDK remembers shared config and credentials files for the life of the process. This part of its configuration,
  // deprecated for everything else, is the one way to tell its own search for credentials not to.
  const { credentialDefaultProvider: search } = new sdk.STSClient(shared).config as unknown as CredentialSearch
  const anew: CredentialSearch = { credentialDefaultProvider: (init) => search({ ...init, ignoreCache: true }) }
  return { ...shared, ...(anew as object) }
}

interface CredentialSearch {
  readonly credentialDefaultProvider: (init: object) => NonNullable<STSClientConfig['credentials']>
}
