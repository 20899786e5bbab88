import type { KeyObject } from 'node:crypto'

/** What a key store holds, with its certificates in DER. */
export interface StoreContents {
  /** Certificates of others, which are trusted (trustedCertEntry). */
  readonly trusted: readonly Buffer[]
  /** Certificates that belong to no key and are not marked as trusted, as openssl writes them: to Java they are not there. */
  readonly unmarked: number
  readonly keys: readonly StoreKey[]
}

/** A private key with its certificates (PrivateKeyEntry). */
export interface StoreKey {
  readonly alias: string
  /** Decrypts it. Throws ERR_KEY_STORE. */
  readonly open: () => KeyObject
  /** Of the key itself first; empty where there is none. Only then the key may have been opened. */
  readonly chain: () => readonly Buffer[]
}
