import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import type { Secret } from '../../platform/secret.ts'

/** scrypt (RFC 7914) of a secret, with all that it takes to make it again. */
export interface SecretHash {
  /** `ln`: N is two to this power. */
  readonly costLog2: number
  /** `r` */
  readonly blockSize: number
  /** `p` */
  readonly parallelization: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/** 16 MiB and some 30 ms of one core: a caller's secret is checked once, and remembered. */
const cost = { costLog2: 14, blockSize: 8, parallelization: 1 }
const saltBytes = 16
const hashBytes = 32

/** A hash stands in a configuration: reading one must not be able to take the memory or the time of all. */
const mostMemoryBytes = 64 * 1024 * 1024
const mostParallelization = 4
const mostBlockSize = 1024

const written = /^\$?scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * Reads `scrypt$ln=14,r=8,p=1$<salt>$<hash>`, in the form of PHC strings, with or without the dollar sign in front. Undefined
 * for anything else, and for what takes more than 64 MiB.
 */
export function parseSecretHash(text: string): SecretHash | undefined {
  const [, ln, r, p, saltText = '', hashText = ''] = written.exec(text) ?? []
  const salt = bytes(saltText)
  const hash = bytes(hashText)
  const parsed = { costLog2: Number(ln), blockSize: Number(r), parallelization: Number(p), salt, hash }
  const isSound =
    within(parsed.blockSize, 1, mostBlockSize) &&
    // RFC 7914 §6: N is less than 2^(128 r / 8).
    within(parsed.costLog2, 1, 16 * parsed.blockSize - 1) &&
    memoryBytes(parsed) <= mostMemoryBytes &&
    within(parsed.parallelization, 1, mostParallelization) &&
    within(salt.length, 8, 64) &&
    within(hash.length, 16, 64)
  return isSound ? parsed : undefined
}

/** A new hash of the secret, with a salt of its own, as it stands in `secretHashes`. */
export async function hashSecret(secret: Secret): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await derive(secret, { ...cost, salt }, hashBytes)
  const { costLog2, blockSize, parallelization } = cost
  return `scrypt$ln=${costLog2},r=${blockSize},p=${parallelization}$${base64(salt)}$${base64(hash)}`
}

/** Whether the hash is that of the secret. Takes the same time for every secret, on the thread pool. */
export async function matchesHash(secret: Secret, hash: SecretHash): Promise<boolean> {
  return timingSafeEqual(await derive(secret, hash, hash.hash.length), hash.hash)
}

function derive(secret: Secret, hash: Omit<SecretHash, 'hash'>, length: number): Promise<Buffer> {
  const { costLog2, blockSize, parallelization, salt } = hash
  const options: ScryptOptions = {
    N: 2 ** costLog2,
    r: blockSize,
    p: parallelization,
    // OpenSSL counts its working space as well: p + 2 blocks of 128 r.
    maxmem: memoryBytes(hash) + 1024 * 1024,
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(secret.reveal(), salt, length, options, (error, key) => {
    if (error) reject(error)
    else resolve(key)
  })
  return promise
}

function memoryBytes({ costLog2, blockSize }: Pick<SecretHash, 'costLog2' | 'blockSize'>): number {
  return 2 ** costLog2 * blockSize * 128
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

/** Empty where the text is not what base64 without padding makes of any bytes, as when its end was lost. */
function bytes(text: string): Buffer {
  const value = Buffer.from(text, 'base64')
  return base64(value) === text ? value : Buffer.alloc(0)
}

function base64(value: Buffer): string {
  return value.toString('base64').replace(/=+$/, '')
}
