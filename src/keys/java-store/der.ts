/** One element of DER (X.690). */
export interface DerElement {
  /** Identifier octet: class, constructed or not, number. */
  readonly tag: number
  readonly content: Buffer
  /** Identifier and length included. */
  readonly whole: Buffer
}

/** The elements that stand one after the other. Throws RangeError for what is cut off, or has tags of several bytes. */
export function derElements(bytes: Buffer): readonly DerElement[] {
  const found: DerElement[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at)
    const first = bytes.readUInt8(at + 1)
    const lengthBytes = first < 0x80 ? 0 : first - 0x80
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    if (start + length > bytes.length) throw new RangeError('an element of DER is cut off')
    found.push({ tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) })
    at = start + length
  }
  return found
}
