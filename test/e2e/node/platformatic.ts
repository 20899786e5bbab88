import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
  type BaseOptions,
} from '@platformatic/kafka'

// Produces a record and consumes it, with what config printed into kafka.mjs of the folder at hand.

const printed = pathToFileURL(join(process.cwd(), 'kafka.mjs')).href
const { kafka } = (await import(printed)) as { kafka: BaseOptions }
const topic = process.argv[2] ?? ''

const producer = new Producer({ ...kafka, serializers: stringSerializers, autocreateTopics: true })
await producer.send({ messages: [{ topic, value: 'a record' }] })
const consumer = new Consumer({ ...kafka, groupId: topic, deserializers: stringDeserializers })
const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
stream.on('data', (message) => {
  console.log(`${message.value} came through`)
  process.exit(0)
})
