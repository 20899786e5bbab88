import { connectBroker, type Broker, type BrokerOptions } from '../../src/kafka/broker.ts'
import type { KafkaAccess } from '../../src/kafka/access.ts'
import { createDelegationToken } from '../../src/kafka/wire/create-delegation-token.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { renewDelegationToken } from '../../src/kafka/wire/renew-delegation-token.ts'
import { saslAuthenticate } from '../../src/kafka/wire/sasl-authenticate.ts'
import { saslHandshake } from '../../src/kafka/wire/sasl-handshake.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import {
  scriptedBroker,
  type Asked,
  type Reaction,
  type Script,
  type ScriptedBrokerOptions,
} from './scripted-broker.ts'

const apis = [metadata, saslHandshake, saslAuthenticate, createDelegationToken, renewDelegationToken] as const
export const { signal } = new AbortController()

export function connect(address: string, access: KafkaAccess = {}, options: Partial<BrokerOptions> = {}) {
  return connectBroker({ platform: nodePlatform({}), address, access, signal, ...options })
}

/** A broker of which the topic is all that is asked. */
export const script = {
  Metadata: ({ body }: Asked): Reaction => {
    const [name = ''] = body.array(() => {
      body.uuid()
      const topic = body.string()
      body.tags()
      return topic
    })
    return (out) => {
      out.int32(0)
      out.array([], () => undefined)
      out.nullableString(name)
      out.int32(1)
      out.array([], () => undefined)
      out.tags()
    }
  },
  RenewDelegationToken: (): Reaction => (out) => {
    out.int16(0)
    out.int64(42)
    out.int32(0)
    out.tags()
  },
} satisfies Script

export const scripted = (own: Script = {}, options: Partial<ScriptedBrokerOptions> = {}) =>
  scriptedBroker({ ...script, ...own }, { apis, ...options })
/** The broker says the name again. */
export const ask = async (broker: Broker, name: string, until = signal) =>
  (await broker.call(metadata, { topics: [name] }, until)).clusterId
