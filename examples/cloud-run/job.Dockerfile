# A Cloud Run job: one container, which ends with its command.
FROM kafka-token-sidecar:0.1.0 AS sidecar
FROM eclipse-temurin:21-jre
COPY --from=sidecar /opt/kafka-token-sidecar /opt/kafka-token-sidecar
COPY target/job.jar /app/job.jar
USER 10001
ENTRYPOINT ["/opt/kafka-token-sidecar/bin/kafka-token-sidecar", "exec", "--", "java", "-jar", "/app/job.jar"]
