const nobodyThere = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EACCES',
  'EPERM',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Why there is no metadata server at an address at all; undefined when one is there, however ill. */
export function absenceOf({ code, text }: { readonly code: string; readonly text: string }): string | undefined {
  // fetch asks nothing of the ports on its list of bad ones.
  if (text === 'bad port') return text
  return nobodyThere.has(code) ? code : undefined
}
