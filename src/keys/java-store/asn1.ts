import type forge from 'node-forge'

export type Forge = typeof forge
export type Asn1 = forge.asn1.Asn1

/** Reads DER, and BER as far as PKCS#12 stores have it. Throws for what is cut off. */
export function parsed(library: Forge, bytes: Buffer): Asn1 {
  return library.asn1.fromDer(bytes.toString('latin1'))
}

/** Elements of a constructed one. Throws where it is none. */
export function children(node: Asn1 | undefined): readonly Asn1[] {
  if (!node || typeof node.value === 'string') throw new RangeError('not the structure of PKCS#12')
  return node.value
}

/** The element at a place. Throws where there is none. */
export function part(node: Asn1 | undefined, ...places: readonly number[]): Asn1 {
  const found = places.reduce((at: Asn1 | undefined, place) => children(at)[place], node)
  if (!found) throw new RangeError('not the structure of PKCS#12')
  return found
}

/** Of a primitive element, put together where BER has it in pieces; a BMPString is text already. */
export function textOf({ value }: Asn1): string {
  return typeof value === 'string' ? value : value.map(textOf).join('')
}

export function bytesOf(node: Asn1): Buffer {
  return Buffer.from(textOf(node), 'latin1')
}

export function numberOf(node: Asn1): number {
  return Number.parseInt(bytesOf(node).toString('hex'), 16)
}

export function oidOf(library: Forge, node: Asn1): string {
  return library.asn1.derToOid(textOf(node))
}
