import { classNames, propertyNames } from '../client-config/names.ts'
import { handlerLine, java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What Java prints about classes and jars. */
export const javaClassTroubles: readonly Trouble[] = [
  {
    id: 'class-not-found',
    title: 'A class of the settings is not on the class path under this name',
    texts: [{ by: java, text: 'Class <class> could not be found.' }],
    cause: ({ class: name = '' }) => {
      if (name.includes('.oauthbearer.secured.')) {
        return 'The package …oauthbearer.secured was the first place of this class, in Kafka 3.1; Kafka 4 has it no more.'
      }
      if (name.startsWith('kafkashaded.') || name.includes('.shaded.')) {
        return 'The class name is that of a jar in which Kafka is renamed (shaded), as on Databricks or in the SQL jar of Flink; this program has the plain Kafka client.'
      }
      if (name.startsWith('org.apache.kafka.')) {
        return 'The Kafka client is older than the class, renamed in a shaded jar (Databricks, Flink SQL), or loaded by a class loader that does not see it.'
      }
      return 'The jar with this class is not on the class path of the client, or its class loader does not see it (plug-in folders of Connect, Trino and Flink).'
    },
    fixes: [
      {
        say: 'Use the class that every Kafka client from 3.4 on carries; no jar is needed for it.',
        paste: handlerLine,
      },
      {
        say: 'Where Kafka is shaded, the name gets the prefix of the jar, in sasl.jaas.config too.',
        paste: `# Databricks
kafka.${propertyNames.loginCallbackHandlerClass}=kafkashaded.${classNames.loginCallbackHandler}
# Flink SQL jar
properties.${propertyNames.loginCallbackHandlerClass}=org.apache.flink.kafka.shaded.${classNames.loginCallbackHandler}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'login-module-not-found',
    title: 'The login module in sasl.jaas.config is not on the class path under this name',
    texts: [
      { by: java, text: 'No LoginModule found for <class>' },
      { by: java, text: 'unable to find LoginModule class: <class>', unseen: true },
    ],
    cause:
      'The class at the beginning of sasl.jaas.config does not exist in this program: it is misspelled, or Kafka is shaded here and the name lacks the prefix (or has one that is not wanted).',
    fixes: [
      {
        say: 'Name the module as the Kafka client at hand has it; in a shaded jar with its prefix, such as kafkashaded. on Databricks.',
        paste: `${propertyNames.jaasConfig}=${classNames.loginModule} required;`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'class-loaders-mixed',
    title: 'Two class loaders of this JVM have a Kafka client of their own, and the first one took SASL for itself',
    texts: [{ by: java, text: 'Callback handler must be castable to <interface>: <handler>' }],
    cause:
      'Kafka registers OAUTHBEARER once for a whole JVM, with the classes of whoever came first. A second copy of kafka-clients in a plug-in, an application server or a child-first class loader (Connect, Flink, Trino, Tomcat) then cannot log in.',
    fixes: [
      {
        say: 'Have kafka-clients once: in the folder that all share, and not in the plug-in or the fat jar (Flink: classloader.parent-first-patterns.additional).',
        paste: 'classloader.parent-first-patterns.additional: org.apache.kafka',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'jackson-missing',
    title: 'Jackson is not on the class path',
    texts: [
      { by: java, text: 'NoClassDefFoundError: com/fasterxml/jackson/<class>' },
      { by: java, text: 'ClassNotFoundException: com.fasterxml.jackson.<class>' },
    ],
    cause: 'kafka-clients reads token answers with Jackson, but does not bring it along.',
    fixes: [
      {
        say: 'Add the library to the application.',
        paste: `<dependency>
  <groupId>com.fasterxml.jackson.core</groupId>
  <artifactId>jackson-databind</artifactId>
  <version>2.21.2</version>
</dependency>`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'jose4j-missing',
    title: 'jose4j is not on the class path',
    texts: [
      { by: ['java-4', 'broker'], text: 'NoClassDefFoundError: org/jose4j/<class>' },
      { by: ['java-4', 'broker'], text: 'ClassNotFoundException: org.jose4j.<class>' },
    ],
    cause:
      'The default validator of Kafka 4 clients loads jose4j, although a client does not need it, and kafka-clients does not bring it along.',
    fixes: [
      {
        say: 'Name the validator that does without.',
        paste: `${propertyNames.jwtValidatorClass}=${classNames.clientJwtValidator}`,
      },
      {
        say: 'Or add the library to the application.',
        paste: `<dependency>
  <groupId>org.bitbucket.b_c</groupId>
  <artifactId>jose4j</artifactId>
  <version>0.9.6</version>
</dependency>`,
      },
    ],
    seen: seenInJava,
  },
]
