import { describe, expect, it } from 'vitest'
import { brokerSettings } from '../../src/doctor/broker-settings.ts'

const text = `
listeners=INTERNAL://:9092,CLIENT://:9093,[::]:1
advertised.listeners=INTERNAL://k:9092,CLIENT://k.example:19093,V6://[::1]:9094
listener.name.client.oauthbearer.sasl.server.callback.handler.class=x
listener.name.client.oauthbearer.sasl.oauthbearer.expected.audience=kafka, billing
listener.name.client.sasl.oauthbearer.expected.issuer=https://idp.example
sasl.oauthbearer.jwks.endpoint.url=https://idp.example/jwks
listener.name.v6.oauthbearer.sasl.oauthbearer.expected.audience=six
`

describe('the settings of a broker', () => {
  it('are those of the listener that was asked, by its own name, and then those of the broker', () => {
    expect(brokerSettings(text, ['k.example:19093'])).toEqual({
      expects: { expectedIssuer: 'https://idp.example', expectedAudiences: ['kafka', 'billing'] },
      jwksUrl: 'https://idp.example/jwks',
      isUnsecured: false,
    })
    expect(brokerSettings(text, ['k:9093'])?.expects.expectedAudiences).toEqual(['kafka', 'billing'])
    expect(brokerSettings(text, ['[::1]:9094'])).toMatchObject({
      expects: { expectedAudiences: ['six'] },
      isUnsecured: true,
    })
  })

  it('are those of any listener where none has the port', () => {
    expect(brokerSettings(text, ['k:1234'])).toMatchObject({
      expects: { expectedIssuer: 'https://idp.example' },
      isUnsecured: false,
    })
  })

  it.each(['', 'no properties', '\u0000', 'listeners=::::://,,,', 'listeners='])(
    'say nothing where there are none: %j',
    (garbage) => {
      expect(brokerSettings(garbage, ['k:9093'])).toMatchObject({
        expects: { expectedAudiences: [] },
        isUnsecured: false,
      })
    },
  )

  it('are not there where it is no properties file', () => {
    expect(brokerSettings('a=\\u00', [])).toBeUndefined()
  })
})
