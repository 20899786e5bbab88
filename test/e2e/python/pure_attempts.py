"""Tries to produce one record per case with kafka-python or aiokafka, all cases at the same time, and prints what came of each.

pure_attempts.py <cases.json>, a list of {"name", "library", "topic", "settings", "endpoint", "ca", "seconds"}.
With "provider" the program gives an object that is no token provider.
"""

import asyncio
import io
import json
import logging
import ssl
import sys
import threading
import traceback
import urllib.request

import kafka

try:
    from kafka.net.sasl.oauth import AbstractTokenProvider
except ImportError:
    # As it was before kafka-python 3.
    from kafka.sasl.oauth import AbstractTokenProvider
try:
    import aiokafka
    from aiokafka.abc import AbstractTokenProvider as AsyncTokenProvider
except ImportError:
    AsyncTokenProvider = AbstractTokenProvider

# What was logged, by case.
logs = {}


class ByClient(logging.Handler):
    def emit(self, record):
        line = f"{record.levelname}:{record.name}:{record.getMessage()}"
        if record.exc_info:
            line += "\n" + "".join(traceback.format_exception(*record.exc_info))
        if (lines := logs.get(getattr(threading.current_thread(), "case", None))) is not None:
            lines.append(line)
        else:
            sys.stderr.write(line + "\n")


def ask(endpoint):
    form = b"grant_type=client_credentials"
    with urllib.request.urlopen(urllib.request.Request(endpoint, form), timeout=5) as answer:
        return json.load(answer)["access_token"]


class Tokens(AbstractTokenProvider):
    def __init__(self, endpoint):
        self.endpoint = endpoint

    def token(self):
        return ask(self.endpoint)


class AsyncTokens(AsyncTokenProvider):
    def __init__(self, endpoint):
        self.endpoint = endpoint

    async def token(self):
        return await asyncio.get_running_loop().run_in_executor(None, ask, self.endpoint)


class NoProvider:
    def token(self):
        return "a.b.c"


def with_tls(case, settings):
    if "ca" in case:
        settings["ssl_context"] = ssl.create_default_context(cafile=case["ca"] or None)
    return settings


def by_kafka_python(case):
    settings = with_tls(case, dict(case["settings"]))
    if "endpoint" in case:
        settings["sasl_oauth_token_provider"] = Tokens(case["endpoint"])
    if "provider" in case:
        settings["sasl_oauth_token_provider"] = NoProvider()
    producer = kafka.KafkaProducer(**settings, max_block_ms=case["seconds"] * 1000)
    producer.send(case["topic"], b"attempt").get(case["seconds"])
    producer.close(1)


def by_aiokafka(case):
    async def produce():
        settings = with_tls(case, dict(case["settings"]))
        if "endpoint" in case:
            settings["sasl_oauth_token_provider"] = AsyncTokens(case["endpoint"])
        if "provider" in case:
            settings["sasl_oauth_token_provider"] = NoProvider()
        producer = aiokafka.AIOKafkaProducer(**settings)
        try:
            await producer.start()
            await producer.send_and_wait(case["topic"], b"attempt")
        finally:
            await producer.stop()

    asyncio.run(asyncio.wait_for(produce(), case["seconds"]))


def start_as_child(thread):
    """The threads of a client are of the case of that client."""
    thread.case = getattr(threading.current_thread(), "case", None)
    start(thread)


start, threading.Thread.start = threading.Thread.start, start_as_child

LIBRARIES = {"kafka-python": by_kafka_python, "aiokafka": by_aiokafka}


def attempt(case):
    threading.current_thread().case = case["name"]
    lines = logs[case["name"]] = []
    works = False
    try:
        LIBRARIES[case["library"]](case)
        works = True
    except BaseException:
        out = io.StringIO()
        traceback.print_exc(file=out)
        lines.extend(out.getvalue().splitlines())
    sys.stdout.write(json.dumps({"case": case["name"], "works": works, "printed": lines}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, handlers=[ByClient()])
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    threads = [threading.Thread(target=attempt, args=(case,), daemon=True) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
