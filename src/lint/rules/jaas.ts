import { classNames } from '../../client-config/names.ts'
import type { Examined, Found, Rule } from '../rule.ts'
import { shownKey } from '../shown.ts'

export const jaasRules: readonly Rule[] = [
  {
    name: 'jaas-syntax',
    severity: 'error',
    about:
      '`sasl.jaas.config` that Kafka cannot read: no semicolon at the end, commas, values without quotes, lines that are not joined',
    of: 'Java',
    printed: 'JAAS config entry not terminated by semi-colon',
    trouble: 'jaas-malformed',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        if (client.library === 'librdkafka' || client.jaasFault === undefined) continue
        const at = client.own.find(({ path }) => path.endsWith('sasl.jaas.config'))
        if (at) yield { at, ...jaasFault(client.jaasFault, at.value, at.line, file) }
      }
    },
  },
  {
    name: 'jaas-curly-quotes',
    severity: 'error',
    about: 'curly quotes in `sasl.jaas.config`, as documents and chats make them: they are part of the value',
    of: 'Java',
    run: { not: 'the client starts, and sends the quotes as a part of the id' },
    *check(file) {
      for (const client of file.clients) {
        const at = client.own.find(({ path }) => path.endsWith('sasl.jaas.config'))
        if (!at || !/[\u2018\u2019\u201c\u201d\u00ab\u00bb]/.test(at.value.slice(0, 20_000))) continue
        yield {
          at,
          problem: 'has curly quotes, which Kafka takes for letters of the value',
          remedy: 'Replace them by straight ones, ".',
        }
      }
    },
  },
  {
    name: 'jaas-missing',
    severity: 'warning',
    about: 'a SASL mechanism without `sasl.jaas.config`: Java looks for a JAAS file then',
    of: 'Java',
    printed:
      "Could not find a 'KafkaClient' entry in the JAAS configuration. System property 'java.security.auth.login.config' is not set",
    trouble: 'jaas-missing',
    run: 'e2e',
    *check(file) {
      if (file.kind === 'broker' || /java\.security\.auth\.login\.config/.test(file.text.slice(0, 1_000_000))) return
      for (const client of file.clients) {
        const mechanism = client.value('sasl.mechanism')
        if (client.library !== 'java' || client.has('sasl.jaas.config') || !client.has('security.protocol')) continue
        if (mechanism === undefined || mechanism === 'GSSAPI' || !/^(?:OAUTHBEARER|PLAIN|SCRAM)/.test(mechanism))
          continue
        if (!client.has('sasl.login.callback.handler.class') && !client.has('sasl.oauthbearer.token.endpoint.url'))
          continue
        yield {
          at: client.at('sasl.mechanism'),
          severity: file.jvm.isKnown ? 'error' : 'warning',
          problem:
            'sasl.jaas.config is missing, so that Java looks for a JAAS file, which must be named by -Djava.security.auth.login.config',
          remedy: 'Name the login module.',
          paste: `${client.prefix}sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`,
        }
      }
    },
  },
]

/** The whole of it, for the module that it begins with. */
function wholeOf(value: string): string {
  const isPassword = /Scram|PlainLogin/.test(value.slice(0, 200))
  const module = isPassword
    ? /Scram/.test(value.slice(0, 200))
      ? classNames.scramLoginModule
      : classNames.plainLoginModule
    : classNames.loginModule
  const options = isPassword ? 'username="<user>" password="<password>"' : 'clientId="<id>" clientSecret="<secret>"'
  return `sasl.jaas.config=${module} required ${options};`
}

function jaasFault(
  fault: string,
  value: string,
  line: number,
  file: Examined,
): Pick<Found, 'problem' | 'printed' | 'remedy' | 'paste'> {
  const whole = wholeOf(value)
  const isOption = /^(?:clientId|clientSecret|username|password|oauth\.|extension_|tokenauth|scope)/
  const after = file.settings.find((setting) => setting.line > line && isOption.test(setting.key))
  if (file.form === 'properties' && after !== undefined && after.line - line <= 4) {
    return {
      problem: `ends before its options: ${shownKey(after.key)} in line ${after.line} is a property of its own`,
      remedy: 'End each line but the last in a backslash, with nothing behind it.',
      paste: 'sasl.jaas.config=<module> required \\\n  clientId="<id>" \\\n  clientSecret="<secret>";',
    }
  }
  if (/semicolon/.test(fault)) return { problem: fault, remedy: 'End it in a semicolon.', paste: whole }
  if (/after the login module/.test(fault)) {
    return {
      problem: fault,
      printed: "Invalid login module control flag '<flag>' in JAAS config",
      remedy: /^["']/.test(value) ? 'Leave out the quotes around it.' : 'Write required behind the class.',
      paste: whole,
    }
  }
  return {
    problem: fault,
    printed: /option/.test(fault) ? "Value not specified for key '<key>' in JAAS config" : 'nothing',
    remedy:
      'Write options as name="value", with blanks between them and no commas; a quote or backslash within a value needs a backslash before it.',
    paste: whole,
  }
}
