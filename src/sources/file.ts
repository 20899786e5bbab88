import * as z from 'zod/mini'
import { once } from '../platform/once.ts'
import { Secret } from '../platform/secret.ts'
import { watchedFiles } from '../platform/watched-files.ts'
import { TokenError } from '../token/error.ts'
import { readJwtShape } from '../token/jwt-shape.ts'
import type { AccessToken, TokenSource } from '../token/token.ts'
import { described, filePath } from './option-text.ts'
import { reloadEvents } from '../token/reload-events.ts'
import type { SourceKind, SourceWorld } from './source-kind.ts'
import { defaultTimes } from './source-times.ts'

const options = once(() =>
  z.object({
    file: described(filePath, 'File with a JWT that somebody else keeps fresh; a new one there is given at once.'),
  }),
)

/** A token that somebody else keeps fresh in a file. Its `exp` is its end: an opaque token would have none. */
export const file: SourceKind<'file', ReturnType<typeof options>> = {
  kind: 'file',
  summary: 'a token that somebody else keeps fresh',
  get options() {
    return options()
  },
  create: ({ file: path }, world) => fileSource(path, world),
}

export function fileSource(
  path: string,
  world: Pick<SourceWorld, 'platform' | 'emit' | 'profile' | 'changed'>,
): TokenSource {
  const { platform } = world
  const createdAt = platform.monotonicNow()

  const watched = watchedFiles({
    platform,
    files: { token: path },
    unreadable: (name, problem) =>
      fault(`cannot read ${name} (${problem})`, platform.monotonicNow() - createdAt < defaultTimes.startingMs),
    parse: ({ token }) => fresh(tokenIn(token?.text ?? '', path)),
    ...reloadEvents(
      {
        ...world,
        changed: () => {
          world.changed({ fresh: true })
        },
      },
      `the token in ${path}`,
    ),
  })

  /** The token, unless it has expired: whoever keeps it fresh is late, and may still come. */
  function fresh(token: AccessToken): AccessToken {
    const lateMs = platform.now() - token.expiresAt
    if (lateMs < 0) return token
    throw fault(`the token in ${path} expired ${Math.round(lateMs / 1000)} s ago`, true)
  }

  return {
    kind: 'file',
    async getToken(_request, signal) {
      signal.throwIfAborted()
      return fresh(await watched.read())
    },
    close: () => {
      watched.close()
    },
  }
}

/** Throws ERR_KEY_ASSERTION; it passes by itself for what looks half written. */
function tokenIn(content: string, path: string): AccessToken {
  const value = content.trim()
  if (value === '') throw fault(`${path} is empty`, true)
  const shape = readJwtShape(value)
  if (shape ? !hasWholeSignature(shape.header['alg'], value) : /^eyJ[\w.-]*$/.test(value)) {
    throw fault(`${path} holds half a JWT: it was cut off, or is just being written`, true)
  }
  if (!shape)
    throw fault(`${path} holds ${/^[[{]/.test(value) ? 'JSON' : 'something else'}, not a bare JWT`, false, unfit)
  const { exp, sub } = shape.claims
  if (typeof exp !== 'number' || !Number.isFinite(exp)) {
    throw fault(`the token in ${path} has no exp, so nobody knows when it ends`, false, unfit)
  }
  const subject = typeof sub === 'string' && sub !== '' ? { subject: sub } : {}
  return { value: new Secret(value), expiresAt: exp * 1000, ...subject }
}

/** Bytes of a signature (RFC 7518 §3, RFC 8037), or what they are a multiple of: RSA keys have steps of 512 bits. */
const signatureBytes: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64, Ed25519: 64 }
const rsaStepBytes = 64

/** A token that was cut off in its third part looks like a token otherwise. */
function hasWholeSignature(alg: unknown, token: string): boolean {
  const bytes = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url').length
  if (typeof alg !== 'string') return true
  if (/^[RP]S\d+$/.test(alg)) return bytes % rsaStepBytes === 0
  return bytes === (signatureBytes[alg] ?? bytes)
}

const unfit = 'Kafka clients take JWTs only. For an opaque token use a source that obtains it, with format: envelope.'

function fault(message: string, passes: boolean, hint = written): TokenError {
  return new TokenError('ERR_KEY_ASSERTION', message, { starting: passes, hint })
}

const written =
  'Check whoever keeps this file fresh. It should write to another name and rename that, so that the token appears whole.'
