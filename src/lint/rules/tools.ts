import { isLoopback } from '../../platform/loopback.ts'
import type { Examined, Rule } from '../rule.ts'
import type { Setting } from '../setting.ts'
import { openText } from '../shown.ts'

const ending = (file: Examined, form: RegExp): Setting | undefined => file.settings.find(({ path }) => form.test(path))
const isOauth = (setting: Setting | undefined): setting is Setting => /^"?oauthbearer"?$/i.test(setting?.value ?? '')

export const toolRules: readonly Rule[] = [
  {
    name: 'beats-oauthbearer',
    severity: 'error',
    about: 'Beats with `OAUTHBEARER`, which they do not have: with user and password they log in by PLAIN instead',
    of: 'tools',
    run: { not: 'Beats are not among what is installed; elastic/beats#51265' },
    *check(file) {
      const mechanism = ending(file, /(?:^|\.)output\.kafka\.sasl\.mechanism$/)
      if (!isOauth(mechanism)) return
      const password = ending(file, /(?:^|\.)output\.kafka\.password$/)
      yield {
        at: password ?? mechanism,
        problem: password
          ? 'Beats do not know OAUTHBEARER, and with user and password they log in by PLAIN: without TLS the password goes out in the clear'
          : 'Beats do not know OAUTHBEARER',
        remedy: 'Send through something that does, as Vector or Logstash; take user and password out.',
      }
    },
  },
  {
    name: 'telegraf-static-token',
    severity: 'warning',
    about: "Telegraf's `sasl_access_token`: one token, which ends",
    of: 'tools',
    run: { not: 'Telegraf is not among what is installed' },
    *check(file) {
      const at = ending(file, /(?:^|\.)sasl[._]access[._]token$/)
      if (!at || /@\{/.test(at.value)) return
      yield {
        at,
        problem: 'the token is read once and ends within the hour or so, and Telegraf asks for no other',
        remedy: 'Take it from a secret store that runs a command for it.',
        paste: '[[secretstores.command]]\n  id = "kafka"\n  command = ["kafka-token-sidecar", "token"]',
      }
    },
  },
  {
    name: 'otel-token-source',
    severity: 'error',
    about: 'the OpenTelemetry collector with `OAUTHBEARER` and no source of tokens, or one that is no extension of it',
    of: 'tools',
    run: { not: 'the collector is not among what is installed; opentelemetry-collector-contrib#49302' },
    *check(file) {
      for (const at of file.settings) {
        const prefix = /^(.*auth\.sasl\.)mechanism$/.exec(at.path)?.[1]
        if (prefix === undefined || !isOauth(at) || !/^(?:receivers|exporters)\./.test(at.path)) continue
        const source = file.settings.find(({ path }) => path === `${prefix}oauthbearer_token_source`)
        if (!source) {
          yield {
            at,
            problem: 'nothing says where tokens come from',
            remedy: 'Name the extension that gets them.',
            paste: 'oauthbearer_token_source: oauth2client',
          }
          continue
        }
        const name = source.value
        const isDefined = file.settings.some(({ path }) => path.startsWith(`extensions.${name}.`))
        const isOn = file.settings.some(
          ({ path, value }) => /^service\.extensions\[\d+\]$/.test(path) && value === name,
        )
        if (
          name === '' ||
          /[${]/.test(name) ||
          (isDefined && isOn) ||
          !file.settings.some(({ path }) => path.startsWith('service.'))
        )
          continue
        yield {
          at: source,
          problem: `${openText(name)} is ${isDefined ? 'not among service.extensions' : 'no extension of this file'}`,
          remedy: isDefined ? 'Switch it on.' : 'Set it up, and switch it on.',
          paste: isDefined
            ? `service:\n  extensions: [${openText(name)}]`
            : `extensions:\n  oauth2client:\n    token_url: http://localhost:14293/token\n    client_id: unused\n    client_secret: unused\nservice:\n  extensions: [oauth2client]`,
        }
      }
    },
  },
  {
    name: 'keda-loopback',
    severity: 'warning',
    about: "KEDA's `oauthTokenEndpointUri` on `localhost`: the operator asks, which runs in a pod of its own",
    of: 'tools',
    run: { not: 'KEDA is not among what is installed' },
    *check(file) {
      for (const at of file.settings) {
        if (!/oauthTokenEndpointUri$/.test(at.path)) continue
        const host = /^https?:\/\/(\[[^\]]*\]|[^/:]*)/.exec(at.value.slice(0, 500))?.[1]
        if (host === undefined || !isLoopback(host)) continue
        yield {
          at,
          problem:
            'the scaler runs in the operator of KEDA: localhost is its pod, which needs a sidecar of its own then',
          remedy: 'Have the endpoint in the pod of the operator, or use a gateway that it can reach.',
          paste: 'oauthTokenEndpointUri: https://kafka-tokens.kafka.svc:14293/token',
        }
      }
    },
  },
  {
    name: 'dapr-endpoint-missing',
    severity: 'error',
    about: "Dapr's `authType: oidc` without `oidcTokenEndpoint`",
    of: 'tools',
    run: { not: 'Dapr is not among what is installed' },
    *check(file) {
      const at = file.settings.find(({ key, value }) => /(?:^|\.)authType$/.test(key) && value === 'oidc')
      if (!at || file.settings.some(({ key }) => /(?:^|\.)oidcTokenEndpoint$/.test(key))) return
      yield {
        at,
        problem: 'nothing says where tokens come from',
        remedy: 'Name the endpoint, an id and a secret.',
        paste:
          '- name: oidcTokenEndpoint\n  value: http://localhost:14293/token\n- name: oidcClientID\n  value: unused\n- name: oidcClientSecret\n  value: unused',
      }
    },
  },
]
