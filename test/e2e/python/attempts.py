"""Tries to produce one record per case with confluent-kafka, all cases at the same time, and prints what came of each.

attempts.py <cases.json>, a list of {"name", "topic", "settings", "seconds"}. What librdkafka itself prints goes to standard
error, where each line names the case as client.id. A case in which "callback" is "token" or "raise" has an oauth_cb, and
one with "metadata" asks for metadata before.
"""

import json
import sys
import threading
import time
import urllib.request

from confluent_kafka import KafkaException, Producer


def attempt(case):
    printed = []
    delivered = []
    settings = {**case["settings"], "client.id": case["name"], "topic.metadata.propagation.max.ms": 120_000}
    settings["error_cb"] = lambda error: printed.append(f"{error!r} {error}")
    if case.get("callback") == "raise":

        def no_token(_config):
            raise KeyError("access_token")

        settings["oauth_cb"] = no_token
    if case.get("callback") == "token":

        def token(_config):
            form = b"grant_type=client_credentials"
            with urllib.request.urlopen(urllib.request.Request(case["endpoint"], form)) as answer:
                body = json.load(answer)
            return body["access_token"], time.time() + body["expires_in"]

        settings["oauth_cb"] = token

    def report(error, _message):
        if error is None:
            delivered.append(True)
        else:
            printed.append(f"{error!r} {error}")

    end = time.monotonic() + case["seconds"]
    try:
        producer = Producer(settings)
        if "metadata" in case:
            producer.list_topics(timeout=3)
        producer.produce(case["topic"], value=b"attempt", on_delivery=report)
        while not delivered and time.monotonic() < end:
            producer.poll(0.1)
        producer.purge()
        producer.flush(1)
    except (KafkaException, ValueError, TypeError) as error:
        printed.append(f"{type(error).__module__}.{type(error).__name__}: {error}")
    result = {"case": case["name"], "works": bool(delivered), "printed": printed}
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    threads = [threading.Thread(target=attempt, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
