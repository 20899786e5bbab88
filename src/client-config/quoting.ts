/** How a text is written as a value in each format. What `target.ts` lets through is printable ASCII. */

/** A string literal of JSON, YAML, TOML, Python, Go, Rust, Java and C#, which agree on printable ASCII. */
export function doubleQuoted(text: string): string {
  return JSON.stringify(text)
}

/** A string literal of JavaScript and Ruby. */
export function singleQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`
}

const plain = /^[A-Za-z/][\w./@+-]*(:[\w./@+-]+)*$/
/** What YAML 1.1 takes for something else than text. */
const notText = /^(true|false|yes|no|on|off|null|y|n|nan|inf)$/i

/** A scalar of YAML: plain where it cannot be misread. */
export function yamlScalar(text: string): string {
  if (plain.test(text) && !notText.test(text)) return text
  // What holds double quotes, as JAAS does, is easier on the eye in single ones.
  if (text.includes('"') && /^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`
  return doubleQuoted(text)
}

export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A string of SQL. */
export function sqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A word of a shell: in double quotes, or in single ones where those would let something through. */
export function shellWord(text: string): string {
  if (/^[\w+/=.:@%,-]+$/.test(text)) return text
  return /["\\$`!]/.test(text) ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `"${text}"`
}
