import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJsonObject } from '../../platform/json-object.ts'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'

type Env = Platform['env']

/** A credentials file, as `gcloud` or the Google console writes it. */
export interface CredentialsFile {
  readonly from: 'file'
  readonly path: string
  /** `type` of the file, as in `service_account`. */
  readonly type: string
  readonly json: Readonly<Record<string, unknown>>
  /** Changes with path and content. */
  readonly identity: string
}

/** The metadata server of GCE, GKE, Cloud Run. Whether it is there shows when it is asked. */
export interface MetadataServer {
  readonly from: 'metadata'
  readonly origin: string
  readonly identity: string
}

export interface Found {
  readonly credentials: CredentialsFile | MetadataServer | undefined
  /** What was looked at before, in words. */
  readonly tried: readonly string[]
}

/**
 * Application Default Credentials: the file named by GOOGLE_APPLICATION_CREDENTIALS, else the one that
 * `gcloud auth application-default login` writes, else the metadata server. Nothing is remembered: a file that appears is
 * seen, and one that changes has another identity. A file that is named but missing hides the rest: to go on with another
 * identity would be a surprise.
 */
export async function findCredentials(env: Env): Promise<Found> {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'] || env['google_application_credentials']
  if (named) {
    const credentials = await readCredentials(named)
    return { credentials, tried: [`GOOGLE_APPLICATION_CREDENTIALS names ${named}, which does not exist`] }
  }
  const tried = ['GOOGLE_APPLICATION_CREDENTIALS (not set)']
  const wellKnown = wellKnownFile(env)
  // The home of somebody else, as in a container that runs with a foreign uid, holds nothing for us.
  const credentials = wellKnown && (await canLookFor(wellKnown)) ? await readCredentials(wellKnown) : undefined
  if (credentials) return { credentials, tried }
  tried.push(wellKnown ? `${wellKnown} (does not exist)` : 'the file of gcloud (HOME is not set)')
  if (env['METADATA_SERVER_DETECTION']?.trim().toLowerCase() === 'none') {
    tried.push('metadata server (METADATA_SERVER_DETECTION is none)')
    return { credentials: undefined, tried }
  }
  const host = env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST']
  const origin = metadataOrigin(host)
  if (origin) return { credentials: { from: 'metadata', origin, identity: origin }, tried }
  tried.push(`metadata server (GCE_METADATA_HOST is not a host: ${host ?? ''})`)
  return { credentials: undefined, tried }
}

function metadataOrigin(host: string | undefined): string | undefined {
  const url = host ? (/^https?:\/\//.test(host) ? host : `http://${host}`) : 'http://169.254.169.254'
  return URL.canParse(url) ? new URL(url).origin : undefined
}

// Only the environment is asked for the home directory: os.homedir() throws for a numeric user without an entry.
function wellKnownFile(env: Env): string | undefined {
  const home = env['HOME']
  const folder =
    env['CLOUDSDK_CONFIG'] ||
    (process.platform === 'win32'
      ? env['APPDATA'] && join(env['APPDATA'], 'gcloud')
      : home && join(home, '.config', 'gcloud'))
  return folder ? join(folder, 'application_default_credentials.json') : undefined
}

/** Undefined when there is no such file; rejects when it is there and cannot be used. */
async function readCredentials(path: string): Promise<CredentialsFile | undefined> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable'
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new TokenError('ERR_GCP_CREDENTIALS_FILE', `${path} cannot be read (${code})`, { cause: thrown })
    return undefined
  })
  if (text === undefined) return undefined
  const json = parseJsonObject(text)
  if (!json) throw new TokenError('ERR_GCP_CREDENTIALS_FILE', `${path} does not hold a JSON object`)
  const { type } = json
  if (typeof type !== 'string') throw new TokenError('ERR_GCP_CREDENTIALS_FILE', `${path} has no type`)
  const identity = createHash('sha256').update(`${path}\n${text}`).digest('base64')
  return { from: 'file', path, type, json, identity }
}

async function canLookFor(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
