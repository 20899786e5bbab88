import type { SecureContextOptions } from 'node:tls'
import type { Platform } from '../../platform/platform.ts'
import { watchedFiles } from '../../platform/watched-files.ts'
import type { Emit } from '../../token/event.ts'
import { reloadEvents } from '../../token/reload-events.ts'
import { certificateExpiry } from './certificate-expiry.ts'
import { parseTlsFiles, unreadableTlsFile, type TlsContents, type TlsFiles } from './files.ts'

/** Certificate and key as they are in their files now. */
export interface TlsContext {
  readonly current: () => SecureContextOptions
  /** Whether the certificate is for this name (RFC 9525). */
  readonly isFor: (name: string) => boolean
  /** Hears of changed files that are usable. */
  readonly onChange: (use: (context: SecureContextOptions) => void) => void
  readonly close: () => void
}

/** Rejects with ERR_KEY_* when the files hold nothing usable; later such a content is told, and the former is used on. */
export async function tlsContext(files: TlsFiles, platform: Platform, emit: Emit): Promise<TlsContext> {
  const reloads = reloadEvents({ emit }, 'the TLS certificate')
  const users: ((context: SecureContextOptions) => void)[] = []
  const expiry = certificateExpiry(files.certFile, { platform, emit })
  const watched = watchedFiles({
    platform,
    files: {
      cert: files.certFile,
      key: files.keyFile,
      passphrase: files.keyPassphraseFile,
      clientCa: files.clientCaFile,
    } satisfies Record<keyof TlsContents, string | undefined>,
    required: true,
    unreadable: unreadableTlsFile(files),
    parse: parseTlsFiles,
    onReloaded: () => void use(),
    onBroken(reason) {
      reloads.onBroken(reason)
    },
  })
  let material = await watched.read()
  expiry.watch(material.chain)

  async function use(): Promise<void> {
    material = await watched.read()
    for (const user of users) user(material.context)
    reloads.onReloaded()
    expiry.watch(material.chain)
  }

  return {
    current: () => material.context,
    isFor: (name) => material.chain[0]?.checkHost(name) !== undefined,
    onChange: (user) => void users.push(user),
    close() {
      watched.close()
      expiry.close()
    },
  }
}
