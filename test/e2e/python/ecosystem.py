"""Produces a record and consumes it, with what config printed into the folder at hand.

ecosystem.py librdkafka|python|kafka-python|aiokafka <topic>
"""

import asyncio
import sys
import time

sys.path.insert(0, ".")
SECONDS = 40


def confluent(producer, consumer, topic):
    failures = []
    producer.produce(topic, value="a record", on_delivery=lambda error, _message: failures.append(error))
    producer.flush(SECONDS)
    if failures != [None]:
        raise SystemExit(f"not delivered: {failures}")
    consumer.subscribe([topic])
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        message = consumer.poll(0.5)
        if message is not None and not message.error():
            return message.value().decode()
    raise SystemExit("nothing came through")


def librdkafka(topic):
    from confluent_kafka import Consumer, Producer

    with open("librdkafka.conf") as file:
        settings = dict(line.rstrip("\n").split("=", 1) for line in file if not line.startswith("#"))
    reading = {**settings, "group.id": topic, "auto.offset.reset": "earliest"}
    return confluent(Producer(settings), Consumer(reading), topic)


def python(topic):
    import client
    from confluent_kafka import Consumer

    reading = {**client.configuration, "group.id": topic, "auto.offset.reset": "earliest"}
    return confluent(client.producer, Consumer(reading), topic)


def kafka_python(topic):
    from kafka import KafkaConsumer, KafkaProducer
    import kafka_client

    producer = KafkaProducer(**kafka_client.configuration)
    producer.send(topic, b"a record").get(SECONDS)
    consumer = KafkaConsumer(
        topic, auto_offset_reset="earliest", consumer_timeout_ms=SECONDS * 1000, **kafka_client.configuration
    )
    return next(consumer).value.decode()


async def aiokafka(topic):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    import kafka_client

    async with AIOKafkaProducer(**kafka_client.configuration()) as producer:
        await producer.send_and_wait(topic, b"a record")
    async with AIOKafkaConsumer(topic, auto_offset_reset="earliest", **kafka_client.configuration()) as consumer:
        message = await asyncio.wait_for(consumer.getone(), SECONDS)
        return message.value.decode()


def main(kind, topic):
    run = {"librdkafka": librdkafka, "python": python, "kafka-python": kafka_python}.get(kind)
    print(run(topic) if run else asyncio.run(aiokafka(topic)), "came through", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
