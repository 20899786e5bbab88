import { execFile } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Image } from './containers.ts'
import { repository } from './readme.ts'
import type { Shared } from './setup.ts'

/** `/opt/kafka-token-sidecar` of the image, made anew in a folder of this run. */
export async function sidecarFolder({ tools, folder }: Shared, name: string): Promise<string> {
  const out = join(folder, `${name}-relocatable`)
  const script = join(repository, 'scripts', 'relocatable.ts')
  await promisify(execFile)(process.execPath, [script, '--dist', dirname(dirname(tools.cli)), '--out', out])
  return join(out, globSync('*', { cwd: out })[0] ?? '')
}

export const sidecarImage = (folder: string): Image => ({
  entrypoint: [
    '/opt/kafka-token-sidecar/lib/node',
    '--disable-sigusr1',
    '/opt/kafka-token-sidecar/lib/app/kafka-token-sidecar.js',
  ],
  user: 10_001,
  env: { NODE_ENV: 'production' },
  files: `mkdir -p "$root/opt/kafka-token-sidecar"; mount --bind '${folder}' "$root/opt/kafka-token-sidecar"`,
})

/** Keycloak's distribution; what it builds at the start goes into the overlay. */
export const keycloakImage = (distribution: string): Image => ({
  entrypoint: ['/opt/keycloak/bin/kc.sh'],
  user: 0,
  env: { JAVA_OPTS_KC_HEAP: '-Xmx512m', JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1' },
  files: `keycloak="\${root%/merged}/keycloak"
mkdir -p "$keycloak/upper" "$keycloak/work" "$root/opt/keycloak"
mount -t overlay overlay -o "lowerdir=${distribution},upperdir=$keycloak/upper,workdir=$keycloak/work" "$root/opt/keycloak"`,
})

const kafkaClasses = {
  'kafka-server-start': 'kafka.Kafka',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
}

/** Kafka's classes under the names of its scripts; the start is that of the image, by its own class. */
export function kafkaImage({ tools }: Shared, folder: string): Image {
  const classpath = [tools.broker, tools.kafkaTools].join(delimiter)
  const java = `exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '${classpath}' $KAFKA_OPTS`
  mkdirSync(folder, { recursive: true })
  const script = (name: string, content: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${content}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  for (const [name, main] of Object.entries(kafkaClasses)) script(`${name}.sh`, `${java} ${main} "$@"`)
  const places = [
    ['default-configs-dir', '/etc/kafka/docker'],
    ['mounted-configs-dir', '/mnt/shared/config'],
    ['final-configs-dir', '/opt/kafka/config'],
  ]
  const options = places.map(([name, path]) => `--${name ?? ''} ${path ?? ''}`)
  script(
    'run',
    `(${java} kafka.docker.KafkaDockerWrapper setup ${options.join(' ')})
exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties`,
  )
  return {
    entrypoint: [],
    command: ['/etc/kafka/docker/run'],
    user: 1000,
    env: { CLUSTER_ID: '5L6g3nShT-eMCtK--X86sw', KAFKA_OPTS: '' },
    files: `mkdir -p "$root/opt/kafka/bin" "$root/opt/kafka/config" "$root/etc/kafka/docker" "$root/var/lib/kafka/data"
cp '${folder}'/*.sh "$root/opt/kafka/bin"
cp '${folder}/run' "$root/etc/kafka/docker"
touch "$root/etc/kafka/docker/server.properties"
for name in log4j2 tools-log4j2; do echo 'Configuration: {Properties: {}, Appenders: {}, Loggers: {Root: {level: INFO}}}' > "$root/etc/kafka/docker/$name.yaml"; done
chown -R 1000 "$root/opt/kafka/config" "$root/var/lib/kafka/data"`,
  }
}

/** A folder for PATH with a `docker` that runs our image without a container: volumes lead to where they are. */
export function dockerStandIn(cli: string, folder: string): string {
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'docker'),
    `#!/usr/bin/env bash
[ "$1 $2" = 'run --rm' ] || { echo "docker $*: not here" >&2; exit 64; }
shift 2
while [ "$1" != kafka-token-sidecar:0.1.0 ]; do
  case $1 in
    --user) ;;
    --volume) outside=\${2%:*} inside=\${2##*:} ;;
    *) echo "docker run $1: not here" >&2; exit 64 ;;
  esac
  shift 2
done
shift
exec '${process.execPath}' '${cli}' "\${@/#$inside/$outside}"
`,
    { mode: 0o755 },
  )
  return folder
}
