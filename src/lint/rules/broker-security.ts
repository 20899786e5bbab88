import { classNames, propertyNames as names } from '../../client-config/names.ts'
import { onVersion, severityOn, type Rule } from '../rule.ts'
import { brokerSetting, isBroker, listenersOf } from './broker.ts'

export const brokerSecurityRules: readonly Rule[] = [
  {
    name: 'broker-own-login-missing',
    severity: 'error',
    about: 'brokers that log in to each other by `OAUTHBEARER` without a login handler: they make up unsigned tokens',
    of: 'broker',
    run: { not: 'a single broker does not log in to itself' },
    *check(file) {
      if (!isBroker(file)) return
      const mechanism = brokerSetting(file, 'sasl.mechanism.inter.broker.protocol')
      if (mechanism?.value !== 'OAUTHBEARER') return
      const listener =
        brokerSetting(file, 'inter.broker.listener.name')?.value.toUpperCase() ??
        brokerSetting(file, 'security.inter.broker.protocol')?.value.toUpperCase()
      const at = listenersOf(file).find(({ name }) => name === listener)
      const handler = at?.value(names.loginCallbackHandlerClass) ?? brokerSetting(file, names.loginCallbackHandlerClass)
      if (handler || listener === undefined) return
      yield {
        at: mechanism,
        problem: 'the broker is a client of the others by OAUTHBEARER too, and has no handler that gets it a token',
        remedy: 'Give it a login, or another mechanism for brokers.',
        paste: `listener.name.${listener.toLowerCase()}.oauthbearer.${names.loginCallbackHandlerClass}=${classNames.loginCallbackHandler}\nlistener.name.${listener.toLowerCase()}.oauthbearer.${names.tokenEndpointUrl}=http://localhost:14293/token`,
      }
    },
  },
  {
    name: 'broker-token-key-missing',
    severity: 'error',
    about: 'settings of delegation tokens, or SCRAM, without `delegation.token.secret.key`',
    of: 'broker',
    printed: 'Delegation Token feature is not enabled.',
    trouble: 'delegation-tokens-disabled',
    run: 'e2e',
    *check(file) {
      if (
        !isBroker(file) ||
        brokerSetting(file, names.delegationTokenSecretKey) ||
        brokerSetting(file, 'delegation.token.master.key')
      )
        return
      const own = file.settings.find(({ path }) => /(?:^|\.)delegation\.token\./.test(path))
      const scram = listenersOf(file).find(({ mechanisms }) => mechanisms.some((one) => one.startsWith('SCRAM-')))
      if (!own && !scram) return
      yield {
        at: own ?? scram?.value('sasl.enabled.mechanisms'),
        severity: own ? 'error' : 'note',
        problem: `${names.delegationTokenSecretKey} is not set, and without it there are no delegation tokens`,
        remedy: 'Set the same on all brokers and controllers.',
        paste: `${names.delegationTokenSecretKey}=<at least 32 random characters, the same everywhere>`,
      }
    },
  },
  {
    name: 'broker-token-key-old-name',
    severity: 'error',
    about: '`delegation.token.master.key`, which Kafka 4 does not have any more',
    of: 'broker',
    printed: 'Delegation Token feature is not enabled.',
    trouble: 'delegation-tokens-disabled',
    run: { not: 'tried by hand: a 4.3 refuses, a 3.9 makes tokens' },
    *check(file) {
      const at = brokerSetting(file, 'delegation.token.master.key')
      if (!at || file.version === '3' || brokerSetting(file, names.delegationTokenSecretKey)) return
      yield {
        at,
        severity: severityOn('4', file),
        problem: onVersion('4', file, 'is passed over, and there are no delegation tokens'),
        remedy: 'Give it its name of today; Kafka 3 knows that too.',
        paste: `${names.delegationTokenSecretKey}=<as before>`,
      }
    },
  },
  {
    name: 'broker-everybody-allowed',
    severity: 'warning',
    about:
      '`allow.everyone.if.no.acl.found=true` with delegation tokens: everybody may make tokens for anybody, super users included',
    of: 'broker',
    run: { not: 'nothing fails; test/e2e/delegation-token-refusals.e2e.ts has a broker without it' },
    *check(file) {
      const at = brokerSetting(file, 'allow.everyone.if.no.acl.found')
      if (
        at?.value.toLowerCase() !== 'true' ||
        !file.settings.some(({ path }) => /(?:^|\.)delegation\.token\./.test(path))
      )
        return
      yield {
        at,
        problem:
          'whoever can log in may make a delegation token for any user, a super user too, as long as there is no ACL that says otherwise',
        remedy: 'Set it to false, and give the right by ACL.',
        paste: 'allow.everyone.if.no.acl.found=false',
      }
    },
  },
]
