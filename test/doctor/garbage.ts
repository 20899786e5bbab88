/** Values that a property may well have. */
export const fuzzed: readonly (readonly [what: string, text: string])[] = [
  ['empty', ''],
  ['no URL', 'localhost:14293'],
  ['a URL of nobody', 'http://'],
  ['a URL with a password', 'http://user:password-in-url@localhost:1/token'],
  ['of another scheme', 'ftp://localhost/token'],
  ['long', `http://localhost:1/${'a'.repeat(200_000)}`],
  ['of control characters', '\u0000\u001b[2J\u0007'],
  ['a config provider', '${file:/run/secret:url}'],
  ['a half escape', '\\u00'],
  ['a shell', 'http://localhost:1/$(touch /tmp/x)`id`'],
]
