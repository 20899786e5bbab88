/** One login module with its options, as in `sasl.jaas.config`. */
export interface JaasEntry {
  /** Class of the module. */
  readonly module: string
  readonly flag: string
  readonly options: ReadonlyMap<string, string>
}

/** Not a JAAS configuration: why. Never quotes a value, which may be a secret. */
export class JaasError extends Error {}

const flags = ['required', 'requisite', 'sufficient', 'optional']

/**
 * Reads `<class> <flag> <option>="<value>"…;` as Kafka does (its JaasConfig, on java.io.StreamTokenizer): values in single or
 * double quotes with the escapes of C, bare words, comments. Kafka wants exactly one entry.
 */
export function parseJaas(text: string): JaasEntry {
  const tokens = tokenize(text)
  let at = 0
  const next = (): Token | undefined => tokens[at++]
  const module = next()
  if (!module) throw new JaasError('names no login module')
  if (module.kind !== 'word') throw new JaasError('must begin with the class of a login module')
  const flag = next()
  if (flag?.kind !== 'word' || !flags.includes(flag.text.toLowerCase())) {
    throw new JaasError(`must have one of ${flags.join(', ')} after the login module`)
  }
  const options = new Map<string, string>()
  let before = 'the flag'
  for (;;) {
    const key = next()
    if (!key) throw new JaasError('must end in a semicolon')
    if (isSign(key, ';')) break
    const isPair = key.kind === 'word' && isSign(next(), '=')
    const value = isPair ? next() : undefined
    // A number without quotes is none to Kafka either, and a path has characters that are no part of a word.
    if (key.kind !== 'word' || value?.kind !== 'word') {
      throw new JaasError(`has no option with a value after ${before}; options are written as name="value"`)
    }
    options.set(key.text, value.text)
    before = `the option ${key.text}`
  }
  if (at < tokens.length) throw new JaasError('must hold one login module')
  return { module: module.text, flag: flag.text.toLowerCase(), options }
}

type Token =
  { readonly kind: 'word'; readonly text: string } | { readonly kind: 'number' | 'sign'; readonly text: string }

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign
}

/** A lone slash begins a comment as well, whatever follows it: so it is in StreamTokenizer. */
const comment = /^\/(?:\*[\s\S]*?(?:\*\/|$)|[\s\S]?[^\n\r]*)/
const space = /^[\0- ]+/
const quoted = /^(["'])((?:\\[\s\S]|(?!\1)[^\\\n\r])*)(\1)?/
const number = /^-?(?:[0-9]+\.?[0-9]*|\.[0-9]*)/
const word = /^[A-Za-z_$\u00A0-\uFFFF][A-Za-z0-9_$.\-\u00A0-\uFFFF]*/

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let rest = text
  while (rest !== '') {
    const skipped = space.exec(rest) ?? comment.exec(rest)
    const inQuotes = quoted.exec(rest)
    const plain = word.exec(rest)
    const digits = number.exec(rest)
    if (skipped) rest = rest.slice(skipped[0].length)
    else if (inQuotes) {
      if (inQuotes[3] === undefined) throw new JaasError('has a quote that is not closed')
      tokens.push({ kind: 'word', text: unescaped(inQuotes[2] ?? '') })
      rest = rest.slice(inQuotes[0].length)
    } else if (plain) {
      tokens.push({ kind: 'word', text: plain[0] })
      rest = rest.slice(plain[0].length)
    } else if (digits) {
      tokens.push({ kind: 'number', text: digits[0] })
      rest = rest.slice(digits[0].length)
    } else {
      tokens.push({ kind: 'sign', text: rest.slice(0, 1) })
      rest = rest.slice(1)
    }
  }
  return tokens
}

const controls: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{0,2}|[4-7][0-7]?|[\s\S])/g, (_whole, escape: string) =>
    /^[0-7]/.test(escape) ? String.fromCharCode(Number.parseInt(escape, 8)) : (controls[escape] ?? escape),
  )
}

/** Value of an option in double quotes, with the octal escapes of java.io.StreamTokenizer: a line break would end it. */
export function jaasQuoted(text: string): string {
  const octal = (control: string): string => `\\${control.charCodeAt(0).toString(8).padStart(3, '0')}`
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, octal)}"`
}
