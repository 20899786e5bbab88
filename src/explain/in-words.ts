import type { Fix, Found, Said } from './trouble.ts'

/** A sentence of the table, with what was found filled in. */
export function inWords(text: Said, found: Found): string {
  return typeof text === 'string' ? text : text(found)
}

export function fixOf({ say, paste }: Fix, found: Found): { readonly say: string; readonly paste?: string } {
  return { say: inWords(say, found), ...(paste !== undefined && { paste: inWords(paste, found) }) }
}
