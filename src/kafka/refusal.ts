import { shortened } from '../platform/shortened.ts'
import { TokenError, type ErrorCode } from '../token/error.ts'

export interface Refused {
  /** Of the request, as in `CreateDelegationToken`. */
  readonly api: string
  /** `host:port` */
  readonly broker: string
  /** The broker's own words. */
  readonly message?: string | null | undefined
  /** Fits this case better than what the table says. */
  readonly hint?: string | undefined
}

interface Refusal {
  readonly name: string
  readonly code?: ErrorCode
  readonly hint?: string
}

/** An error code of Kafka's protocol as what an operator can do about it. */
export function kafkaRefusal(errorCode: number, { api, broker, message, hint }: Refused): TokenError {
  const refusal = refusals[errorCode]
  const words = message ? `: ${shortened(message)}` : ''
  const name = refusal ? `${errorCode}, ${refusal.name}` : `error ${errorCode}`
  const nextStep = hint ?? refusal?.hint
  return new TokenError(refusal?.code ?? 'ERR_KAFKA_REFUSED', `${broker} refuses ${api} (${name})${words}`, {
    ...(nextStep !== undefined && { hint: nextStep }),
  })
}

const acl = 'kafka-acls.sh --bootstrap-server <server> --add --allow-principal <login>'

/** `Errors` of Kafka 4.3, as far as our requests meet them. */
const refusals: Readonly<Record<number, Refusal>> = {
  [-1]: { name: 'UNKNOWN_SERVER_ERROR' },
  3: { name: 'UNKNOWN_TOPIC_OR_PARTITION', hint: 'Correct the name of the topic, or make it.' },
  5: { name: 'LEADER_NOT_AVAILABLE', code: 'ERR_KAFKA_BUSY' },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', code: 'ERR_KAFKA_BUSY' },
  7: { name: 'REQUEST_TIMED_OUT', code: 'ERR_KAFKA_BUSY' },
  8: { name: 'BROKER_NOT_AVAILABLE', code: 'ERR_KAFKA_BUSY' },
  13: { name: 'NETWORK_EXCEPTION', code: 'ERR_KAFKA_BUSY' },
  14: { name: 'COORDINATOR_LOAD_IN_PROGRESS', code: 'ERR_KAFKA_BUSY' },
  15: { name: 'COORDINATOR_NOT_AVAILABLE', code: 'ERR_KAFKA_BUSY' },
  17: { name: 'INVALID_TOPIC_EXCEPTION', hint: 'Correct the name of the topic.' },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED', hint: `Allow it: ${acl} --operation Describe --topic <topic>.` },
  30: { name: 'GROUP_AUTHORIZATION_FAILED', hint: `Allow it: ${acl} --operation Read --group <group>.` },
  31: { name: 'CLUSTER_AUTHORIZATION_FAILED', hint: `Allow it: ${acl} --operation Describe --cluster.` },
  33: { name: 'UNSUPPORTED_SASL_MECHANISM', code: 'ERR_KAFKA_MECHANISM' },
  34: {
    name: 'ILLEGAL_SASL_STATE',
    code: 'ERR_KAFKA_MECHANISM',
    hint: 'This listener has no SASL: use the port of one that has, or set security.protocol to PLAINTEXT or SSL.',
  },
  35: { name: 'UNSUPPORTED_VERSION', code: 'ERR_KAFKA_VERSION' },
  41: { name: 'NOT_CONTROLLER', code: 'ERR_KAFKA_BUSY' },
  42: { name: 'INVALID_REQUEST' },
  44: { name: 'POLICY_VIOLATION' },
  54: { name: 'SECURITY_DISABLED', hint: 'The brokers have no authorizer: set authorizer.class.name.' },
  56: { name: 'KAFKA_STORAGE_ERROR', code: 'ERR_KAFKA_BUSY' },
  58: { name: 'SASL_AUTHENTICATION_FAILED', code: 'ERR_KAFKA_LOGIN' },
  61: { name: 'DELEGATION_TOKEN_AUTH_DISABLED', code: 'ERR_KAFKA_TOKEN_DISABLED' },
  62: { name: 'DELEGATION_TOKEN_NOT_FOUND', code: 'ERR_KAFKA_TOKEN_NOT_FOUND' },
  63: { name: 'DELEGATION_TOKEN_OWNER_MISMATCH', code: 'ERR_KAFKA_TOKEN_OWNER' },
  64: { name: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', code: 'ERR_KAFKA_TOKEN_NOT_ALLOWED' },
  65: { name: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', code: 'ERR_KAFKA_TOKEN_AUTHORIZATION' },
  66: { name: 'DELEGATION_TOKEN_EXPIRED', code: 'ERR_KAFKA_TOKEN_EXPIRED' },
  67: { name: 'INVALID_PRINCIPAL_TYPE', code: 'ERR_KAFKA_TOKEN_PRINCIPAL_TYPE' },
  77: { name: 'STALE_BROKER_EPOCH', code: 'ERR_KAFKA_BUSY' },
  87: { name: 'INVALID_RECORD' },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', code: 'ERR_KAFKA_BUSY' },
  97: {
    name: 'PRINCIPAL_DESERIALIZATION_FAILURE',
    hint: 'The principal.builder.class of the brokers has to implement KafkaPrincipalSerde, or the controller cannot read who asks.',
  },
}
