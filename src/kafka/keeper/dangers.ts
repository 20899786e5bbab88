import { isLoopback } from '../../platform/loopback.ts'
import type { DelegationToken } from '../delegation-token.ts'
import type { KeeperPlan } from './plan.ts'

/** What works and may yet not be meant, in words. */
export function dangersOf(
  { name, client, scramServers }: KeeperPlan,
  { owner, requester }: DelegationToken,
  isTls: boolean,
): readonly string[] {
  const dangers: string[] = []
  if (owner === requester) {
    dangers.push(
      `delegation token ${name}: its holders get all the rights of ${owner}, whom we log in as; set delegationTokens.${name}.owner to a user who may do no more than they need`,
    )
  }
  const isRemote = [...client.bootstrapServers, ...scramServers].some((server) => !isLoopback(hostOf(server)))
  if (!isTls && isRemote) {
    dangers.push(
      `delegation token ${name}: the brokers are reached without TLS, and everybody on the way can read the HMAC; use a listener with SASL_SSL`,
    )
  }
  return dangers
}

function hostOf(server: string): string {
  return server.replace(/:\d+$/, '')
}
