import { constants, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { scriptedServer, type Answer, type Call, type ScriptedServer } from './scripted-server.ts'

export type TransitKeyType = 'rsa-2048' | 'ecdsa-p256' | 'ecdsa-p384' | 'ed25519' | 'aes256-gcm96'

export interface FakeVault extends ScriptedServer {
  /** Makes a new version of the key (POST keys/:name/rotate). */
  rotate(): void
  /** The least version that may sign (POST keys/:name/config). */
  minEncryptionVersion: number
  /** As before Vault 1.12: `salt_length` is not known. */
  ignoresSaltLength: boolean
}

export interface FakeVaultOptions {
  readonly type: TransitKeyType
  readonly name?: string
  readonly mount?: string
  readonly token?: string
}

/**
 * A transit engine with one key, after the documented HTTP API of Vault and the defaults of its source: a signature of RSA is
 * PSS with the longest salt and one of ECDSA is ASN.1 in standard base64, unless something else is asked for.
 */
export async function fakeVault({
  type,
  name = 'orders',
  mount = 'transit',
  token = 'hvs.token',
}: FakeVaultOptions): Promise<FakeVault> {
  const versions = [newKey(type)]
  const server = await scriptedServer((call) => {
    if (call.headers['x-vault-token'] !== token) return refused(403, 'permission denied')
    if (call.path === `/v1/${mount}/keys/${name}` && call.method === 'GET') return answer(described())
    if (call.path === `/v1/${mount}/sign/${name}` && call.method === 'POST') return signed(call)
    return call.method === 'GET' ? { status: 404, body: { errors: [] } } : refused(400, 'signing key not found')
  })

  function described(): object {
    const keys = versions.map((key, index) => [
      String(index + 1),
      key
        ? {
            certificate_chain: '',
            creation_time: '2026-01-02T03:04:05.6Z',
            name: curveOf(type),
            public_key: publicText(key),
          }
        : 1_767_323_045,
    ])
    return {
      type,
      name,
      derived: false,
      exportable: false,
      keys: Object.fromEntries(keys) as object,
      latest_version: versions.length,
      min_available_version: 0,
      min_decryption_version: 1,
      min_encryption_version: vault.minEncryptionVersion,
      supports_signing: type !== 'aes256-gcm96',
    }
  }

  function signed({ body }: Call): Answer {
    const asked = JSON.parse(body) as Record<string, string | number | undefined>
    const version = Number(asked['key_version'] ?? 0) || versions.length
    if (version > versions.length)
      return refused(400, 'requested version for signing is higher than the latest key version')
    if (version < vault.minEncryptionVersion) {
      return refused(400, 'requested version for signing is less than the minimum encryption key version')
    }
    const key = versions[version - 1]
    if (!key) return refused(400, `key type ${type} does not support signing`)
    const isJws = asked['marshaling_algorithm'] === 'jws'
    const hash = String(asked['hash_algorithm'] ?? 'sha2-256').replace('sha2-', 'sha')
    const isPss = (asked['signature_algorithm'] ?? 'pss') === 'pss'
    const hasShortSalt = asked['salt_length'] === 'hash' && !vault.ignoresSaltLength
    const signature = sign(type === 'ed25519' ? null : hash, Buffer.from(String(asked['input']), 'base64'), {
      key,
      dsaEncoding: isJws ? 'ieee-p1363' : 'der',
      ...(type === 'rsa-2048' && { padding: isPss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING }),
      ...(type === 'rsa-2048' &&
        isPss && { saltLength: hasShortSalt ? constants.RSA_PSS_SALTLEN_DIGEST : constants.RSA_PSS_SALTLEN_MAX_SIGN }),
    })
    return answer({
      key_version: version,
      signature: `vault:v${version}:${signature.toString(isJws ? 'base64url' : 'base64')}`,
    })
  }

  const vault: FakeVault = {
    ...server,
    rotate: () => void versions.push(newKey(type)),
    minEncryptionVersion: 0,
    ignoresSaltLength: false,
  }
  return vault
}

/** What every answer of Vault is wrapped in. */
function answer(data: object): Answer {
  return {
    body: {
      request_id: '8a4c7e9d-0000-4000-8000-000000000000',
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data,
      wrap_info: null,
      warnings: null,
      auth: null,
      mount_type: 'transit',
    },
  }
}

/** As Vault words what went wrong with one thing. */
export function refused(status: number, error: string): Answer {
  return { status, body: { errors: [`1 error occurred:\n\t* ${error}\n\n`] } }
}

function newKey(type: TransitKeyType): KeyObject | undefined {
  switch (type) {
    case 'rsa-2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    case 'ecdsa-p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'ecdsa-p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'aes256-gcm96':
      return undefined
  }
}

function publicText(key: KeyObject): string {
  const publicKey = createPublicKey(key)
  if (key.asymmetricKeyType !== 'ed25519') return publicKey.export({ type: 'spki', format: 'pem' }) as string
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')
}

/** `name` of a version: for EC keys that of the curve. */
function curveOf(type: TransitKeyType): string {
  return type.replace(/^ecdsa-p/, 'P-')
}
