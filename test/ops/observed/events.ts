import type {
  DelegationTokenChanged,
  DelegationTokenFailed,
  RequestAnswered,
  TokenFailed,
  TokenObtained,
} from '../../../src/token/event.ts'

/** Events as they come from the rooms, with what a test is about. */
export function answered(changes: Partial<RequestAnswered> = {}): RequestAnswered {
  return {
    type: 'request-answered',
    profile: 'default',
    outcome: 'token',
    status: 200,
    code: undefined,
    client: 'java',
    tookMs: 0.1,
    message: undefined,
    fromCache: true,
    ...changes,
  }
}

export function obtained(changes: Partial<TokenObtained> = {}): TokenObtained {
  return {
    type: 'token-obtained',
    profile: 'default',
    source: 'gcp',
    tookMs: 40,
    expiresAt: 0,
    subject: 'alice',
    reason: 'first',
    ...changes,
  }
}

export function failed(changes: Partial<TokenFailed> = {}): TokenFailed {
  return {
    type: 'token-failed',
    profile: 'default',
    source: 'gcp',
    tookMs: 8_000,
    code: 'ERR_GCP_UNAVAILABLE',
    message: 'the metadata server does not answer',
    hint: 'Look at the node.',
    servingForMs: 0,
    nextAttemptMs: 1_000,
    isRepeated: false,
    ...changes,
  }
}

export function tokenChanged(changes: Partial<DelegationTokenChanged> = {}): DelegationTokenChanged {
  return {
    type: 'delegation-token-changed',
    action: 'usable',
    name: 'spark',
    tokenId: 'id-1',
    owner: 'User:spark',
    renewers: [],
    expiresAt: 0,
    maxLifetimeAt: 0,
    tookMs: 30,
    ...changes,
  }
}

export function tokenFailed(changes: Partial<DelegationTokenFailed> = {}): DelegationTokenFailed {
  return {
    type: 'delegation-token-failed',
    name: 'spark',
    code: 'ERR_KAFKA_UNREACHABLE',
    message: 'no broker answers',
    hint: 'Look at the brokers.',
    nextAttemptMs: 5_000,
    isRepeated: false,
    ...changes,
  }
}
