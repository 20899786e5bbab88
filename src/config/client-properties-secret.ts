import { Secret } from '../platform/secret.ts'
import { jaasOption, type PropertyReader } from './client-property-reader.ts'

const credentials = 'sasl.oauthbearer.client.credentials.client'

/** Client id, scope and, where it is needed, the secret: from a property, else from the JAAS option that was there before. */
export function clientSecretOf(reader: PropertyReader, { isNeeded }: { readonly isNeeded: boolean }): void {
  const { has, value, isGiven, isJaasReadable, fault, set } = reader
  const id = either(reader, `${credentials}.id`, 'clientId')
  if (id) set('clientId', id.text, id.option, id.text)
  const scope = either(reader, 'sasl.oauthbearer.scope', 'scope')
  if (scope) set('scope', scope.text, scope.option, scope.text)
  if (!isNeeded) return
  const secret = either(reader, `${credentials}.secret`, 'clientSecret')
  if (secret) set('clientSecret', new Secret(secret.text), secret.option)
  set('clientAuth', 'client_secret_basic', secret?.option ?? `${credentials}.secret`)
  const urlEncode = 'sasl.oauthbearer.header.urlencode'
  const isOn = value(urlEncode)?.toLowerCase() ?? 'false'
  set('headerUrlencode', isOn === 'true', urlEncode, value(urlEncode))
  if (isOn !== 'true' && isOn !== 'false') fault(urlEncode, 'must be true or false', value(urlEncode))

  const isMissing = (name: string, ...paths: readonly string[]): boolean =>
    isJaasReadable && !has(`${credentials}.${name}`) && ![...paths, 'clientAuth'].some(isGiven)
  if (!id && isMissing('id', 'clientId')) fault(`${credentials}.id`, 'is missing')
  if (!secret && isMissing('secret', 'clientSecretFile', 'clientSecretVariable')) {
    fault(
      `${credentials}.secret`,
      'is missing, and there is no assertion in its place (assertion.claim.iss, assertion.file)',
    )
  }
}

/** A property comes before the JAAS option, even an empty one. */
function either(
  { stands, value, jaas }: PropertyReader,
  property: string,
  option: string,
): { readonly text: string; readonly option: string } | undefined {
  const text = stands(property) ? value(property) : jaas(option)
  return text === undefined ? undefined : { text, option: stands(property) ? property : jaasOption(option) }
}
