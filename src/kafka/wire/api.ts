import type { WireReader } from './reader.ts'
import type { WireWriter } from './writer.ts'

/** One kind of request of Kafka's protocol, in the versions that we speak. */
export interface Api<Request, Answer> {
  /** As Kafka names it, for messages. */
  readonly name: string
  readonly key: number
  /** Both inclusive; the newest that the broker has as well is used. */
  readonly versions: readonly [oldest: number, newest: number]
  /** From this version on lengths are compact and there are tagged fields (KIP-482). */
  readonly flexibleFrom: number
  /** Its answer may be longer than others, which is asked of nobody who has not let us in. */
  readonly hasLongAnswer?: true
  readonly write: (out: WireWriter, request: Request, version: number) => void
  readonly read: (from: WireReader, version: number) => Answer
}
