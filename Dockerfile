# syntax=docker/dockerfile:1
# The tag is the Node version of package.json. Give both with a digest once you have looked them up.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
# C and C++ libraries, certificates, no shell; glibc 2.28 or newer.
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /src
# Dependencies have a layer of their own, which changes only with the lock file.
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY . .
RUN node scripts/build.ts && \
    node scripts/relocatable.ts --dist dist --folder /opt/kafka-token-sidecar --user 10001

FROM ${BASE_IMAGE}
ARG VERSION=""
ARG REVISION=""
LABEL org.opencontainers.image.title="kafka-token-sidecar" \
      org.opencontainers.image.description="Gives any Apache Kafka client an OAuth access token" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# The bundle holds everything that runs: there are no node_modules in the image.
COPY --from=build /opt/kafka-token-sidecar /opt/kafka-token-sidecar
USER 10001:10001
WORKDIR /
EXPOSE 14293 14294
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/opt/kafka-token-sidecar/lib/node", "/opt/kafka-token-sidecar/lib/app/kafka-token-sidecar.js", "wait", "--timeout", "0s"]
ENTRYPOINT ["/opt/kafka-token-sidecar/lib/node", "--disable-sigusr1", "/opt/kafka-token-sidecar/lib/app/kafka-token-sidecar.js"]
CMD ["help", "container"]
