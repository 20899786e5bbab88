import type { Principal } from '../principal.ts'
import type { WireReader } from './reader.ts'
import type { WireWriter } from './writer.ts'

/** As an item of an array. */
export function writePrincipal(out: WireWriter, { type, name }: Principal): void {
  out.string(type)
  out.string(name)
  out.tags()
}

/** As two fields of a structure. */
export function readPrincipal(from: WireReader): Principal {
  return { type: from.string(), name: from.string() }
}
