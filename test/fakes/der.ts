import { sign, type KeyObject } from 'node:crypto'

/** Tag, length, content (X.690 §8.1). */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
export const integer = (value: Buffer): Buffer => der(0x02, value)
export const octets = (value: Buffer): Buffer => der(0x04, value)
export const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
export const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))
export const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

/** The certificate with this body, signed, as PEM. */
export function signedCertificate(body: Buffer, signer: KeyObject): string {
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, signer))
  const lines = sequence(body, ecdsaWithSha256, signature)
    .toString('base64')
    .match(/.{1,64}/g)
  return ['-----BEGIN CERTIFICATE-----', ...(lines ?? []), '-----END CERTIFICATE-----', ''].join('\n')
}
