import { classNames, propertyNames as names } from '../../client-config/names.ts'
import { onVersion, severityOn, type Rule } from '../rule.ts'
import { openText, shownKey } from '../shown.ts'
import { hasOwnValidator, isBroker, isWholeBroker, tokenListeners } from './broker.ts'

export const brokerValidatorRules: readonly Rule[] = [
  {
    name: 'broker-validator-missing',
    severity: 'error',
    about:
      '`OAUTHBEARER` at a listener without `sasl.server.callback.handler.class`: unsigned tokens are taken, and anybody is anybody',
    of: 'broker',
    run: 'e2e',
    *check(file) {
      for (const listener of tokenListeners(file)) {
        if (listener.value(names.serverCallbackHandlerClass) || !isWholeBroker(file)) continue
        yield {
          at: listener.value('sasl.enabled.mechanisms'),
          problem: `without a handler the listener ${openText(listener.name)} takes tokens that nobody has signed, with whatever user is in them, and refuses those that are signed`,
          remedy: 'Have tokens validated.',
          paste: `${listener.prefix}oauthbearer.${names.serverCallbackHandlerClass}=${classNames.validatorCallbackHandler}`,
        }
      }
    },
  },
  {
    name: 'broker-validator-wrong',
    severity: 'error',
    about: "a client's handler as `sasl.server.callback.handler.class`, or the unsecured one",
    of: 'broker',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const at = client.own.find(({ path }) => path.endsWith(names.serverCallbackHandlerClass))
        if (!at || !isBroker(file)) continue
        const isLogin = /LoginCallbackHandler$/.test(at.value)
        if (!isLogin && at.value !== classNames.unsecuredValidatorCallbackHandler) continue
        yield {
          at,
          problem: isLogin
            ? 'this class gets tokens for a client, and cannot check any'
            : 'this class takes unsigned tokens, with whatever user is in them',
          remedy: 'Name the validator.',
          paste: `${shownKey(at.key)}=${classNames.validatorCallbackHandler}`,
        }
      }
    },
  },
  {
    name: 'broker-jwks-missing',
    severity: 'error',
    about:
      'the validator without `sasl.oauthbearer.jwks.endpoint.url`: Kafka 4 then takes tokens without a look at their signature, and anybody is anybody; Kafka 3 does not start',
    of: 'broker',
    run: 'e2e',
    *check(file) {
      for (const listener of tokenListeners(file)) {
        if (!hasOwnValidator(listener) || listener.value(names.jwksEndpointUrl)) continue
        yield {
          at: listener.value(names.serverCallbackHandlerClass),
          problem: `${names.jwksEndpointUrl} is missing: ${onVersion('4', file, 'the listener takes any token whatever its signature, so that everybody can be any user')}${file.version === '4' ? '' : ', on 3.x the broker does not start'}`,
          remedy: 'Say where the keys of the issuer are.',
          paste: `${listener.prefix}oauthbearer.${names.jwksEndpointUrl}=http://localhost:14293/jwks`,
        }
      }
    },
  },
  {
    name: 'broker-signature-unchecked',
    severity: 'error',
    about: '`ClientJwtValidator` at a broker: it looks at no signature',
    of: 'broker',
    run: 'e2e',
    *check(file) {
      if (!isBroker(file)) return
      for (const setting of file.settings) {
        if (!setting.path.endsWith(names.jwtValidatorClass) || setting.value !== classNames.clientJwtValidator) continue
        // With the mechanism in its prefix it has no effect.
        if (/\.oauthbearer\.sasl\.oauthbearer\.jwt/i.test(setting.path)) continue
        yield {
          at: setting,
          problem: 'this class is for clients and looks at no signature: everybody can be any user',
          remedy: 'Leave the line out, and name the keys.',
          paste: `listener.name.<listener>.oauthbearer.${names.jwksEndpointUrl}=http://localhost:14293/jwks`,
        }
      }
    },
  },
  {
    name: 'broker-audience-unset',
    severity: 'warning',
    about: 'no `sasl.oauthbearer.expected.audience`: Kafka refuses every token that has an `aud` then',
    of: 'broker',
    printed: '{"status":"invalid_token"}',
    trouble: 'invalid-token',
    run: 'e2e',
    *check(file) {
      for (const listener of tokenListeners(file)) {
        if (!hasOwnValidator(listener) || (listener.value(names.expectedAudience)?.value ?? '') !== '') continue
        yield {
          at: listener.value(names.jwksEndpointUrl) ?? listener.value(names.serverCallbackHandlerClass),
          problem: `${names.expectedAudience} is not set: tokens with an aud are refused, as nearly all providers issue them, and those without are taken whomever they are for`,
          remedy: 'Name the audience of your tokens.',
          paste: `${listener.prefix}oauthbearer.${names.expectedAudience}=<audience>`,
        }
      }
    },
  },
  {
    name: 'broker-issuer-unset',
    severity: 'note',
    about: 'no `sasl.oauthbearer.expected.issuer`: any issuer whose keys are in the set will do',
    of: 'broker',
    run: { not: 'nothing fails' },
    *check(file) {
      for (const listener of tokenListeners(file)) {
        if (!hasOwnValidator(listener) || (listener.value(names.expectedIssuer)?.value ?? '') !== '') continue
        yield {
          at: listener.value(names.jwksEndpointUrl) ?? listener.value(names.serverCallbackHandlerClass),
          problem: `${names.expectedIssuer} is not set: the issuer of tokens is not looked at`,
          remedy: 'Name the issuer, letter by letter as in iss.',
          paste: `${listener.prefix}oauthbearer.${names.expectedIssuer}=<issuer>`,
        }
      }
    },
  },
  {
    name: 'broker-validator-class-prefix',
    severity: 'error',
    about:
      '`jwt.validator.class` or `jwt.retriever.class` with the mechanism in its prefix, as documented: Kafka 4.1 to 4.3 pass it over there',
    of: 'broker',
    printed: '{"status":"invalid_token"}',
    trouble: 'invalid-token',
    run: 'e2e',
    *check(file) {
      if (!isBroker(file) || file.version === '3') return
      for (const setting of file.settings) {
        const found =
          /(listener\.name\.[^.]+\.)oauthbearer\.(sasl\.oauthbearer\.jwt\.(?:validator|retriever)\.class)$/i.exec(
            setting.path.slice(-400),
          )
        if (!found) continue
        yield {
          at: setting,
          severity: severityOn('4', file),
          problem: onVersion(
            '4',
            file,
            `${found[2] ?? ''} is read without the mechanism before it, so that this has no effect`,
          ),
          remedy: 'Leave out oauthbearer. there.',
          paste: `${found[1] ?? ''}${found[2] ?? ''}=${openText(setting.value)}`,
        }
      }
    },
  },
  {
    name: 'broker-principal-uuid',
    severity: 'note',
    about: 'keys of a Keycloak without `sasl.oauthbearer.sub.claim.name`: its `sub` is a UUID',
    of: 'broker',
    run: { not: 'test/e2e/provider-logins.e2e.ts reads azp there' },
    *check(file) {
      for (const listener of tokenListeners(file)) {
        const at = listener.value(names.jwksEndpointUrl)
        if (
          !at ||
          !/\/realms\/.*\/protocol\/openid-connect\/certs$/.test(at.value) ||
          listener.value(names.subClaimName)
        )
          continue
        yield {
          at,
          problem: 'the user is User:<sub>, and the sub of Keycloak is a UUID, which nobody writes into ACLs',
          remedy: 'Name a claim that has a name in it.',
          paste: `${listener.prefix}oauthbearer.${names.subClaimName}=azp`,
        }
      }
    },
  },
]
