"""Copies what arrives in a topic to another one, until it is stopped."""

import argparse

import apache_beam as beam
from apache_beam.io.kafka import ReadFromKafka, WriteToKafka
from apache_beam.options.pipeline_options import PipelineOptions

# As `kafka-token-sidecar config beam` prints them.
kafka = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.login.callback.handler.class": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
    "sasl.oauthbearer.token.endpoint.url": "http://localhost:14293/token",
    "sasl.jaas.config": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"unused\" clientSecret=\"unused\";",
}

parser = argparse.ArgumentParser()
parser.add_argument("--bootstrap_servers", required=True)
parser.add_argument("--source", required=True)
parser.add_argument("--target", required=True)
parser.add_argument("--expansion_service", help="default: the one that Beam downloads and starts")
given, others = parser.parse_known_args()
config = {"bootstrap.servers": given.bootstrap_servers, **kafka}

with beam.Pipeline(options=PipelineOptions(others, streaming=True)) as pipeline:
    (
        pipeline
        | ReadFromKafka(
            consumer_config=config,
            topics=[given.source],
            expansion_service=given.expansion_service,
        )
        | beam.Map(lambda record: record).with_output_types(tuple[bytes, bytes])
        | WriteToKafka(
            producer_config=config,
            topic=given.target,
            expansion_service=given.expansion_service,
        )
    )
