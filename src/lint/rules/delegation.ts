import { classNames } from '../../client-config/names.ts'
import type { Rule } from '../rule.ts'
import { unshaded } from './login-handler.ts'

/** A Uuid of Kafka, and 64 bytes in base64. */
const isTokenId = (text: string): boolean => /^[\w-]{22}$/.test(text)
const isHmac = (text: string): boolean => /^[A-Za-z0-9+/]{86}==$/.test(text)

const printed =
  'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512'

export const delegationRules: readonly Rule[] = [
  {
    name: 'delegation-token-without-tokenauth',
    severity: 'error',
    about: 'id and HMAC of a delegation token as user and password, without `tokenauth="true"`',
    of: 'Java',
    printed,
    trouble: 'scram-credentials',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const { jaas } = client
        if (!jaas || unshaded(jaas.module) !== classNames.scramLoginModule) continue
        const { options } = jaas
        const isToken = isHmac(options.get('password') ?? '') && isTokenId(options.get('username') ?? '')
        if (!isToken || options.has('tokenauth')) continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem:
            'user and password look like id and HMAC of a delegation token, and without tokenauth="true" the broker looks for a user of that name',
          remedy: 'Say that it is a token.',
          paste: `${client.prefix}sasl.jaas.config=${classNames.scramLoginModule} required username="<token id>" password="<HMAC>" tokenauth="true";`,
        }
      }
    },
  },
  {
    name: 'delegation-token-tokenauth-value',
    severity: 'error',
    about: '`tokenauth` with another value than `true`',
    of: 'Java',
    printed,
    trouble: 'scram-credentials',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        const value = client.jaas?.options.get('tokenauth')
        if (value === undefined || value.toLowerCase() === 'true' || value === 'open') continue
        yield {
          at: client.at('sasl.jaas.config'),
          problem:
            'tokenauth is only on when it is "true": as it is, the broker looks for a user by the id of the token',
          remedy: 'Write tokenauth="true".',
          paste: 'tokenauth="true"',
        }
      }
    },
  },
  {
    name: 'delegation-token-hmac',
    severity: 'error',
    about: '`new String(hmac)` as the password: the HMAC is bytes, and the password is their base64',
    of: 'Java',
    printed,
    trouble: 'scram-credentials',
    run: 'e2e',
    *check(file) {
      if (file.form !== 'code') return
      // As in new String(token.hmac()), String(token.hmac, UTF_8), token.hmac().toString(), hex.
      const form =
        /\bString\(\s{0,9}[\w.]{0,80}hmac\b[^\n]{0,60}|\bhmac(?:\(\))?\s{0,9}\.toString\(|(?:Hex|HexFormat)[\w.()]{0,60}\([\w.]{0,60}hmac|hmac\w{0,20}\.(?:hex\(|decode\()/gi
      for (const match of file.text.matchAll(form)) {
        const before = file.text.slice(Math.max(0, match.index - 60), match.index)
        if (/encodeToString|b64encode|base64\.?\w{0,20}\(\s*$/i.test(before + match[0])) continue
        yield {
          line: file.lineAt(match.index),
          key: 'hmac',
          problem: 'makes letters of the bytes of the HMAC; the password that brokers know is its base64',
          remedy: 'Use what the token has for it.',
          paste: 'token.hmacAsBase64String()',
        }
      }
    },
  },
  {
    name: 'delegation-token-librdkafka',
    severity: 'error',
    about: 'a delegation token in librdkafka, which cannot log in by one',
    of: 'librdkafka',
    printed:
      'SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    trouble: 'scram-credentials',
    run: 'e2e',
    *check(file) {
      for (const client of file.clients) {
        if (client.library !== 'librdkafka' || !isHmac(client.value('sasl.password') ?? '')) continue
        if (!isTokenId(client.value('sasl.username') ?? '')) continue
        yield {
          at: client.at('sasl.username'),
          problem:
            'user and password look like id and HMAC of a delegation token, which librdkafka has no way to say: the broker looks for a user of that name',
          remedy: 'Let it ask the token endpoint instead, or use a Java client.',
          paste:
            'sasl.mechanisms=OAUTHBEARER\nsasl.oauthbearer.method=oidc\nsasl.oauthbearer.token.endpoint.url=http://localhost:14293/token\nsasl.oauthbearer.client.id=unused\nsasl.oauthbearer.client.secret=unused',
        }
      }
    },
  },
]
