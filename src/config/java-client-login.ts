import { scramMechanisms, type PasswordLogin } from '../kafka/access.ts'
import { JaasError, parseJaas, type JaasEntry } from '../platform/jaas.ts'
import { Secret } from '../platform/secret.ts'
import { defaultProfile } from '../token/profiles.ts'
import { jaasOption } from './client-property-reader.ts'
import { ownHandlers } from './client-property-names.ts'
import { ConfigError } from './fault.ts'
import { handlerSources, loginModules, otherMechanisms } from './java-client-names.ts'
import type { BrokerPropertyReader } from './java-client-reader.ts'
import { loadConfig } from './load.ts'
import type { ProfileConfig } from './schema.ts'

/** How a Java client logs in. */
export type JavaLogin = PasswordLogin | JavaTokenLogin

export interface JavaTokenLogin {
  readonly mechanism: 'OAUTHBEARER'
  /** Gets its tokens as the client does. */
  readonly profile: ProfileConfig
  readonly extensions: ReadonlyMap<string, string>
}

const mechanisms: readonly string[] = ['PLAIN', ...scramMechanisms, 'OAUTHBEARER']
const jaasProperty = 'sasl.jaas.config'
const handlerProperty = 'sasl.login.callback.handler.class'

/** The properties as a whole, for what gets tokens. */
export interface JavaText {
  readonly text: string
  readonly file: string
}

/** `sasl.*`: undefined where it is at fault. */
export async function loginOf(reader: BrokerPropertyReader, whole: JavaText): Promise<JavaLogin | undefined> {
  const mechanism = mechanismOf(reader)
  const isOwnHandler = checkHandlers(reader)
  const entry = jaasOf(reader)
  if (!entry || mechanism === undefined) return undefined
  const { module, options } = entry
  const allowed = loginModules.get(module)
  if (!allowed) {
    const names = [...loginModules.keys()].map((name) => name.slice(name.lastIndexOf('.') + 1))
    reader.fault(jaasProperty, `names the login module ${module}; those that are known here are ${names.join(', ')}`)
  } else if (!allowed.includes(mechanism)) {
    const wanted = [...loginModules].find(([, its]) => its.includes(mechanism))?.[0] ?? ''
    reader.fault(
      jaasProperty,
      `names ${module}, which is for ${allowed.join(' and ')}; sasl.mechanism=${mechanism} needs ${wanted}`,
    )
  } else if (mechanism === 'OAUTHBEARER') return isOwnHandler ? tokenLogin(reader, options, whole) : undefined
  else return passwordLogin(reader, mechanism as PasswordLogin['mechanism'], options)
  return undefined
}

function mechanismOf({ value, fault, isRefused }: BrokerPropertyReader): string | undefined {
  const option = 'sasl.mechanism'
  const given = value(option)
  if (given !== undefined && mechanisms.includes(given)) return given
  if (isRefused(option)) return undefined
  if (given !== undefined && given !== 'GSSAPI') {
    fault(option, otherMechanisms.get(given) ?? `must be one of ${mechanisms.join(', ')}`, given)
  } else {
    const isGssapi = given === undefined ? 'is missing, which is GSSAPI to Kafka, and' : 'must be another one:'
    const instead = `use a listener with ${mechanisms.join(', ')} or client certificates`
    fault(
      option,
      `${isGssapi} Kerberos is not done here: ${instead}, or make the token by kinit and kafka-delegation-tokens.sh`,
      given,
    )
  }
  return undefined
}

/** Classes that run in Java alone. */
function checkHandlers({ value, fault, isRefused }: BrokerPropertyReader): boolean {
  const client = 'sasl.client.callback.handler.class'
  if (value(client) !== undefined) fault(client, 'is a class that only Java can run: leave it out', value(client))
  const handler = value(handlerProperty)
  if (handler === undefined || ownHandlers.includes(handler)) return !isRefused(handlerProperty)
  if (handler.includes('Unsecured')) fault(handlerProperty, unsecured, handler)
  else {
    const source = handlerSources.find(([pattern]) => pattern.test(handler))?.[1] ?? 'with a source that gets the same'
    fault(
      handlerProperty,
      `is a class that only Java can run: log in by a token of a profile instead (login: { profile: <name> }, --profile), ${source}`,
      handler,
    )
  }
  return false
}

const unsecured =
  'makes tokens that nobody signs, which is not done here: a broker that takes them lets everybody in under any name; use the source self-issued, or another mechanism'

function jaasOf({ value, fault, isRefused }: BrokerPropertyReader): JaasEntry | undefined {
  const text = value(jaasProperty)
  if (text === undefined) {
    const example = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="…" password="…";'
    if (!isRefused(jaasProperty)) fault(jaasProperty, `is missing, as in ${jaasProperty}=${example}`)
    return undefined
  }
  try {
    return parseJaas(text)
  } catch (error) {
    if (!(error instanceof JaasError)) throw error
    fault(jaasProperty, error.message)
    return undefined
  }
}

function passwordLogin(
  { fault }: BrokerPropertyReader,
  mechanism: PasswordLogin['mechanism'],
  options: JaasEntry['options'],
): PasswordLogin | undefined {
  const [username, password] = [options.get('username'), options.get('password')]
  if (!username) fault(jaasOption('username'), 'is missing')
  if (!password) fault(jaasOption('password'), 'is missing')
  if (!username || !password) return undefined
  const tokenAuth = mechanism !== 'PLAIN' && options.get('tokenauth')?.toLowerCase() === 'true'
  return { mechanism, username, password: new Secret(password), ...(tokenAuth && { tokenAuth }) }
}

const extensionPrefix = 'extension_'

/** Nothing listens for these properties: a sidecar on this host may well be the token endpoint. */
const noPort = 1

async function tokenLogin(
  reader: BrokerPropertyReader,
  options: JaasEntry['options'],
  { text, file }: JavaText,
): Promise<JavaTokenLogin | undefined> {
  const { fault, faults, warnings } = reader
  const claim = [...options.keys()].find((name) => name.startsWith('unsecuredLogin'))
  if (claim !== undefined) {
    fault(jaasOption(claim), unsecured)
    return undefined
  }
  const extensions = new Map(
    [...options]
      .filter(([name]) => name.startsWith(extensionPrefix))
      .map(([name, value]) => [name.slice(extensionPrefix.length), value]),
  )
  for (const [name, value] of extensions) {
    const option = jaasOption(extensionPrefix + name)
    // SaslExtensions of Kafka, RFC 7628 §3.1.
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth') fault(option, 'must be extension_ and letters, and not auth')
    else if (!/^[\x21-\x7e \t\r\n]+$/.test(value)) fault(option, 'must have a value of printable ASCII')
  }
  try {
    const warn = (message: string): number => warnings.push(message)
    const readFile = (): Promise<string> => Promise.resolve(text)
    const argv = [`--properties=${file}`, `--port=${noPort}`]
    const { profiles } = await loadConfig({ argv, env: {}, readFile, warn })
    // Nobody else asks for these tokens: they are got when a connection is made.
    const profile = { ...(profiles[defaultProfile] as ProfileConfig), lazyRenewal: true }
    return { mechanism: 'OAUTHBEARER', profile, extensions }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    faults.push(...error.faults)
    return undefined
  }
}
