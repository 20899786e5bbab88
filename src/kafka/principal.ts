/** As the protocol has a principal. */
export interface Principal {
  readonly type: string
  readonly name: string
}

/** `User:spark` as type and name. The name may hold colons. */
export function parsePrincipal(text: string): Principal {
  const colon = text.indexOf(':')
  return { type: text.slice(0, Math.max(colon, 0)), name: text.slice(colon + 1) }
}

export function principalText({ type, name }: Principal): string {
  return `${type}:${name}`
}
