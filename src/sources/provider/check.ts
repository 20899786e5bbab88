import { presets, type Preset } from '../../oauth/preset.ts'
import { isLoopback } from '../../platform/loopback.ts'
import type { OptionProblem } from '../source-kind.ts'
import type { AssertionSettings } from './assertion-options.ts'
import type { ClientAuthSettings, ProviderSettings } from './options.ts'
import type { ProviderSourceOptions, Settings } from './provider-source.ts'

type Rule = readonly [isBroken: boolean, path: readonly string[], problem: string]

/** What cannot work, found before the start: two options that exclude each other, or one that needs another. */
export function checkProvider(
  settings: Settings,
  assertionsAre: ProviderSourceOptions['assertionsAre'],
): readonly OptionProblem[] {
  const rules = [
    ...providerRules(settings),
    ...clientAuthRules(settings, assertionsAre),
    ...(settings.assertion ? assertionRules(settings.assertion, settings) : []),
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, path, problem]) => ({ path, problem }))
}

function providerRules(settings: ProviderSettings): Rule[] {
  const { issuer, tokenEndpoint, provider, tls, format, principal, principalClaim, allowPlaintextProvider } = settings
  const preset: Preset = provider ? presets[provider] : {}
  const unsafe = (url: string | undefined): boolean => !allowPlaintextProvider && isPlaintext(url)
  return [
    [!issuer && !tokenEndpoint && !preset.tokenEndpoint, ['issuer'], 'is needed, or tokenEndpoint'],
    [unsafe(issuer), ['issuer'], plaintext],
    [unsafe(tokenEndpoint), ['tokenEndpoint'], plaintext],
    [Boolean(tls?.certFile) && !tls?.keyFile, ['tls', 'keyFile'], 'is needed with tls.certFile'],
    [Boolean(tls?.keyFile) && !tls?.certFile, ['tls', 'certFile'], 'is needed with tls.keyFile'],
    [format === 'envelope' && !principal, ['principal'], 'is needed with format: envelope'],
    [format !== 'envelope' && Boolean(principal), ['principal'], 'only has a meaning with format: envelope'],
    [format === 'envelope' && principalClaim !== 'sub', ['principalClaim'], 'must be sub with format: envelope'],
  ]
}

const plaintext =
  'is plain http, where everybody on the way reads credentials and tokens: use https, or add allowPlaintextProvider if the way is safe'

function isPlaintext(url: string | undefined): boolean {
  if (url === undefined) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isLoopback(hostname)
}

function clientAuthRules(
  { clientId, clientAuth, clientSecretFile, clientSecret, assertion, tls }: ClientAuthSettings & Settings,
  assertionsAre: ProviderSourceOptions['assertionsAre'],
): Rule[] {
  const secret = Boolean(clientSecret ?? clientSecretFile)
  const bySecret = clientAuth === 'client_secret_basic' || clientAuth === 'client_secret_post'
  const isAuth = assertionsAre === 'client authentication'
  const byAssertion = clientAuth === 'private_key_jwt'
  return [
    [!clientId && (secret || bySecret), ['clientId'], 'is needed with a client secret'],
    [!clientId && clientAuth === 'tls_client_auth', ['clientId'], 'is needed with clientAuth: tls_client_auth'],
    [
      clientAuth === 'tls_client_auth' && !tls?.certFile,
      ['tls', 'certFile'],
      'is needed with clientAuth: tls_client_auth',
    ],
    [byAssertion && !assertion, ['assertion'], 'is needed with clientAuth: private_key_jwt'],
    [
      byAssertion && assertionsAre === 'grant',
      ['clientAuth'],
      'cannot be private_key_jwt with jwt-bearer, where the assertion is the grant',
    ],
    [
      secret && isAuth && Boolean(assertion) && !bySecret,
      ['clientSecretFile'],
      'would be ignored beside assertion: remove one of them',
    ],
    [
      clientAuth !== undefined && !byAssertion && isAuth && Boolean(assertion),
      ['assertion'],
      `would be ignored with clientAuth: ${clientAuth ?? ''}`,
    ],
    [
      clientAuth !== undefined && !bySecret && secret && !(isAuth && Boolean(assertion)),
      ['clientSecretFile'],
      `would be ignored with clientAuth: ${clientAuth ?? ''}`,
    ],
    [
      !clientId && clientAuth === undefined && isAuth && !assertion && !secret,
      ['clientId'],
      'is needed, unless an assertion says who the client is',
    ],
  ]
}

function assertionRules(assertion: AssertionSettings, { clientId, allowPlaintextProvider }: Settings): Rule[] {
  const { signer, privateKeyFile, file, profile, vault, google, claim, algorithm } = assertion
  const rule = (isBroken: unknown, path: string, problem: string): Rule => [
    Boolean(isBroken),
    ['assertion', ...path.split('.')],
    problem,
  ]
  const readyMade = file !== undefined ? 'assertion.file' : profile !== undefined ? 'assertion.profile' : undefined
  const isSigned = readyMade === undefined
  const isKeyHere = isSigned && signer === 'file'
  const unused = (path: string, isSet: unknown): Rule =>
    rule(!isSigned && isSet, path, `would be ignored beside ${readyMade ?? ''}: remove one of them`)
  const needsKey = (path: string, isSet: unknown): Rule =>
    rule(isSigned && !isKeyHere && isSet, path, `only has a meaning with a key of our own, not with signer: ${signer}`)
  return [
    rule(
      file !== undefined && profile !== undefined,
      'profile',
      'would be ignored beside assertion.file: remove one of them',
    ),
    rule(isKeyHere && !privateKeyFile, 'privateKeyFile', 'is needed, or assertion.file with a ready-made assertion'),
    rule(signer === 'vault' && isSigned && !vault, 'vault', 'is needed with signer: vault'),
    rule(
      signer === 'google' && algorithm !== 'RS256',
      'algorithm',
      'must be RS256 with signer: google, which signs in no other way',
    ),
    rule(!allowPlaintextProvider && isPlaintext(vault?.address), 'vault.address', plaintext),
    rule(
      signer === 'google' && assertion.keyId,
      'keyId',
      'would be ignored with signer: google, which names the key itself',
    ),
    rule(signer !== 'vault' && vault, 'signer', 'must be vault where assertion.vault is configured'),
    rule(signer !== 'google' && google, 'signer', 'must be google where assertion.google is configured'),
    rule(
      isSigned && claim.iss === undefined && clientId === undefined && !assertion.templateFile,
      'claim.iss',
      'is needed, or clientId, which it is by default',
    ),
    unused('privateKeyFile', privateKeyFile),
    unused('templateFile', assertion.templateFile),
    unused('keyId', assertion.keyId),
    unused('certificateFile', assertion.certificateFile),
    unused('publishKeys', assertion.publishKeys),
    unused('signer', signer !== 'file'),
    unused('claim.aud', claim.aud),
    unused('claim.iss', claim.iss),
    unused('claim.sub', claim.sub),
    unused('claim.expSeconds', claim.expSeconds),
    unused('claim.jtiInclude', claim.jtiInclude),
    needsKey('privateKeyFile', privateKeyFile),
    needsKey('templateFile', assertion.templateFile),
    needsKey('certificateFile', assertion.certificateFile),
    rule(
      assertion.nextKeyFile && !assertion.publishKeys,
      'nextKeyFile',
      'only has a meaning with assertion.publishKeys',
    ),
    rule(
      assertion.previousKeyFile && !assertion.publishKeys,
      'previousKeyFile',
      'only has a meaning with assertion.publishKeys',
    ),
  ]
}
