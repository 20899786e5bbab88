/** JSON in ASCII only, so that its length in characters is its length in bytes and no reader has to guess an encoding. */
export function asciiJson(value: unknown): string {
  return escaped(JSON.stringify(value))
}

/** All beyond ASCII as JSON and the properties of Java write it, `\u00fc`; in both it may stand so wherever it stands at all. */
export function escaped(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
