import type { Target } from './tool.ts'

/** Id and secret as they stand in settings: not checked where there are no callers, and never known here where there are. */
export function credentials({ clientId }: Target): { readonly id: string; readonly secret: string } {
  return clientId === undefined
    ? { id: 'unused', secret: 'unused' }
    : { id: clientId, secret: `<secret of ${clientId}>` }
}

export const bootstrapOf = ({ bootstrapServers }: Target): string => bootstrapServers ?? '<broker:9092>'

export const protocolOf = ({ securityProtocol = 'SASL_SSL' }: Target): 'SASL_SSL' | 'SASL_PLAINTEXT' => securityProtocol

export const hasTls = (target: Target): boolean => protocolOf(target) === 'SASL_SSL'

/** The extensions of Confluent, as its brokers spell them. */
export function extensions({ logicalCluster, identityPoolId }: Target): (readonly [name: string, value: string])[] {
  return [
    ...(logicalCluster === undefined ? [] : [['logicalCluster', logicalCluster] as const]),
    ...(identityPoolId === undefined ? [] : [['identityPoolId', identityPoolId] as const]),
  ]
}

/** What counts for every client that asks an endpoint. */
export const everyClient = ['tokenEndpoint', 'bootstrapServers', 'securityProtocol', 'clientId', 'scope'] as const
export const confluent = ['logicalCluster', 'identityPoolId'] as const

/** Notes that depend on what was asked for. */
export function commonNotes(target: Target): string[] {
  return [
    ...(target.clientId === undefined
      ? []
      : [
          `Put the secret of ${target.clientId} in the place of <secret of ${target.clientId}>; it is not asked for here.`,
        ]),
    ...(extensions(target).length === 0
      ? []
      : [
          'Confluent compares the names logicalCluster and identityPoolId letter by letter; others, as identity_pool_id, are passed over without a word.',
        ]),
  ]
}
