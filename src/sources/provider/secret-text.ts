/** The secret that a file holds: editors and echo end it with a line break that is not part of it. */
export function secretText(content: string): string {
  return content.replace(/^\uFEFF|[\r\n]+$/g, '')
}
