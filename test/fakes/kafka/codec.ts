import { Reader, Writer } from '@platformatic/kafka'
import { sessionCodecs, type SessionMessages } from './session-messages.ts'
import { tokenCodecs, type TokenMessages } from './token-messages.ts'

/** What is asked and what is answered, by API. */
export type Messages = SessionMessages & TokenMessages
export type ApiName = keyof Messages
export type Request<Name extends ApiName = ApiName> = Messages[Name]['request']
export type Answer<Name extends ApiName = ApiName> = Messages[Name]['answer']

/** How one API looks on the wire: written down from Kafka's message definitions, and independent of what is in src/. */
export interface Codec<RequestData, AnswerData> {
  readonly key: number
  /** Those of Kafka 4.3. */
  readonly versions: VersionRange
  /** From this version on (KIP-482); undefined: never. */
  readonly flexibleFrom?: number
  readonly read: (from: Reader, version: number, isCompact: boolean) => RequestData
  readonly write: (out: Writer, answer: AnswerData, version: number, isCompact: boolean) => void
}

export type VersionRange = readonly [oldest: number, newest: number]

const codecs: { readonly [Name in ApiName]: Codec<Request<Name>, Answer<Name>> } = { ...sessionCodecs, ...tokenCodecs }

export const apiNames = Object.keys(codecs) as ApiName[]

export interface Header {
  readonly api: ApiName
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** A request as it came. `request` is undefined in a version that the broker does not have. */
export interface Frame extends Header {
  readonly request?: Request
}

export function keyOf(api: ApiName): number {
  return codecs[api].key
}

/** The versions of a broker of Kafka 4.3, to be changed for an older one. */
export function newestVersions(): Map<ApiName, VersionRange> {
  return new Map(apiNames.map((name) => [name, codecs[name].versions]))
}

/** Throws on whatever is not exactly one request: an unknown API, too little, or too much. */
export function readFrame(bytes: Buffer, versions: ReadonlyMap<ApiName, VersionRange>): Frame {
  const from = Reader.from(bytes)
  const key = from.readInt16()
  const version = from.readInt16()
  const correlationId = from.readInt32()
  const api = apiNames.find((name) => codecs[name].key === key)
  if (!api) throw new Error(`unknown api key ${key}`)
  const header = { api, version, correlationId, clientId: from.readNullableString(false) }
  const range = versions.get(api)
  if (!range || version < range[0] || version > range[1]) return header
  const isCompact = isFlexible(api, version)
  if (isCompact) from.readTaggedFields()
  const request = codecs[api].read(from, version, isCompact)
  if (isCompact) from.readTaggedFields()
  if (from.remaining !== 0) throw new Error(`${api} v${version}: ${from.remaining} bytes too many`)
  return { ...header, request }
}

/** The whole answer, with its length. */
export function writeAnswer<Name extends ApiName>(
  { api, version, correlationId }: Header & { readonly api: Name },
  answer: Answer<Name>,
): Buffer {
  const isCompact = isFlexible(api, version)
  const out = Writer.create().appendInt32(correlationId)
  // The header of this one never has tagged fields: its reader cannot know yet what the broker speaks (KIP-511).
  if (isCompact && api !== 'ApiVersions') out.appendTaggedFields()
  codecs[api].write(out, answer, version, isCompact)
  if (isCompact) out.appendTaggedFields()
  return out.prependLength().buffer
}

function isFlexible(api: ApiName, version: number): boolean {
  return version >= (codecs[api].flexibleFrom ?? Infinity)
}
