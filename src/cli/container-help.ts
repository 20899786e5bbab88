/** What the image says when it is run without arguments. */
export const containerHelp = `kafka-token-sidecar gives any Apache Kafka client an OAuth access token. This container needs a command:

  docker run --rm -p 127.0.0.1:14293:14293 -v "$PWD/key.json:/key.json:ro" \\
    -e GOOGLE_APPLICATION_CREDENTIALS=/key.json kafka-token-sidecar serve \\
    --host 0.0.0.0 --allow-anonymous-network --allow-plaintext-network
      serves http://localhost:14293/token to this machine alone; the key has to be readable by user 10001
  docker run --rm --network container:APP kafka-token-sidecar serve
      serves it to one other container, on its own localhost
  docker run --rm kafka-token-sidecar serve --help
      tells all options; each is also a variable, as KTS_PORT

kafka-token-sidecar help lists the commands.
`
