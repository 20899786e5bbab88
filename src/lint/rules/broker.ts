import { classNames, propertyNames } from '../../client-config/names.ts'
import type { Client } from '../client.ts'
import type { Examined } from '../rule.ts'
import type { Setting } from '../setting.ts'

/** One listener of a broker, with what it takes from the broker as a whole. */
export interface BrokerListener {
  /** As in `listeners`, in capitals. */
  readonly name: string
  /** Its port's `security.protocol`, where it is known. */
  readonly protocol: string | undefined
  readonly address: string | undefined
  /** Mechanisms, in capitals. */
  readonly mechanisms: readonly string[]
  /** Settings of OAUTHBEARER: with the prefix of mechanism and listener, with that of the listener, and without. */
  value(name: string): Setting | undefined
  readonly prefix: string
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .slice(0, 10_000)
    .split(',')
    .flatMap((one) => one.trim() || [])

/** A setting of the broker itself. */
export function brokerSetting(file: Examined, name: string): Setting | undefined {
  return file.settings.findLast(({ path }) => path === name || path.endsWith(`.config.${name}`))
}

export function isBroker(file: Examined): boolean {
  return file.kind === 'broker'
}

/** It says what its listeners are, so that what is missing is missing; documentation has pieces. */
export function isWholeBroker(file: Examined): boolean {
  return (
    isBroker(file) &&
    file.settings.some(({ path }) => /(?:^|\.)(?:listeners|process\.roles|broker\.id|node\.id)$/.test(path))
  )
}

/** The listeners of a broker's file; empty where it is none. */
export function listenersOf(file: Examined): BrokerListener[] {
  if (!isBroker(file)) return []
  const protocols = new Map(
    list(brokerSetting(file, 'listener.security.protocol.map')?.value).map((pair) => {
      const [name = '', protocol = ''] = pair.split(':')
      return [name.trim().toUpperCase(), protocol.trim().toUpperCase()] as const
    }),
  )
  const listed = list(brokerSetting(file, 'listeners')?.value).map((one) => {
    const [name = '', address] = one.split('://')
    return { name: name.toUpperCase(), address }
  })
  const named = file.clients.flatMap(({ prefix }) => {
    const name = /listener\.name\.([^.]+)\./i.exec(prefix)?.[1]?.toUpperCase()
    return name === undefined || listed.some((one) => one.name === name) ? [] : [{ name, address: undefined }]
  })
  const all = [...new Map([...listed, ...named].slice(0, 100).map((one) => [one.name, one])).values()]
  return all.map(({ name, address }) =>
    listenerOf(
      file,
      name,
      address,
      protocols.get(name) ?? (/^(?:SASL_)?(?:SSL|PLAINTEXT)$/.test(name) ? name : undefined),
    ),
  )
}

function listenerOf(
  file: Examined,
  name: string,
  address: string | undefined,
  protocol: string | undefined,
): BrokerListener {
  const prefix = `listener.name.${name.toLowerCase()}.`
  const groups = [`${prefix}oauthbearer.`, prefix, ''].map((one) =>
    file.clients.find((client) => client.prefix === one || client.prefix.endsWith(`.config.${one}`)),
  )
  const value = (setting: string): Setting | undefined =>
    groups.map((group: Client | undefined) => group?.at(setting)).find((one) => one !== undefined)
  return {
    name,
    address,
    protocol,
    prefix,
    value,
    mechanisms: list(value('sasl.enabled.mechanisms')?.value).map((one) => one.toUpperCase()),
  }
}

/** Listeners that take tokens, as far as the file says. */
export function tokenListeners(file: Examined): BrokerListener[] {
  return listenersOf(file).filter(
    ({ mechanisms, protocol }) => mechanisms.includes('OAUTHBEARER') && protocol !== 'SSL' && protocol !== 'PLAINTEXT',
  )
}

/** Whether Kafka's own validator checks the tokens of a listener, and not Strimzi's or another. */
export function hasOwnValidator(listener: BrokerListener): boolean {
  const handler = listener.value(propertyNames.serverCallbackHandlerClass)?.value ?? ''
  return handler === classNames.validatorCallbackHandler || handler === classNames.securedValidatorCallbackHandler
}
