import type { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'

/** Where a store comes from, and how it is opened. */
export interface StoreOrigin {
  /** What it was read from, for messages; most often a path. */
  readonly from: string
  /** Which of Kafka's properties are about it, `ssl.truststore.*` or `ssl.keystore.*`. */
  readonly what: 'truststore' | 'keystore'
  /** Without one nothing is decrypted, and nobody can tell whether the file is whole: so does Java. */
  readonly password?: Secret | undefined
  /** Of the private key, where it has one of its own. Default: that of the store. */
  readonly keyPassword?: Secret | undefined
}

export function storeError(message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
  return new TokenError('ERR_KEY_STORE', message, options)
}

/** The password, or either it or the file is wrong: nobody can tell which. */
export function wrongPassword({ from }: StoreOrigin, cause?: unknown): TokenError {
  return storeError(`the password does not open ${from}, or the file is damaged`, {
    cause,
    hint: `Correct the password: every character counts. To try it: keytool -list -keystore ${quoted(from)}`,
  })
}

/** `key` says which one, as in `private key orders`. */
export function wrongKeyPassword(key: string, from: string, cause?: unknown): TokenError {
  return storeError(`the password does not open the ${key} in ${from}`, {
    cause,
    hint: 'Set ssl.key.password to the password of the key, which may be another one than that of the store.',
  })
}

/** As a shell takes it. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

/** Turns any key store that keytool reads into PKCS#12. */
export function conversion(from: string): string {
  const to = `${from.replace(/\.[A-Za-z0-9]+$/, '')}.p12`
  const own = to === from ? `${from}.new` : to
  return `keytool -importkeystore -srckeystore ${quoted(from)} -destkeystore ${quoted(own)} -deststoretype PKCS12`
}
