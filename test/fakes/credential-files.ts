import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test file, gone after `remove()`. */
export function temporaryFolder(): { path: string; file(name: string): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'kts-'))
  return {
    path,
    file: (name) => join(path, name),
    remove: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
}

export function writeJson(path: string, json: object): string {
  writeFileSync(path, JSON.stringify(json))
  return path
}

let pem: string | undefined

/** One per process: RSA keys take their time. */
function privateKey(): string {
  pem ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return pem
}

export function serviceAccountKey(email = 'orders@project.iam.gserviceaccount.com') {
  return {
    type: 'service_account',
    project_id: 'project',
    private_key_id: 'key-1',
    private_key: privateKey(),
    client_email: email,
    client_id: '1234567890',
    token_uri: 'https://oauth2.googleapis.com/token',
  }
}

export function authorizedUser() {
  return {
    type: 'authorized_user',
    client_id: 'gcloud.apps.googleusercontent.com',
    client_secret: 'secret-of-gcloud',
    refresh_token: '1//refresh-token-of-a-user',
  }
}

export function impersonated(source: object, target = 'target@project.iam.gserviceaccount.com') {
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${target}:generateAccessToken`
  return { type: 'impersonated_service_account', service_account_impersonation_url: url, source_credentials: source }
}

export const audience =
  '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/providers/provider'

/** @param origin of the fake endpoints */
export function externalAccount(origin: string, credentialSource: object, options: { impersonate?: string } = {}) {
  return {
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${origin}/v1/token`,
    credential_source: credentialSource,
    ...(options.impersonate && {
      service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/${options.impersonate}:generateAccessToken`,
    }),
  }
}

export function externalAccountAuthorizedUser(origin: string) {
  return {
    type: 'external_account_authorized_user',
    audience: '//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider',
    client_id: 'workforce-client',
    client_secret: 'secret-of-workforce',
    refresh_token: 'refresh-token-of-workforce',
    token_url: `${origin}/v1/oauthtoken`,
  }
}

/** A subject token in the shape of a JWT, as an identity provider signs it; nobody here checks the signature. */
export function subjectToken(subject: string): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ iss: 'https://idp.example', sub: subject })}.c2lnbmF0dXJl`
}

/** An executable as `credential_source.executable.command` names it. */
export function writeExecutable(path: string, script: string): string {
  writeFileSync(path, `#!${process.execPath}\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
