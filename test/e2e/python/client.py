"""Produces a record every now and then, consumes the same, and prints what became of them as JSON lines.

client.py <configuration.json> <topic> <duration ms> <interval ms>
"""

import json
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, Producer

# The client retries by itself after these; what it gives up on reaches the delivery report or is fatal.
TRANSIENT = {
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._AUTHENTICATION,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
}
START = 45


def show(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def main(configuration, topic, duration, interval):
    errors, notices, acknowledged, consumed = [], [], set(), []
    done = threading.Event()

    def on_error(error):
        (notices if error.code() in TRANSIENT and not error.fatal() else errors).append(str(error))
        show("notice", error=str(error))

    def report(number):
        def delivered(error, _message):
            if error is None:
                acknowledged.add(number)
            else:
                errors.append(f"producer: {error}")

        return delivered

    settings = {
        **configuration,
        "error_cb": on_error,
        # A topic that is made by the first record counts as unknown for good when the login took longer than this.
        "topic.metadata.propagation.max.ms": 120_000,
    }
    producer = Producer({**settings, "enable.idempotence": True})

    def send(number):
        producer.produce(topic, value=str(number), on_delivery=report(number))

    def consume():
        consumer = Consumer({**settings, "group.id": topic, "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        while not done.is_set():
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                on_error(message.error())
            else:
                consumed.append(int(message.value()))
        consumer.close()

    send(0)
    end = time.monotonic() + START
    while not acknowledged and not errors and time.monotonic() < end:
        producer.poll(0.2)
    if not acknowledged:
        show("refused", error="; ".join(errors + notices))
        return 2
    show("producing")
    consuming = threading.Thread(target=consume, daemon=True)
    consuming.start()

    sent = 1
    end = time.monotonic() + duration
    while time.monotonic() < end:
        send(sent)
        sent += 1
        next_at = time.monotonic() + interval
        # poll() comes back early, with each event.
        while (left := next_at - time.monotonic()) > 0:
            producer.poll(left)
    producer.flush(60)
    end = time.monotonic() + 20
    while time.monotonic() < end and not acknowledged <= set(consumed):
        time.sleep(0.1)
    done.set()
    consuming.join(10)
    show(
        "result",
        sent=sent,
        acknowledged=len(acknowledged),
        consumed=len(set(consumed)),
        duplicates=len(consumed) - len(set(consumed)),
        errors=errors,
        notices=notices,
    )
    return 0


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        settings = json.load(file)
    sys.exit(main(settings, sys.argv[2], int(sys.argv[3]) / 1000, int(sys.argv[4]) / 1000))
