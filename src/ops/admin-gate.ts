import { hash, timingSafeEqual } from 'node:crypto'
import type { Route } from '../http/route.ts'
import type { WireRequest, WireResponse } from '../http/wire-message.ts'
import { isLoopback } from '../platform/loopback.ts'
import type { Platform } from '../platform/platform.ts'
import { watchedFiles } from '../platform/watched-files.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'

export interface AdminGateOptions {
  readonly platform: Pick<Platform, 'setTimer' | 'monotonicNow'>
  readonly emit: Emit
  /** Without it whoever is on this host may read and do everything, and nobody may where others can connect. */
  readonly secretFile?: string | undefined
  /** Others than this host can connect. */
  readonly isOnNetwork: boolean
  /** Others than this host may send the secret, too, although everybody on the way can read it. */
  readonly allowPlaintextNetwork: boolean
}

/** Who may see the admin page and change something. Health and metrics do not come here. */
export interface AdminGate {
  /** Nobody needs a secret. */
  readonly isOpen: boolean
  /** Whether a request may see and do what strangers may not. */
  readonly mayRead: (request: WireRequest) => boolean
  /** The route, for those who prove that they know the secret. */
  readonly forAdmins: (route: Route) => Route
  /** The route, refused where the secret would have to be sent in the clear. */
  readonly notInTheClear: (route: Route) => Route
  readonly close: () => void
}

/** Wrong secrets of one address that are answered as such within a minute; after them no secret is looked at. */
const mostGuesses = 10
const minuteMs = 60_000
/** Addresses whose guesses are counted at the same time; the one that came first is forgotten. */
const mostAddresses = 1_000
/** Less than this is guessed. */
const shortestSecret = 16

/** Reads the secret, and again when its file changes. Throws ERR_KEY_SECRET where it cannot be used at start. */
export function adminGate(options: AdminGateOptions): AdminGate {
  const { platform, emit, secretFile, isOnNetwork, allowPlaintextNetwork } = options
  const guesses = new Map<string, { count: number; readonly since: number }>()
  /** Digest of what is in the file: all of them are equally long. */
  let wanted: Buffer | undefined
  const isOpen = secretFile === undefined && !isOnNetwork
  const watched = secretFile === undefined ? undefined : watchSecret(secretFile)

  function watchSecret(file: string): { readonly close: () => void } {
    const what = 'the admin secret'
    const files = watchedFiles({
      platform,
      files: { secret: file },
      required: true,
      parse: ({ secret }) => usableSecret(secret?.text ?? '', file),
      unreadable: (path, problem) =>
        new TokenError('ERR_KEY_SECRET', `admin.secretFile ${path} cannot be read (${problem})`),
      onReloaded() {
        emit({ type: 'files-reloaded', what })
        void take()
      },
      onBroken(reason) {
        const { code, message, hint } = asTokenError(reason)
        emit({ type: 'reload-failed', what, code, message, hint })
      },
    })
    const take = async (): Promise<void> => {
      wanted = await files.read().catch(() => wanted)
    }
    void take()
    return files
  }

  function guessesOf(address: string): number {
    const known = guesses.get(address)
    return known && platform.monotonicNow() - known.since < minuteMs ? known.count : 0
  }

  function noteGuess(address: string): void {
    const count = guessesOf(address) + 1
    const since = (count > 1 && guesses.get(address)?.since) || platform.monotonicNow()
    guesses.delete(address)
    guesses.set(address, { count, since })
    if (count === mostGuesses) {
      const message = `${count} wrong admin secrets came from ${address} within a minute; none of its secrets is looked at for the rest of it`
      emit({ type: 'warning', message })
    }
    if (guesses.size <= mostAddresses) return
    const [first] = guesses.keys()
    if (first !== undefined) guesses.delete(first)
  }

  /** Why not; undefined where it may. */
  function refusalFor(request: WireRequest): TokenError | undefined {
    if (isOpen) return undefined
    requireServed()
    const { remoteAddress: address = '' } = request
    if (guessesOf(address) >= mostGuesses) {
      return new TokenError('ERR_CALLER_LIMIT', 'too many wrong admin secrets came from this address', {
        hint: 'Ask again in a minute.',
        retryAfterMs: minuteMs,
      })
    }
    const shown = bearerOf(request)
    if (shown !== undefined && wanted && timingSafeEqual(digestOf(shown), wanted)) return undefined
    if (shown !== undefined) noteGuess(address)
    const words = shown === undefined ? 'the admin secret is missing' : 'the admin secret is another one'
    return new TokenError('ERR_REQUEST_ADMIN_SECRET', words)
  }

  /** Also of requests that seem to come from this host: the proxy of a mesh passes others' on from there. */
  function requireServed(): void {
    if (isOpen || secretFile !== undefined) return
    throw new TokenError('ERR_REQUEST_PATH', 'the admin page is off, and so is what changes something', {
      hint: 'Set admin.secretFile, without which only health and metrics are served on other than loopback addresses.',
    })
  }

  function requireNotInTheClear({ remoteAddress = '' }: WireRequest): void {
    requireServed()
    if (isOpen || allowPlaintextNetwork || isLoopback(remoteAddress.replace(/^::ffff:/, ''))) return
    throw new TokenError('ERR_REQUEST_ADMIN_PLAINTEXT', 'this page takes no secret over plain HTTP from another host')
  }

  return {
    isOpen,
    mayRead: (request) => refusalFor(request) === undefined,
    forAdmins: (route) => ({
      ...route,
      handle(request, parameter) {
        requireNotInTheClear(request)
        const refused = refusalFor(request)
        if (!refused) return route.handle(request, parameter)
        if (refused.status === 401) return challenge(refused)
        throw refused
      },
    }),
    notInTheClear: (route) => ({
      ...route,
      handle(request, parameter) {
        requireNotInTheClear(request)
        return route.handle(request, parameter)
      },
    }),
    close() {
      watched?.close()
    },
  }
}

function usableSecret(text: string, file: string): Buffer {
  const secret = text.trim()
  if (secret.length < shortestSecret || /[^\x21-\x7e]/.test(secret)) {
    throw new TokenError('ERR_KEY_SECRET', `admin.secretFile ${file} holds no usable secret`, {
      hint: `Put at least ${shortestSecret} printable characters without spaces there, as openssl rand -base64 32 prints them.`,
    })
  }
  return digestOf(secret)
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

function bearerOf({ headers: { authorization } }: WireRequest): string | undefined {
  if (typeof authorization !== 'string') return undefined
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
}

/** A browser asks nobody for a password: the page does. */
function challenge(refused: TokenError): WireResponse {
  const body = JSON.stringify({ error: refused.oauth, error_description: refused.description })
  return {
    status: 401,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'WWW-Authenticate': 'Bearer realm="kafka-token-sidecar admin"',
      'Content-Length': String(body.length),
    },
    body,
  }
}
