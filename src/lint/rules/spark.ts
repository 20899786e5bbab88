import { shadingPrefixes, systemProperties } from '../../client-config/names.ts'
import { splitName } from '../names.ts'
import type { Examined, Found, Rule } from '../rule.ts'
import { openText, shownKey } from '../shown.ts'
import type { Setting } from '../setting.ts'

const cluster = /(?:^|["'\s])spark\.kafka\.clusters\.([^.]+(?:\}[^.]*)?)\.(.+)$/

export const sparkRules: readonly Rule[] = [
  {
    name: 'spark-cluster-servers',
    severity: 'error',
    about: '`spark.kafka.clusters.<name>.bootstrap.servers`, which Spark does not have: it is `auth.bootstrap.servers`',
    of: 'Spark',
    printed: 'java.util.NoSuchElementException: spark.kafka.clusters.<name>.auth.bootstrap.servers',
    run: {
      not: 'Spark asks for tokens only where it logs in by Kerberos, which there is none of here; its source has auth.bootstrap.servers',
    },
    *check(file) {
      for (const setting of file.settings) {
        const found = cluster.exec(setting.key)
        if (found?.[2] !== 'bootstrap.servers') continue
        const right = setting.key.replace(/\.bootstrap\.servers$/, '.auth.bootstrap.servers')
        yield {
          at: setting,
          problem: 'Spark has no such setting, so there are no servers to get a token from',
          remedy: 'It is auth.bootstrap.servers.',
          paste: `${shownKey(right)}=${openText(setting.value)}`,
        }
      }
    },
  },
  {
    name: 'spark-target-pattern',
    severity: 'error',
    about:
      '`target.bootstrap.servers.regex` as a pattern of a shell (`*`), where Spark wants a regular expression for `host:port`',
    of: 'Spark',
    printed: "java.util.regex.PatternSyntaxException: Dangling meta character '*' near index 0",
    run: { not: 'as above; the text is what java.util.regex prints' },
    *check(file) {
      for (const setting of file.settings) {
        if (cluster.exec(setting.key)?.[2] !== 'target.bootstrap.servers.regex') continue
        const isWrong = /^[*+?]/.test(setting.value)
        const isGlob = /[\w-]\*/.test(setting.value)
        if (!isWrong && !isGlob) continue
        yield {
          at: setting,
          severity: isWrong ? 'error' : 'warning',
          problem: isWrong ? 'is no regular expression' : 'a * repeats the letter before it; for any letters it is .*',
          remedy: 'Write a regular expression for all of host:port.',
          paste: `${shownKey(setting.key)}=.*\\.example\\.com:9094`,
        }
      }
    },
  },
  {
    name: 'spark-cluster-tokens',
    severity: 'note',
    about: "Spark's own delegation tokens: before 4.2 it only asks for them where it logs in by Kerberos",
    of: 'Spark',
    run: { not: 'read in the source of Spark; test/e2e/spark.e2e.ts shows what Spark does by itself' },
    *check(file) {
      const at = file.settings.find(({ key }) => cluster.test(key))
      if (!at) return
      yield {
        at,
        problem:
          'Spark asks for delegation tokens by itself only where it logs in by Kerberos; otherwise these settings do nothing',
        remedy: 'Have a token kept for it: delegation-token keep.',
      }
    },
  },
  {
    name: 'spark-option-without-prefix',
    severity: 'error',
    about: 'Kafka settings as options of Spark without `kafka.` before them, which Spark passes over',
    of: 'Spark',
    run: { not: 'test/e2e/spark.e2e.ts has them with the prefix; without it the client does not see them' },
    *check(file) {
      if (file.kind !== 'spark') return
      for (const setting of file.settings) {
        const name = splitName(setting.path)
        if (!name || name.prefix !== '' || !isOption(file, setting)) continue
        yield {
          at: setting,
          problem: 'Spark hands on to Kafka only what begins with kafka.',
          remedy: 'Put kafka. before it.',
          paste: `.option("kafka.${shownKey(setting.key)}", …)`,
        }
      }
    },
  },
  {
    name: 'spark-one-side',
    severity: 'error',
    about: '`allowed.urls` for the driver or the executors alone: both are clients of Kafka',
    of: 'Spark',
    printed:
      "The URL cannot be accessed due to restrictions. Update the system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow the URL to be accessed.",
    run: { not: 'what a JVM without the option prints is run for Java' },
    *check(file) {
      const options = file.settings.filter(({ key }) =>
        /^spark\.(?:driver|executor)\.(?:extraJavaOptions|defaultJavaOptions)$/.test(key),
      )
      const allowing = options.filter(({ value }) => value.includes(systemProperties.allowedUrls))
      if (allowing.length === 0 || file.version === '3') return
      const missing = ['driver', 'executor'].find(
        (side) => !allowing.some(({ key }) => key.startsWith(`spark.${side}.`)),
      )
      if (missing === undefined) return
      const list = new RegExp(`${systemProperties.allowedUrls.replaceAll('.', '\\.')}=([^\\s"']{1,400})`).exec(
        allowing[0]?.value ?? '',
      )?.[1]
      yield {
        at: allowing[0],
        severity: file.version === '4' ? 'error' : 'warning',
        problem: `the ${missing} is not told, and it is a client of Kafka too`,
        remedy: 'Give both the option.',
        paste: `spark.${missing}.extraJavaOptions=-D${systemProperties.allowedUrls}=${openText(list ?? 'http://localhost:14293/token')}`,
      }
    },
  },
  {
    name: 'unshaded-class-databricks',
    severity: 'error',
    about: "Kafka's classes by their own names in Databricks, whose classes are named `kafkashaded.…`",
    of: 'Spark',
    printed: 'No LoginModule found for org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
    trouble: 'login-module-not-found',
    run: { not: 'Databricks cannot be had here' },
    *check(file) {
      if (!/databricks|dbutils\b|dbfs:/i.test(file.text.slice(0, 1_000_000))) return
      yield* unshadedIn(file, shadingPrefixes.databricks)
    },
  },
]

/** Settings that name a class as Kafka itself does, where the jar has it with a prefix. */
export function* unshadedIn(file: Examined, prefix: string): Iterable<Found> {
  for (const setting of file.settings) {
    if (!/(?:jaas\.config|callback\.handler\.class)$/.test(setting.path)) continue
    const name = /^\s{0,9}(org\.apache\.kafka\.[\w.]{1,200})/.exec(setting.value.slice(0, 400))?.[1]
    if (name === undefined) continue
    yield {
      at: setting,
      problem: 'there the class has another name, and is not found by this one',
      remedy: `Put ${prefix} before it.`,
      paste: `${prefix}${name}`,
    }
  }
}

/** `.option("sasl.…", …)`, not an item of a map that something may have prefixed. */
function isOption(file: Examined, setting: Setting): boolean {
  return /\.option\(\s{0,9}["'](?:sasl|ssl|security|bootstrap)\./.test(file.lineText(setting.line))
}
