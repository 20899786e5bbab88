import { createRequire } from 'node:module'
import { join } from 'node:path'

// Produces a record and consumes it, with what config printed into kafka.js of the folder at hand.

/** As much of KafkaJS as is used: its own types are not installed. */
interface KafkaJs {
  producer(): {
    connect(): Promise<void>
    send(batch: { topic: string; messages: readonly { value: string }[] }): Promise<unknown>
  }
  consumer(options: { groupId: string }): {
    connect(): Promise<void>
    subscribe(options: { topics: readonly string[]; fromBeginning: boolean }): Promise<void>
    run(options: { eachMessage(payload: { message: { value: Buffer } }): Promise<void> }): Promise<void>
  }
}

const printed = join(process.cwd(), 'kafka.js')
const { kafka } = createRequire(printed)(printed) as { kafka: KafkaJs }
const topic = process.argv[2] ?? ''

const producer = kafka.producer()
await producer.connect()
await producer.send({ topic, messages: [{ value: 'a record' }] })
const consumer = kafka.consumer({ groupId: topic })
await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
await consumer.run({
  eachMessage: ({ message }) => {
    console.log(`${message.value.toString()} came through`)
    process.exit(0)
  },
})
