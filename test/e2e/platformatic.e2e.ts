import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { describe, inject, it } from 'vitest'
import { oauthBearerProvider } from '../../src/index.ts'
import { brokerLog } from './broker.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('@platformatic/kafka with oauthBearerProvider()', () => {
  it('produces and consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'platformatic'
    const provider = oauthBearerProvider({
      profiles: { default: { source: 'self-issued', ...e2e.issuer, subject: 'alice', lifetime: '20s' } },
    })
    const access = {
      clientId: topic,
      bootstrapBrokers: [e2e.jwks],
      sasl: { mechanism: 'OAUTHBEARER' as const, token: provider.token },
    }
    const producer = new Producer({ ...access, serializers: stringSerializers, autocreateTopics: true })
    const consumer = new Consumer({ ...access, groupId: topic, deserializers: stringDeserializers })
    const acknowledged = new Set<string>()
    const consumed: string[] = []
    const errors: string[] = []
    const send = (value: string) =>
      producer.send({ messages: [{ topic, value }] }).then(
        () => void acknowledged.add(value),
        (error: unknown) => void errors.push(`producer: ${String(error)}`),
      )
    try {
      await send('0')
      const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
      stream.on('data', (message) => void consumed.push(message.value))
      stream.on('error', (error) => void errors.push(`consumer: ${String(error)}`))

      let sent = 1
      for (const end = Date.now() + oneRenewalMs; Date.now() < end; sent++) {
        void send(`${sent}`)
        await sleep(150)
      }
      for (const end = Date.now() + 20_000; Date.now() < end && new Set(consumed).size < sent;) await sleep(100)
      await stream.close()

      const distinct = new Set(consumed).size
      expectComplete({
        sent,
        acknowledged: acknowledged.size,
        consumed: distinct,
        duplicates: consumed.length - distinct,
        errors,
      })
      expectRenewed(log, topic, 'alice')
    } finally {
      await consumer.close(true)
      await producer.close(true)
    }
  })
})
