import type { RequestAnswered, TokenDropped, TokenFailed, TokenObtained, TokenUnchanged } from '../../token/event.ts'
import type { ObservedFailure, ObservedProfile } from './observed.ts'
import { hintOf } from './problems.ts'

/** One profile, kept up to date with what is told of it. */
export interface ProfileState {
  obtained(event: TokenObtained, now: number): void
  unchanged(event: TokenUnchanged): void
  failed(event: TokenFailed, now: number): void
  dropped(event: TokenDropped, now: number): void
  answered(event: RequestAnswered, now: number): void
  flushed(): void
  read(name: string, now: number): ObservedProfile
}

/** What an answer says is wrong with the one who asks, and not with the profile. */
const ofTheClient = /^ERR_(REQUEST|CALLER)_/

export function profileState(): ProfileState {
  const upstream = { calls: 0, failures: 0, unchanged: 0, totalMs: 0 }
  let source = ''
  let subject: string | undefined
  let expiresAt: number | undefined
  let obtainedAt: number | undefined
  let failure: ObservedFailure | undefined
  /** How long the former token is given while there is a failure. */
  let servesUntil = 0
  /** No call of a source has failed, but its clients are told that there is none, as for a key that cannot be read. */
  let failsAtOnce = false
  let renewals = 0

  return {
    obtained(event, now) {
      upstream.calls += 1
      upstream.totalMs += event.tookMs
      source = event.source
      if (!isPlain(event)) return
      if (obtainedAt !== undefined) renewals += 1
      subject = event.subject
      expiresAt = event.expiresAt
      obtainedAt = now
      failure = undefined
      failsAtOnce = false
    },
    unchanged(event) {
      upstream.calls += 1
      upstream.unchanged += 1
      upstream.totalMs += event.tookMs ?? 0
      source = event.source
      if (isPlain(event)) failure = undefined
    },
    failed(event, now) {
      upstream.calls += 1
      upstream.failures += 1
      upstream.totalMs += event.tookMs
      source = event.source
      if (!isPlain(event)) return
      const { code, message, hint, servingForMs } = event
      failure = { code, message, hint, at: now }
      servesUntil = now + servingForMs
      failsAtOnce = false
    },
    dropped(event, now) {
      if (!isPlain(event)) return
      servesUntil = now
      expiresAt = undefined
    },
    answered({ outcome, code, message = '' }, now) {
      if (outcome === 'token') {
        if (failsAtOnce) failure = undefined
        failsAtOnce = false
        return
      }
      if (code === undefined || ofTheClient.test(code)) return
      // Where a call has failed, that has said more.
      if (failsAtOnce || (failure === undefined && obtainedAt === undefined)) {
        failure = { code, message, hint: hintOf(code), at: now }
        failsAtOnce = true
        servesUntil = now
      }
    },
    flushed() {
      expiresAt = undefined
      servesUntil = 0
    },
    read: (name, now) => ({
      name,
      source,
      isUsed: true,
      canAnswer: failure === undefined || (now < servesUntil && now < (expiresAt ?? 0)),
      ...(subject !== undefined && { subject }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(obtainedAt !== undefined && { obtainedAt }),
      ...(failure && { failure }),
      renewals,
      upstream: { ...upstream },
    }),
  }
}

/** Of the token that clients get who wish for nothing else: a scope that one of them asks for says nothing about the others. */
export function isPlain({ scope, audience }: { readonly scope?: string; readonly audience?: string }): boolean {
  return scope === undefined && audience === undefined
}
