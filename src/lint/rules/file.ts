import type { Rule } from '../rule.ts'

export const fileRules: readonly Rule[] = [
  {
    name: 'unicode-escape',
    severity: 'error',
    about: '`\\u` without four digits in a properties file, as in `C:\\users`: Java does not read the file at all',
    of: 'file',
    printed: 'java.lang.IllegalArgumentException: Malformed \\uxxxx encoding.',
    run: 'e2e',
    *check(file) {
      if (file.form !== 'properties') return
      let found = 0
      for (let at = file.text.indexOf('\\u'); at >= 0 && found < 20; at = file.text.indexOf('\\u', at + 2)) {
        let before = 0
        while (file.text.charCodeAt(at - 1 - before) === 92) before++
        if (before % 2 === 1 || /^[0-9a-fA-F]{4}/.test(file.text.slice(at + 2, at + 6))) continue
        const line = file.lineAt(at)
        if (/^\s*[#!]/.test(file.lineText(line))) continue
        found++
        yield {
          line,
          problem: '\\u must be followed by four digits',
          remedy: 'Write a backslash twice, or / in its place.',
          paste: 'C:/users',
        }
      }
    },
  },
  {
    name: 'file-encoding',
    severity: 'error',
    about:
      'a properties file in UTF-16, as some editors save it: Java reads letters with zeros between them, and knows no key',
    of: 'file',
    run: 'e2e',
    *check(file) {
      if (file.encoding !== 'UTF-16' || file.form === 'xml') return
      yield {
        line: 1,
        problem: 'the file is in UTF-16, and what reads settings takes it for something else',
        remedy: 'Save it as UTF-8.',
        paste: 'iconv -f UTF-16 -t UTF-8 <file>',
      }
    },
  },
  {
    name: 'byte-order-mark',
    severity: 'warning',
    about: 'a byte order mark before the first key of a properties file: Java takes it for a part of the key',
    of: 'file',
    run: 'e2e',
    *check(file) {
      const [first] = file.settings
      if (!file.hasMark || file.encoding !== 'UTF-8' || file.form !== 'properties' || first?.line !== 1) return
      yield {
        at: first,
        problem: 'a byte order mark stands before this key, and Java takes it for a part of it',
        remedy: 'Save the file without the mark, or begin it with a comment.',
      }
    },
  },
  {
    name: 'nul-characters',
    severity: 'warning',
    about: 'characters of code 0 in the text: it is no text, or in another encoding',
    of: 'file',
    run: { not: 'nothing is printed' },
    *check(file) {
      const at = file.text.indexOf('\0')
      if (at >= 0 && file.encoding !== 'UTF-16')
        yield {
          line: file.lineAt(at),
          problem: 'has a character of code 0 here',
          remedy: 'Save the file as UTF-8 text.',
        }
    },
  },
]
