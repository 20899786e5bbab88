import type { Answer, ApiName, Request } from './codec.ts'
import type { Authenticated } from './sasl.ts'
import { operationsNotAsked, type ToldTopic } from './session-messages.ts'
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
  readonly topics: ReadonlyMap<string, FakeTopic>
}

/** A topic, and what everybody may do with it. */
export interface FakeTopic {
  readonly partitions?: number
  /** `Read`, `Write` and the like; without `Describe` it is not even seen. */
  readonly allowed: readonly (keyof typeof operationBits)[]
}

/** Codes of AclOperation. */
const operationBits = { Read: 3, Write: 4, Create: 5, Delete: 6, Alter: 7, Describe: 8 } as const
const unknownTopic = 3
const topicAuthorizationFailed = 29

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
      const { topics, asksOperations } = request as Request<'Metadata'>
      const told = (topics ?? []).map((name) => toldTopic(name, state.topics.get(name ?? ''), asksOperations))
      return { errorCode: 0, ...state.metadata(context.listener), topics: told }
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

function toldTopic(name: string | null, topic: FakeTopic | undefined, asksOperations: boolean): ToldTopic {
  const allowed = topic?.allowed ?? []
  const isSeen = allowed.includes('Describe')
  const errorCode = topic ? (isSeen ? 0 : topicAuthorizationFailed) : unknownTopic
  const bits = allowed.reduce((sum, operation) => sum | (1 << operationBits[operation]), 0)
  const partitions = errorCode === 0 ? (topic?.partitions ?? 1) : 0
  return { name, errorCode, partitions, operations: asksOperations ? bits : operationsNotAsked }
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
