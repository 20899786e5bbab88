# Beam's container for Python, for code in Python that has a Kafka client of its own. KafkaIO does not need it.
ARG BEAM_VERSION=2.73.0
FROM apache/beam_python3.11_sdk:${BEAM_VERSION}
COPY --from=kafka-token-sidecar:0.1.0 /opt/kafka-token-sidecar /opt/kafka-token-sidecar
ENTRYPOINT ["/opt/kafka-token-sidecar/bin/kafka-token-sidecar", "exec", "--", "/opt/apache/beam/boot"]
