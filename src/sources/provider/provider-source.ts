import type { PublicJwk } from '../../keys/jwk.ts'
import { clientIdOnly, clientSecretBasic, clientSecretPost, privateKeyJwt } from '../../oauth/client-auth.ts'
import { presets, type Preset } from '../../oauth/preset.ts'
import { provider } from '../../oauth/provider.ts'
import { tokenClient } from '../../oauth/token-client.ts'
import type { CallPart } from '../../oauth/token-call.ts'
import { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import type { TokenSource } from '../../token/token.ts'
import type { SourceWorld } from '../source-kind.ts'
import { ownTimeoutMs } from '../source-times.ts'
import type { AssertionSettings } from './assertion-options.ts'
import { assertionSource, type AssertionSource } from './assertions.ts'
import { clientSecret, secretInVariable } from './client-secret.ts'
import type { ClientAuthSettings, ProviderSettings } from './options.ts'
import { shapeToken } from './shape.ts'
import { tlsFiles } from './tls-files.ts'

export type Settings = ProviderSettings & ClientAuthSettings & { readonly assertion?: AssertionSettings | undefined }

/** A source whose assertions others may use, and whose public keys the provider may read. */
export interface AssertingSource extends TokenSource {
  /** One assertion for the provider, and nothing asked of it but its metadata. */
  makeAssertion(signal: AbortSignal): Promise<Secret>
  /** Public keys of the assertions; undefined unless they are to be published. */
  readonly publishedJwks?: () => Promise<readonly PublicJwk[]>
}

export function isAsserting(source: TokenSource): source is AssertingSource {
  return 'makeAssertion' in source
}

export interface ProviderSourceOptions {
  readonly kind: string
  readonly settings: Settings
  /** Where the assertions are the grant, the client needs no proof of its own. */
  readonly assertionsAre: 'client authentication' | 'grant' | 'nothing'
  grant(assertions: AssertionSource | undefined): CallPart
  close?(): void
}

/** A source that asks an identity provider: one grant, one client authentication, one token endpoint. */
export function providerSource(options: ProviderSourceOptions, world: SourceWorld): TokenSource | AssertingSource {
  const { kind, settings, assertionsAre } = options
  const { platform, profile, emit } = world
  const { clientId } = settings
  const preset: Preset = settings.provider ? presets[settings.provider] : {}
  const tokenEndpoint = settings.tokenEndpoint ?? (settings.issuer === undefined ? preset.tokenEndpoint : undefined)
  platform.prepareFetch?.()
  const peer = provider({
    platform,
    issuer: settings.issuer,
    tokenEndpoint,
    allowPlaintext: settings.allowPlaintextProvider,
    timeoutMs: ownTimeoutMs(world.fetchTimeoutMs),
  })
  const closers: (() => void)[] = [() => options.close?.()]
  const closing = <Part extends { readonly close: () => void }>(part: Part): Part => {
    closers.push(part.close)
    return part
  }

  const tls = settings.tls && closing(tlsFiles(settings.tls, world))
  const context = { clientId, provider: settings.provider, allowPlaintext: settings.allowPlaintextProvider }
  const assertions = settings.assertion && closing(assertionSource(settings.assertion, context, world))

  function clientAuth(): CallPart {
    switch (clientAuthOf(settings, assertionsAre, world)) {
      case 'private_key_jwt':
        return privateKeyJwt(clientId, assertions as AssertionSource, settings.assertion?.type ?? '')
      case 'client_secret_basic':
        return clientSecretBasic(clientId ?? '', closing(clientSecret(settings, world)), settings.headerUrlencode)
      case 'client_secret_post':
        return clientSecretPost(clientId ?? '', closing(clientSecret(settings, world)))
      default:
        return clientIdOnly(clientId)
    }
  }

  const client = tokenClient({
    platform,
    provider: peer,
    timeoutMs: ownTimeoutMs(world.fetchTimeoutMs),
    parts: [options.grant(assertions), clientAuth()],
    ...(tls && { tls }),
    onFormerUsed({ code, message }) {
      emit({ type: 'former-credential-used', profile, code, message })
    },
    onNewestTaken() {
      emit({ type: 'newest-credential-taken', profile })
    },
  })
  const address = settings.issuer ?? tokenEndpoint ?? ''

  const source: TokenSource = {
    kind,
    async getToken({ scope, audience }, signal) {
      const wishes = { ...(scope !== undefined && { scope }), ...(audience !== undefined && { audience }) }
      const tokens = await client.obtain(signal, wishes)
      return shapeToken(tokens, { ...settings, ...wishes }, { url: address, platform })
    },
    close() {
      for (const close of closers) close()
    },
  }
  if (!assertions) return source
  const asserting: AssertingSource = {
    ...source,
    async makeAssertion(signal) {
      const endpoint = await peer.endpoint(await tls?.read(), signal)
      return new Secret(await assertions.make({ endpoint, former: false, signal }))
    },
    ...(settings.assertion.publishKeys && assertions.jwks && { publishedJwks: assertions.jwks }),
  }
  return asserting
}

type ClientAuth = NonNullable<ClientAuthSettings['clientAuth']>

/** What is configured says how the client proves itself, unless `clientAuth` does. */
export function clientAuthOf(
  settings: Settings,
  assertionsAre: ProviderSourceOptions['assertionsAre'],
  world: Pick<SourceWorld, 'platform' | 'profile'>,
): ClientAuth {
  if (settings.clientAuth) return settings.clientAuth
  if (settings.assertion && assertionsAre === 'client authentication') return 'private_key_jwt'
  const { clientId, clientSecret: secret, clientSecretFile } = settings
  if (secret !== undefined || clientSecretFile !== undefined) return 'client_secret_basic'
  if (settings.clientSecretVariable !== undefined) return 'client_secret_basic'
  // The variable that has a name by itself may be there for something else.
  if (clientId !== undefined && settings.tls?.certFile !== undefined) return 'tls_client_auth'
  if (clientId !== undefined && secretInVariable(settings, world) !== undefined) return 'client_secret_basic'
  if (assertionsAre !== 'client authentication') return 'none'
  throw new TokenError('ERR_KEY_SECRET', 'nothing says how the client proves itself to the provider', {
    hint: 'Set assertion.privateKeyFile (--assertion-private-key-file), clientSecretFile (--client-secret-file) or KTS_CLIENT_SECRET, or clientAuth: none.',
  })
}
