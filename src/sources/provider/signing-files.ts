import type { PublicJwk } from '../../keys/jwk.ts'
import { certificateThumbprint } from '../../keys/certificate.ts'
import { requirePrivateFile } from '../../keys/file-mode.ts'
import { parsePrivateKey, parsePublicJwks } from '../../keys/private-key.ts'
import { localSigner } from '../../keys/signer.ts'
import type { AssertionMaking, AssertionTemplate } from '../../oauth/assertion.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import { Secret } from '../../platform/secret.ts'
import { watchedFiles, type FileContent, type WatchedFiles } from '../../platform/watched-files.ts'
import { TokenError, type ErrorCode } from '../../token/error.ts'
import type { SourceWorld } from '../source-kind.ts'
import type { AssertionSettings } from './assertion-options.ts'
import { reloadEvents } from '../../token/reload-events.ts'
import { secretText } from './secret-text.ts'
import { inVariable } from './secret-variable.ts'

/** What assertions are made with, and the public keys that verify them. */
export interface Signing extends AssertionMaking {
  /** Further public keys of a JWK Set. */
  readonly others: readonly PublicJwk[]
}

/** The key, its passphrase and certificate, and the template: all that an assertion is signed with here. */
export function signingFiles(settings: AssertionSettings, world: SourceWorld): WatchedFiles<Signing> {
  const { privateKeyFile = '', certificateFile, templateFile, privateKeyPassphraseFile } = settings
  return watchedFiles({
    platform: world.platform,
    files: {
      key: privateKeyFile,
      passphrase: settings.privateKeyPassphrase ? undefined : privateKeyPassphraseFile,
      certificate: certificateFile,
      template: templateFile,
    },
    required: true,
    ...reloadEvents(world, 'the private key, its certificate or the template'),
    unreadable: unreadableFile(settings),
    parse({ key, passphrase, certificate, template }): Signing {
      const secret = passphraseOf(settings, world, passphrase)
      const parsed = parsedKey(key, settings, secret)
      const layer = template && parseTemplate(template)
      const thumbprint =
        certificate &&
        certificateThumbprint(certificate.text, {
          key: parsed.key,
          from: certificate.path,
          now: world.platform.now(),
        })
      // A provider refuses a kid that it does not know: there is none unless somebody says it, or we publish the key.
      const kid = settings.keyId ?? kidOf(layer) ?? parsed.kid ?? (settings.publishKeys ? undefined : null)
      return {
        signer: localSigner(parsed.key, settings.algorithm, { kid }),
        others: parsed.others,
        ...(layer && { template: layer }),
        header: {
          ...(settings.keyId !== undefined && { kid: settings.keyId }),
          ...(thumbprint !== undefined && { 'x5t#S256': thumbprint }),
        },
      }
    },
  })
}

/** A key that is only published, the next or the previous one: its public half will do. */
export function publishedKeyFile(
  path: string,
  settings: AssertionSettings,
  world: SourceWorld,
): WatchedFiles<readonly PublicJwk[]> {
  const { privateKeyPassphraseFile: passphraseFile } = settings
  return watchedFiles({
    platform: world.platform,
    files: { key: path, passphrase: settings.privateKeyPassphrase ? undefined : passphraseFile },
    // It comes and goes with a rotation.
    mayBeMissing: (name) => name === 'key',
    ...reloadEvents(world, `the published key in ${path}`),
    unreadable: unreadableFile(settings),
    parse({ key, passphrase }) {
      if (!key) return []
      const secret = passphraseOf(settings, world, passphrase)
      const { algorithm } = settings
      return parsePublicJwks(key.text, { algorithm, from: key.path, passphrase: secret })
    },
  })
}

function parsedKey(key: FileContent | undefined, { algorithm }: AssertionSettings, passphrase: Secret | undefined) {
  const { path = '', text = '', mode = 0 } = key ?? {}
  requirePrivateFile(path, mode)
  return parsePrivateKey(text, { algorithm, from: path, passphrase })
}

function passphraseOf(
  { privateKeyPassphrase, privateKeyPassphraseVariable }: AssertionSettings,
  world: SourceWorld,
  file: FileContent | undefined,
): Secret | undefined {
  if (privateKeyPassphrase) return privateKeyPassphrase
  if (file) {
    requirePrivateFile(file.path, file.mode)
    return new Secret(secretText(file.text))
  }
  const text = inVariable(privateKeyPassphraseVariable, 'KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE', world)
  return text === undefined ? undefined : new Secret(text)
}

function unreadableFile({ templateFile, certificateFile, privateKeyPassphraseFile }: AssertionSettings) {
  const codeOf = (path: string): ErrorCode => {
    if (path === templateFile) return 'ERR_KEY_TEMPLATE'
    if (path === certificateFile) return 'ERR_KEY_CERTIFICATE'
    return path === privateKeyPassphraseFile ? 'ERR_KEY_PASSPHRASE' : 'ERR_KEY_FILE'
  }
  return (path: string, problem: string): TokenError => new TokenError(codeOf(path), `cannot read ${path} (${problem})`)
}

/** Both parts are optional; anything else in the file is a mistake that would silently do nothing. */
function parseTemplate({ path, text }: FileContent): AssertionTemplate {
  const json = parseJsonObject(text)
  if (!json) throw new TokenError('ERR_KEY_TEMPLATE', `${path} is not a JSON object`)
  const { header = {}, payload = {}, ...unknown } = json
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) {
    throw new TokenError('ERR_KEY_TEMPLATE', `${path} has ${stranger.slice(0, 40)} beside header and payload`)
  }
  const layer = { header: requireObject(header, 'header', path), payload: requireObject(payload, 'payload', path) }
  if (!('crit' in layer.header)) return layer
  throw new TokenError('ERR_KEY_TEMPLATE', `header in ${path} has crit, and no extension of JWS is known here`)
}

function kidOf(template: AssertionTemplate | undefined): string | undefined {
  const kid = template?.header['kid']
  return typeof kid === 'string' ? kid : undefined
}

function requireObject(value: unknown, name: string, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TokenError('ERR_KEY_TEMPLATE', `${name} in ${path} is not a JSON object`)
}
