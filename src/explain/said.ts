import { classNames, propertyNames, systemProperties } from '../client-config/names.ts'
import type { Fix, Trouble } from './trouble.ts'

/** What several troubles say. */

export const seenInJava = { in: 'explain-java.e2e.ts' } as const satisfies Trouble['seen']

export const java = ['java-4', 'java-3'] as const

/** The flag of the JVM without which Kafka 4 calls no URL. */
export const allowedUrls = (url: string): string => `-D${systemProperties.allowedUrls}=${url}`
export const allowedFiles = (file: string): string => `-D${systemProperties.allowedFiles}=${file}`

export const handlerLine = `${propertyNames.loginCallbackHandlerClass}=${classNames.loginCallbackHandler}`

export const decodeToken: Fix = {
  say: 'Look at what is in the token, without its secret part.',
  paste: 'npx kafka-token-sidecar token --decode',
}

export const askDoctor: Fix = {
  say: 'Let the doctor walk the whole way, with the settings of this client: it ranks the reasons by what the token itself shows.',
  paste: 'npx kafka-token-sidecar doctor --command-config client.properties --bootstrap-server <host:port>',
}

export const validatorLogger: Fix = {
  say: 'The log of the broker has the reason, in a line of OAuthBearerValidatorCallbackHandler; it is a warning, so it is there unless warnings are off.',
  paste: `# log4j2.yaml (Kafka 4): under Loggers, Logger
- name: ${classNames.validatorCallbackHandler}
  level: DEBUG
# log4j.properties (Kafka 3)
log4j.logger.${classNames.validatorCallbackHandler}=DEBUG`,
}
