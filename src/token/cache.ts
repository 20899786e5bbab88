import { TokenError } from './error.ts'
import { keepToken, type KeepOptions, type KeptToken } from './kept-token.ts'
import type { AccessToken, TokenRequest, TokenSource } from './token.ts'

export interface CacheOptions extends KeepOptions {
  /** How many different scopes, audiences and subjects of one profile are kept; default 100. */
  readonly maxEntries?: number
}

/** A source that keeps what it obtained. */
export interface CachedSource extends TokenSource {
  /** The token if one with life to spare is at hand; starts a renewal that is due, never waits. */
  peek(request: TokenRequest): AccessToken | undefined
  /** What the source reads has changed: see `KeptToken`. */
  changed(options?: { readonly fresh?: boolean }): void
  /** The token that clients without wishes are given, for those who look and do not ask. */
  held(profile: string): AccessToken | undefined
  /** No token that is at hand is given any more: whoever asks next gets a new one. */
  flush(): void
  close(): void
}

/**
 * Wraps a source: one call per credential however many ask, renewed ahead of need, the old token served while it lives.
 * Times are those of `interfaces`: see `lifetimeOf`.
 */
export function cached(source: TokenSource, options: CacheOptions): CachedSource {
  const { maxEntries = 100 } = options
  const entries = new Map<string, KeptToken>()
  // Most profiles are only ever asked for one thing; it is found without building a key.
  let last: { readonly request: TokenRequest; readonly entry: KeptToken } | undefined

  function entryFor(request: TokenRequest): KeptToken {
    if (last && sameCredential(last.request, request)) return last.entry
    const key = cacheKey(request)
    const entry = entries.get(key) ?? add(key, request)
    // What was used last is forgotten last.
    entries.delete(key)
    entries.set(key, entry)
    last = { request, entry }
    return entry
  }

  function add(key: string, request: TokenRequest): KeptToken {
    if (entries.size >= maxEntries) forgetIdle()
    if (entries.size >= maxEntries) forgetOldest(request.profile)
    // What the profile itself asks for is never refused because of what else its clients wish for.
    if (entries.size >= maxEntries && !isPlain(request)) {
      throw new TokenError(
        'ERR_TOKEN_TOO_MANY',
        `profile ${request.profile} keeps ${maxEntries} different tokens already`,
      )
    }
    const entry = keepToken(source, request, options)
    entries.set(key, entry)
    return entry
  }

  function forgetIdle(): void {
    for (const [key, entry] of entries) {
      if (!entry.isIdle()) continue
      entry.close()
      entries.delete(key)
    }
    last = undefined
  }

  /** Whoever made this one for a single client is not to keep others from theirs. */
  function forgetOldest(profile: string): void {
    const plain = cacheKey({ profile })
    for (const [key, entry] of entries) {
      if (key === plain || entry.isBusy()) continue
      entry.close()
      entries.delete(key)
      last = undefined
      return
    }
  }

  return {
    kind: source.kind,
    peek: (request) => entryFor(request).peek(),
    async getToken(request, signal) {
      return entryFor(request).get(signal)
    },
    changed(options) {
      for (const entry of entries.values()) entry.changed(options)
    },
    held: (profile) => entries.get(cacheKey({ profile }))?.held(),
    flush() {
      for (const entry of entries.values()) entry.flush()
    },
    close() {
      for (const entry of entries.values()) entry.close()
      entries.clear()
      last = undefined
      source.close?.()
    },
  }
}

function isPlain({ scope, audience, subjectToken }: TokenRequest): boolean {
  return scope === undefined && audience === undefined && subjectToken === undefined
}

function sameCredential(a: TokenRequest, b: TokenRequest): boolean {
  return (
    a.profile === b.profile && a.scope === b.scope && a.audience === b.audience && a.subjectToken === b.subjectToken
  )
}

function cacheKey({ profile, scope, audience, subjectToken }: TokenRequest): string {
  return JSON.stringify([profile, scope, audience, subjectToken?.reveal()])
}
