import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'

/** Sends `order 0`, `order 1` and so on for a while; resolves with how many there were, of all calls. */
export async function sendOrders(bootstrap: string, first: number, forMs: number): Promise<number> {
  const producer = new Producer({ clientId: 'orders', bootstrapBrokers: [bootstrap], serializers: stringSerializers })
  const end = Date.now() + forMs
  let next = first
  try {
    do {
      await producer.send({ messages: [{ topic: 'orders', key: `${next}`, value: `order ${next}` }] })
      next++
      await sleep(100)
    } while (Date.now() < end)
  } finally {
    await producer.close(true)
  }
  return next
}

export interface Arrivals extends AsyncDisposable {
  /** Without those that came twice. */
  readonly values: () => ReadonlySet<string>
}

/** Collects what a topic has and gets. */
export async function arrivals(bootstrap: string, topic: string): Promise<Arrivals> {
  const consumer = new Consumer({
    clientId: 'arrivals',
    bootstrapBrokers: [bootstrap],
    groupId: `arrivals-${topic}`,
    deserializers: stringDeserializers,
  })
  const values = new Set<string>()
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
  stream.on('data', ({ value }: { readonly value: string }) => values.add(value))
  return {
    values: () => values,
    [Symbol.asyncDispose]: () => consumer.close(true),
  }
}
