# syntax=docker/dockerfile:1
# The tag is the Node version of package.json; pin a digest with --build-arg once you have looked it up.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
# Dependencies have a layer of their own, which changes only with the lock file.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN ["node", "scripts/build.ts"]

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="kafka-token-sidecar" \
      org.opencontainers.image.description="Gives any Apache Kafka client an OAuth access token" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
# The bundle holds everything that runs: there are no node_modules in the image.
COPY --from=build --chown=10001:10001 /src/dist/bin /app
COPY LICENSE /app/LICENSE
USER 10001:10001
# Starts find a warm compile cache, also with a read-only root. Node keeps one per user: another uid starts cold, which works.
RUN ["node", "/app/warm-up.js"]
EXPOSE 14293
ENTRYPOINT ["node", "--disable-sigusr1", "/app/kafka-token-sidecar.js"]
CMD ["serve"]
