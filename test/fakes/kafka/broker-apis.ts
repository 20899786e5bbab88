import type { Answer, ApiName, Request } from './codec.ts'
import type { Authenticated } from './sasl.ts'
import type { ToldToken } from './token-messages.ts'
import { hmacOf, tokenErrors, type StoredToken, type TokenStore } from './token-store.ts'

/** What the APIs of a broker draw on. */
export interface BrokerState {
  readonly tokens: TokenStore
  /** Tokens that this broker has heard of. */
  readonly known: () => ReadonlyMap<string, StoredToken>
  /** Of this broker: it makes the HMACs of what it describes. Null: delegation tokens are disabled. */
  readonly secretKey: () => string | null
  readonly isAllowed: (principal: string, operation: string, resource: string) => boolean
  readonly metadata: (listener: string) => Omit<Answer<'Metadata'>, 'errorCode' | 'topics'>
}

/** Where a request comes from. */
export interface RequestContext {
  readonly session: Authenticated
  readonly listener: string
  /** False: nobody knows who is there, as on PLAINTEXT and on TLS without a certificate of the client. */
  readonly isAuthenticated: boolean
}

/** Answers as KafkaApis of Kafka 4.3 does, which forwards all but describing to the controller. */
export function answerOf(api: ApiName, request: Request, context: RequestContext, state: BrokerState): Answer {
  const { principal, isByToken } = context.session
  const mayAsk = context.isAuthenticated && !isByToken
  switch (api) {
    case 'Metadata': {
      const { topics } = request as Request<'Metadata'>
      return { errorCode: 0, ...state.metadata(context.listener), topics: topics ?? [] }
    }
    case 'CreateDelegationToken':
      return mayAsk
        ? created(request as Request<'CreateDelegationToken'>, principal, state)
        : failureOf(api, tokenErrors.requestNotAllowed)
    case 'RenewDelegationToken':
    case 'ExpireDelegationToken': {
      if (!mayAsk) return failureOf(api, tokenErrors.requestNotAllowed)
      const { hmac, periodMs } = request as Request<typeof api>
      const done = state.tokens[api === 'RenewDelegationToken' ? 'renew' : 'expire'](hmac, principal, periodMs)
      return 'value' in done ? { errorCode: 0, expiresAt: done.value } : failureOf(api, done.errorCode)
    }
    case 'DescribeDelegationToken':
      return mayAsk
        ? described(request as Request<'DescribeDelegationToken'>, principal, state)
        : failureOf(api, tokenErrors.requestNotAllowed)
    default:
      throw new Error(`${api} is answered elsewhere`)
  }
}

function created(
  { owner = '', renewers, maxLifetimeMs }: Request<'CreateDelegationToken'>,
  requester: string,
  { tokens, isAllowed }: BrokerState,
): Answer {
  const failed = (errorCode: number) => ({
    errorCode,
    token: { ...noToken, owner: owner || requester, requester },
  })
  if (owner && owner !== requester && !isAllowed(requester, 'CreateTokens', owner)) {
    return failed(tokenErrors.authorizationFailed)
  }
  if (renewers.some((renewer) => !renewer.startsWith('User:'))) return failed(tokenErrors.invalidPrincipalType)
  const made = tokens.create({ owner: owner || requester, requester, renewers, maxLifetimeMs })
  return 'value' in made ? { errorCode: 0, token: told(made.value, tokens.secretKey ?? '') } : failed(made.errorCode)
}

function described(
  { owners }: Request<'DescribeDelegationToken'>,
  principal: string,
  { known, secretKey, isAllowed }: BrokerState,
): Answer<'DescribeDelegationToken'> {
  const key = secretKey()
  if (key === null) return { errorCode: tokenErrors.disabled, tokens: [] }
  const visible = [...known().values()].filter((token) => {
    const concerned = [token.owner, token.requester, ...token.renewers]
    if (owners && !owners.some((owner) => concerned.includes(owner))) return false
    if (concerned.includes(principal)) return true
    return isAllowed(principal, 'Describe', token.tokenId) || isAllowed(principal, 'DescribeTokens', token.owner)
  })
  return { errorCode: 0, tokens: visible.map((token) => told(token, key)) }
}

/** An answer of this API that says nothing but what went wrong. */
export function failureOf(api: ApiName, errorCode: number): Answer {
  const answers: { readonly [Name in ApiName]: Answer<Name> } = {
    ApiVersions: { errorCode, apis: [] },
    SaslHandshake: { errorCode, mechanisms: [] },
    SaslAuthenticate: { errorCode, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0 },
    Metadata: { errorCode, brokers: [], clusterId: '', controllerId: -1, topics: [] },
    CreateDelegationToken: { errorCode, token: noToken },
    RenewDelegationToken: { errorCode, expiresAt: -1 },
    ExpireDelegationToken: { errorCode, expiresAt: -1 },
    DescribeDelegationToken: { errorCode, tokens: [] },
  }
  return answers[api]
}

const noToken: Omit<ToldToken, 'renewers'> = {
  tokenId: '',
  hmac: Buffer.alloc(0),
  owner: 'User:',
  requester: 'User:',
  issuedAt: -1,
  expiresAt: -1,
  maxLifetimeAt: -1,
}

function told(token: StoredToken, secretKey: string): ToldToken {
  return { ...token, hmac: hmacOf(token.tokenId, secretKey) }
}
