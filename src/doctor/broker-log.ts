import type { Outcome } from './step.ts'

/** A logger of brokers that tells what clients are not told. */
export interface BrokerLogger {
  readonly about: readonly NonNullable<Outcome['toldByBroker']>[]
  readonly name: string
  readonly level: 'DEBUG' | 'INFO'
  readonly tells: string
  /** Text to look for in its lines. */
  readonly lookFor: readonly string[]
}

export const brokerLoggers: readonly BrokerLogger[] = [
  {
    about: ['token'],
    name: 'org.apache.kafka.common.security.oauthbearer',
    level: 'DEBUG',
    tells: 'why a token is refused; whole tokens stand in these lines',
    lookFor: ['Could not validate the access token', 'rejected due to invalid claims', 'InvalidJwtException'],
  },
  {
    about: ['token', 'login'],
    name: 'org.apache.kafka.common.network.Selector',
    level: 'INFO',
    tells: 'which address was refused, and when',
    lookFor: ['Failed authentication with'],
  },
  {
    about: ['acl'],
    name: 'kafka.authorizer.logger',
    level: 'INFO',
    tells: 'whom the broker took the client for, and what was denied',
    lookFor: ['is Denied operation'],
  },
]

export interface BrokerLogForms {
  /** Takes effect at once, and lasts until the broker is restarted. */
  readonly command: string
  /** `config/log4j2.yaml` of Kafka 4. */
  readonly log4j2Yaml: string
  readonly log4j2Properties: string
  /** `config/log4j.properties` of Kafka 3. */
  readonly log4j1: string
}

/** Where brokers tell it, and how that is switched on in each form that brokers are configured by. */
export interface BrokerLog extends BrokerLogForms {
  readonly loggers: readonly Omit<BrokerLogger, 'about'>[]
}

export function brokerLogAbout(what: NonNullable<Outcome['toldByBroker']>): BrokerLog {
  const loggers = brokerLoggers.filter(({ about }) => about.includes(what))
  return { loggers: loggers.map(({ about: _about, ...logger }) => logger), ...formsOf(loggers) }
}

function formsOf(loggers: readonly BrokerLogger[]): BrokerLogForms {
  const levels = loggers.map(({ name, level }) => `${name}=${level}`).join(',')
  const ids = loggers.map(({ name }) => name.slice(name.lastIndexOf('.') + 1).toLowerCase())
  return {
    command: `kafka-configs.sh --bootstrap-server <server> --alter --entity-type broker-loggers --entity-name <broker id> --add-config ${levels}`,
    log4j2Yaml: [
      'Configuration:',
      '  Loggers:',
      '    Logger:',
      ...loggers.flatMap(({ name, level }) => [`      - name: ${name}`, `        level: ${level}`]),
    ].join('\n'),
    log4j2Properties: loggers
      .flatMap(({ name, level }, at) => [
        `logger.${ids[at] ?? ''}.name=${name}`,
        `logger.${ids[at] ?? ''}.level=${level}`,
      ])
      .join('\n'),
    log4j1: loggers.map(({ name, level }) => `log4j.logger.${name}=${level}`).join('\n'),
  }
}
