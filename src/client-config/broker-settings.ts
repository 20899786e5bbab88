import { classNames, propertyNames } from './names.ts'
import type { Setting } from './setting.ts'
import type { Target } from './tool.ts'

/** What a listener checks, with nothing left open. */
export interface KnownTrust {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly principalClaim: string
  /** In capitals. */
  readonly listener: string
}

/** The same with placeholders for what was not given. */
export function trustOf({ trust = {} }: Target): KnownTrust {
  const { issuer = '<issuer>', audience = '<audience>', principalClaim = 'sub', listener = 'CLIENT' } = trust
  const metadata = issuer.startsWith('<')
    ? 'the issuer'
    : `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const jwksUrl = trust.jwksUrl ?? `<jwks_uri of ${metadata}>`
  return { issuer, audience, principalClaim, listener: listener.toUpperCase(), jwksUrl }
}

/** Half an hour: what a person may be locked out for at the latest, and Google's choice too. */
export const reauthMs = '1800000'

/** Kafka's own validator, as settings that begin with `oauthbearer.` behind the name of the listener. */
export function validatorSettings(target: Target): Setting[] {
  const { issuer, audience, principalClaim, jwksUrl } = trustOf(target)
  const { endpointCaFile } = target
  // With any option the login module wants the first one too; nobody logs in with it.
  const ca =
    endpointCaFile === undefined
      ? ''
      : ` unsecuredLoginStringClaim_sub="unused" ssl.truststore.type="PEM" ssl.truststore.location="${endpointCaFile}"`
  const bearer = (name: string, value: string): Setting => [`oauthbearer.${name}`, value]
  return [
    ['sasl.enabled.mechanisms', 'OAUTHBEARER'],
    bearer(propertyNames.serverCallbackHandlerClass, classNames.validatorCallbackHandler),
    bearer(propertyNames.jaasConfig, `${classNames.loginModule} required${ca};`),
    bearer(propertyNames.jwksEndpointUrl, jwksUrl),
    bearer(propertyNames.expectedIssuer, issuer),
    bearer(propertyNames.expectedAudience, audience),
    ...(principalClaim === 'sub' ? [] : [bearer(propertyNames.subClaimName, principalClaim)]),
    bearer(propertyNames.connectionsMaxReauthMs, reauthMs),
  ]
}

export const brokerUses = ['tokenEndpoint', 'trust', 'endpointCaFile', 'securityProtocol'] as const

export const brokerNotes = (target: Target): string[] => {
  const { jwksUrl, issuer } = trustOf(target)
  return [
    'A broker does not start while the URL of the keys does not answer: start what serves it first. With file:// it is a path that each broker has.',
    'Without an expected audience Kafka refuses every token that has an aud, and with one every token that has none.',
    ...(jwksUrl.startsWith('<') && !issuer.startsWith('<')
      ? [`The URL of the keys: curl -s ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration | jq -r .jwks_uri`]
      : []),
    ...(issuer.startsWith('<')
      ? [
          '<issuer> is the iss of the tokens: "token --decode" shows it, or give --config, or --source with the options of the profile.',
        ]
      : []),
  ]
}
