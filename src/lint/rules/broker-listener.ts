import { isLoopback } from '../../platform/loopback.ts'
import { classNames, propertyNames as names } from '../../client-config/names.ts'
import type { Rule } from '../rule.ts'
import { openText, shownKey } from '../shown.ts'
import { brokerSetting, isWholeBroker, listenersOf, tokenListeners } from './broker.ts'

export const brokerListenerRules: readonly Rule[] = [
  {
    name: 'broker-jaas-options',
    severity: 'error',
    about:
      'options in the `sasl.jaas.config` of a listener without `unsecuredLoginStringClaim_sub`: the broker logs in by them, and does not start',
    of: 'broker',
    printed: 'No principal name in JWT claim: sub',
    trouble: 'unsecured-handler',
    run: 'e2e',
    *check(file) {
      for (const listener of tokenListeners(file)) {
        const own = file.clients.find(({ prefix }) => prefix.endsWith(`${listener.prefix}oauthbearer.`))
        const options = [...(own?.jaas?.options.keys() ?? [])]
        if (options.length === 0 || options.includes('unsecuredLoginStringClaim_sub')) continue
        if (listener.value(names.loginCallbackHandlerClass)) continue
        yield {
          at: own?.at('sasl.jaas.config'),
          problem:
            'with an option and no login handler the broker makes itself an unsigned token, for which it wants a name',
          remedy: 'Leave the options out; where ssl.* is needed for the JWKS, give it a name that nobody uses.',
          paste: `${listener.prefix}oauthbearer.sasl.jaas.config=${classNames.loginModule} required unsecuredLoginStringClaim_sub="unused";`,
        }
      }
    },
  },
  {
    name: 'broker-prefix-case',
    severity: 'error',
    about:
      '`listener.name.` with the listener or the mechanism in capitals: Kafka looks for small letters and passes it over',
    of: 'broker',
    printed:
      "Could not find a 'KafkaServer' or '<listener>.KafkaServer' entry in the JAAS configuration. System property 'java.security.auth.login.config' is not set",
    trouble: 'broker-jaas-missing',
    run: 'e2e',
    *check(file) {
      for (const setting of file.settings) {
        const found = /^(.*?listener\.name\.)([^.]+)\.((?:OAUTHBEARER|SCRAM-SHA-\d+|PLAIN|OAuthBearer)\.)?/i.exec(
          setting.key.slice(0, 300),
        )
        if (!found || /^[A-Z_]+$/.test(setting.key)) continue
        const written = `${found[2] ?? ''}.${found[3] ?? ''}`
        if (written === written.toLowerCase()) continue
        const key = `${found[1] ?? ''}${written.toLowerCase()}${setting.key.slice(found[0].length)}`
        yield {
          at: setting,
          problem: 'Kafka looks for listener and mechanism in small letters here, and passes this over',
          remedy: 'Write both in small letters.',
          paste: `${shownKey(key)}=…`,
        }
      }
    },
  },
  {
    name: 'broker-mechanism-not-enabled',
    severity: 'error',
    about: 'settings of OAUTHBEARER for a listener that does not have it among `sasl.enabled.mechanisms`',
    of: 'broker',
    printed: "Client SASL mechanism 'OAUTHBEARER' not enabled in the server, enabled mechanisms are [<mechanisms>]",
    trouble: 'mechanism-not-enabled',
    run: 'e2e',
    *check(file) {
      for (const listener of listenersOf(file)) {
        const group = file.clients.find(({ prefix }) => prefix === `${listener.prefix}oauthbearer.`)
        const at = group?.own.find(({ path }) =>
          /jaas\.config$|server\.callback\.handler\.class$|jwks\.endpoint\.url$/.test(path),
        )
        if (!at || listener.mechanisms.includes('OAUTHBEARER')) continue
        const enabled = listener.value('sasl.enabled.mechanisms')
        if (enabled ? /[${]/.test(enabled.value) : !isWholeBroker(file)) continue
        yield {
          at: enabled ?? at,
          problem: enabled ? 'does not have OAUTHBEARER' : 'sasl.enabled.mechanisms is missing, which is GSSAPI alone',
          remedy: 'Enable it.',
          paste: `${listener.prefix}sasl.enabled.mechanisms=${[...listener.mechanisms, 'OAUTHBEARER'].map(openText).join()}`,
        }
      }
    },
  },
  {
    name: 'broker-jaas-missing',
    severity: 'error',
    about: 'a listener with `OAUTHBEARER` and no `sasl.jaas.config`: the broker does not start',
    of: 'broker',
    printed:
      "Could not find a 'KafkaServer' or '<listener>.KafkaServer' entry in the JAAS configuration. System property 'java.security.auth.login.config' is not set",
    trouble: 'broker-jaas-missing',
    run: 'e2e',
    *check(file) {
      for (const listener of tokenListeners(file)) {
        const own = file.clients.find(({ prefix }) => prefix === `${listener.prefix}oauthbearer.`)
        if (own?.has('sasl.jaas.config') || !isWholeBroker(file)) continue
        const wide = listener.value('sasl.jaas.config')
        yield {
          at: wide ?? listener.value(names.serverCallbackHandlerClass) ?? listener.value('sasl.enabled.mechanisms'),
          severity: /java\.security\.auth\.login\.config/.test(file.text.slice(0, 1_000_000)) ? 'note' : 'error',
          problem: wide
            ? 'a broker reads sasl.jaas.config with listener and mechanism before it alone'
            : `there is no sasl.jaas.config for the listener ${openText(listener.name)}, and Kafka wants one also where nothing is in it`,
          remedy: 'Name the login module.',
          paste: `${listener.prefix}oauthbearer.sasl.jaas.config=${classNames.loginModule} required;`,
        }
      }
    },
  },
  {
    name: 'broker-reauthentication-unset',
    severity: 'note',
    about: '`connections.max.reauth.ms` unset: a session ends with its token, and with nothing else',
    of: 'broker',
    run: { not: 'nothing fails' },
    *check(file) {
      for (const listener of tokenListeners(file)) {
        if (listener.value(names.connectionsMaxReauthMs)) continue
        yield {
          at: listener.value('sasl.enabled.mechanisms'),
          problem: `connections.max.reauth.ms is not set: whoever is logged in at ${openText(listener.name)} stays so until the token ends, also when rights or delegation tokens are taken away`,
          remedy: 'Have clients log in again from time to time, over the open connection.',
          paste: `${listener.prefix}oauthbearer.connections.max.reauth.ms=900000`,
        }
      }
    },
  },
  {
    name: 'broker-tokens-in-the-clear',
    severity: 'warning',
    about: 'a `SASL_PLAINTEXT` listener for tokens off loopback',
    of: 'broker',
    run: { not: 'nothing fails' },
    *check(file) {
      for (const { name, protocol, mechanisms, address } of listenersOf(file)) {
        if (protocol !== 'SASL_PLAINTEXT' || !mechanisms.some((one) => /^(?:OAUTHBEARER|PLAIN)$/.test(one))) continue
        const host = (address ?? '').replace(/:\d+$/, '')
        if (address === undefined || isLoopback(host)) continue
        const map = brokerSetting(file, 'listener.security.protocol.map')
        yield {
          at: map ?? brokerSetting(file, 'listeners'),
          problem: `tokens come to the listener ${openText(name)} unencrypted, and whoever listens can use them`,
          remedy: 'Give it TLS.',
          ...(map && {
            paste: `${map.key}=${openText(map.value.replaceAll(`${name}:SASL_PLAINTEXT`, `${name}:SASL_SSL`))}`,
          }),
        }
      }
    },
  },
]
