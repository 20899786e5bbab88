import type { ProfileConfig } from '../config/schema.ts'
import { findCredentials } from '../sources/google/credentials.ts'
import type { Platform } from '../platform/platform.ts'
import type { ErrorCode } from '../token/error.ts'
import { defaultProfile } from '../token/profiles.ts'
import { attempts } from './attempt.ts'
import type { ExaminedClient } from './client.ts'
import type { Patient } from './patient.ts'
import { broken, ok, skipped, warning, type Step } from './step.ts'

/** Which credentials there are, and where they come from. */
export const credentials: Step = {
  id: 'credentials',
  title: 'credentials',
  doing: 'asking for a token',
  exitCode: 10,
  async run(patient) {
    const { platform, profile, client } = patient
    const startedAt = platform.monotonicNow()
    const [ofProfile, ofClient] = [
      profile && (await credentialsOf(profile.config, profile.name, platform)),
      client && credentialsOfClient(client),
    ]
    const tookMs = platform.monotonicNow() - startedAt
    const made = await attempts(patient)
    const learned = { attempts: made }
    const failure = made.map((attempt) => attempt.failure).find((each) => isAboutCredentials(each?.code))
    if (failure) {
      const { found, code, remedies } = failure
      return broken(found, { learned, remedies, ...(code && { code }) })
    }
    const found = [ofProfile, ofClient].filter((text) => text !== undefined).join('; the client: ')
    if (found === '') return skipped('the configuration of the client cannot be read, see there', { learned })
    const more = { learned, tookMs }
    return isForThisRunAlone(patient) ? warning(found, { ...more, remedies: [keepKey] }) : ok(found, more)
  },
}

/** What mends a key that nobody else knows. */
export const keepKey = {
  say: 'The key of this profile is made anew at each start, so brokers cannot know the one of this command. Keep it in a file, or ask the sidecar that runs: --command-config with the properties of the client.',
  paste: '--key-file /var/lib/kafka-token-sidecar/issuer.pem',
}

/** The token is signed by a key that was made just now: no broker can know it. */
export function isForThisRunAlone({ profile, client }: Patient): boolean {
  const config = profile?.config
  return config?.source === 'self-issued' && config.keyFile === undefined && client === undefined
}

const codes: readonly ErrorCode[] = [
  'ERR_GCP_NO_CREDENTIALS',
  'ERR_GCP_CREDENTIALS_FILE',
  'ERR_GCP_METADATA_UNAVAILABLE',
  'ERR_AZURE_NO_CREDENTIALS',
  'ERR_AWS_NO_CREDENTIALS',
  'ERR_AWS_SDK_MISSING',
  'ERR_KEY_FILE',
  'ERR_KEY_FILE_MODE',
  'ERR_KEY_TYPE',
  'ERR_KEY_PASSPHRASE',
  'ERR_KEY_TEMPLATE',
  'ERR_KEY_CERTIFICATE',
  'ERR_KEY_SECRET',
  'ERR_KEY_ASSERTION',
]

function isAboutCredentials(code: ErrorCode | undefined): boolean {
  return code !== undefined && codes.includes(code)
}

async function credentialsOf(config: ProfileConfig, name: string, platform: Platform): Promise<string> {
  const source = `source ${config.source}`
  switch (config.source) {
    case 'gcp': {
      // What cannot be read is told by the attempt to use it.
      const found = await findCredentials(platform.env).catch(() => undefined)
      const { credentials: google } = found ?? {}
      if (google?.from === 'file') return `${source}: ${google.type} in ${google.path}`
      return google ? `${source}: the metadata server ${google.origin}` : `${source}: Application Default Credentials`
    }
    case 'self-issued':
      return `${source}: ${config.keyFile === undefined ? 'a key that was made just now' : `the key in ${config.keyFile}`}`
    case 'file':
      return `${source}: the token in ${config.file}`
    case 'azure':
      return `${source}: ${platform.env['AZURE_FEDERATED_TOKEN_FILE'] ?? 'the managed identity of this machine or app'}`
    case 'aws':
      return `${source}: the credentials that the AWS SDK finds`
    case 'client-credentials':
    case 'jwt-bearer':
    case 'token-exchange':
      return `${source}: ${clientOf(config, name)}`
  }
}

type ProviderConfig = Extract<ProfileConfig, { source: 'client-credentials' | 'jwt-bearer' | 'token-exchange' }>

function clientOf(config: ProviderConfig, name: string): string {
  const { clientId, clientSecretFile, clientSecretVariable, clientSecret, tls } = config
  const who = clientId === undefined ? 'a client without id' : `client ${clientId}`
  const assertion = 'assertion' in config ? config.assertion : undefined
  if (assertion) {
    const place = assertion.file ?? assertion.privateKeyFile
    return `${who}, by an assertion${place === undefined ? '' : ` (${place})`}`
  }
  if (tls?.certFile !== undefined) return `${who}, by the certificate in ${tls.certFile}`
  if (clientSecretFile !== undefined) return `${who}, by the secret in ${clientSecretFile}`
  if (clientSecret !== undefined) return `${who}, by a secret`
  const variable = clientSecretVariable ?? (name === defaultProfile ? 'KTS_CLIENT_SECRET' : undefined)
  return variable === undefined ? who : `${who}, by the secret in ${variable}`
}

function credentialsOfClient({ access, tokens, securityProtocol, file }: ExaminedClient): string | undefined {
  if (!access) return undefined
  const { login, tls } = access
  if (!login) {
    return tls?.cert === undefined ? `none (security.protocol=${securityProtocol})` : `a client certificate, by ${file}`
  }
  if (login.mechanism !== 'OAUTHBEARER') {
    const what = login.tokenAuth ? `delegation token ${login.username}` : `user ${login.username} and a password`
    return `${what} for ${login.mechanism}, in sasl.jaas.config`
  }
  if (!tokens) return 'by tokens'
  if (tokens.source === 'file') return `the token in ${tokens.file}`
  if (tokens.source !== 'client-credentials' && tokens.source !== 'jwt-bearer') return 'by tokens'
  const who = tokens.clientSecret ? `client ${tokens.clientId ?? ''}, by its secret` : clientOf(tokens, '')
  return `${who}, in the properties of the client`
}
