import type { PublicJwk } from '../../keys/jwk.ts'
import type { Signer } from '../../keys/signer.ts'
import { signAssertion, type AssertionClaims, type Assertions } from '../../oauth/assertion.ts'
import { presets, type Preset, type PresetName } from '../../oauth/preset.ts'
import { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import type { SourceWorld } from '../source-kind.ts'
import type { AssertionSettings } from './assertion-options.ts'
import { tokenFile } from './token-file.ts'
import { publishedKeyFile, signingFiles } from './signing-files.ts'

/** Assertions of a profile, and the public keys that verify them where we sign. */
export interface AssertionSource extends Assertions {
  readonly jwks?: () => Promise<readonly PublicJwk[]>
  readonly close: () => void
}

export interface AssertionContext {
  readonly clientId: string | undefined
  readonly provider: PresetName | undefined
  /** Also for a signer that is asked over HTTP. */
  readonly allowPlaintext: boolean
}

/** Ready-made from a file or another profile, or signed by a key in a file or by a service that holds it. */
export function assertionSource(
  settings: AssertionSettings,
  context: AssertionContext,
  world: SourceWorld,
): AssertionSource {
  if (settings.file !== undefined) return fromFile(settings.file, world)
  if (settings.profile !== undefined) return fromProfile(settings.profile, world)
  const claims = claimsOf(settings, context)
  if (settings.signer === 'file') return signedHere(settings, claims, world)
  return signedElsewhere(claims, world, () => remoteSigner(settings, context, world))
}

function fromFile(path: string, world: SourceWorld): AssertionSource {
  const file = tokenFile(path, world)
  return { make: () => file.read(), hasFormer: never, confirm: noop, close: file.close }
}

function fromProfile(profile: string, world: SourceWorld): AssertionSource {
  return {
    make: async ({ signal }) => (await world.source(profile).getToken({ profile }, signal)).value.reveal(),
    hasFormer: never,
    confirm: noop,
    close: noop,
  }
}

function signedHere(settings: AssertionSettings, claims: AssertionClaims, world: SourceWorld): AssertionSource {
  const signing = signingFiles(settings, world)
  const further = [settings.nextKeyFile, settings.previousKeyFile]
    .filter((path) => path !== undefined)
    .map((path) => publishedKeyFile(path, settings, world))
  return {
    async make(wanted) {
      return signAssertion(await signing.read(wanted.former), claims, wanted, world.platform)
    },
    hasFormer: signing.hasFormer,
    confirm: signing.confirm,
    async jwks() {
      const [newest, former] = await Promise.all([signing.read(), signing.read(true)])
      // A next key that is not there yet is no fault of the current one.
      const others = await Promise.all(further.map((file) => file.read().catch(() => [])))
      const own = await Promise.all([newest, former].map(async ({ signer }) => signer.publicJwks()))
      return distinct([...own.flat(), ...newest.others, ...others.flat()])
    },
    close() {
      signing.close()
      for (const file of further) file.close()
    },
  }
}

function distinct(keys: readonly PublicJwk[]): readonly PublicJwk[] {
  return [...new Map(keys.map((key) => [JSON.stringify([key.kid, key.x, key.n]), key])).values()]
}

function signedElsewhere(claims: AssertionClaims, world: SourceWorld, create: () => Promise<Signer>): AssertionSource {
  let made: Promise<Signer> | undefined
  const signer = (): Promise<Signer> => (made ??= create())
  return {
    async make(wanted) {
      return signAssertion({ signer: await signer(), header: {} }, claims, wanted, world.platform)
    },
    jwks: async () => (await signer()).publicJwks(),
    hasFormer: never,
    confirm: noop,
    close: noop,
  }
}

/** Each service that holds keys is loaded when it is used. A new one is a case here, and an option of its own. */
async function remoteSigner(
  { signer, algorithm, google, vault, keyId, publishKeys }: AssertionSettings,
  { allowPlaintext }: AssertionContext,
  world: SourceWorld,
): Promise<Signer> {
  const { platform, fetchTimeoutMs } = world
  if (signer === 'google') {
    const { googleSigner } = await import('../google/google-signer.ts')
    return googleSigner({ algorithm, serviceAccount: google?.serviceAccount, platform, fetchTimeoutMs })
  }
  if (!vault) throw new TokenError('ERR_KEY_SIGNER', 'assertion.vault is missing')
  const { vaultSigner } = await import('../../keys/vault-signer.ts')
  const { tokenFile: path, ...transit } = vault
  const file = tokenFile(path, { platform }, { isJwt: false })
  const kid = keyId ?? (publishKeys ? undefined : null)
  const token = async (): Promise<Secret> => new Secret(await file.read())
  return vaultSigner({ ...transit, algorithm, kid, token, platform, allowPlaintext })
}

function claimsOf(
  { claim }: Pick<AssertionSettings, 'claim'>,
  { clientId, provider }: AssertionContext,
): AssertionClaims {
  const preset: Preset = provider ? presets[provider] : {}
  return {
    aud: claim.aud,
    defaultAudience: preset.audience ?? 'issuer',
    iss: claim.iss ?? clientId ?? false,
    sub: claim.sub ?? clientId ?? false,
    expSeconds: claim.expSeconds ?? preset.expSeconds ?? 300,
    nbfSeconds: claim.nbfSeconds,
    jtiInclude: claim.jtiInclude ?? preset.jtiInclude ?? false,
  }
}

const never = (): boolean => false
const noop = (): void => undefined
