/** Lines of a log that belong together: one line, or one that a terminal or an editor wrapped. */
export interface LogRecord {
  readonly text: string
  /** Counted from 1. */
  readonly lineNumber: number
  /** It goes on what was before, as `Caused by` and stack frames do. */
  readonly isContinued: boolean
}

interface Line {
  readonly text: string
  readonly lineNumber: number
}

/** Longer ones are cut: nothing that is looked for is as long, and memory has an end. */
export const longestRecord = 64 * 1024
// Where a line is shorter, nobody wrapped it.
const shortestWrapped = 40
const mostWrapped = 12

/** Takes a log in whatever pieces it comes, and calls `onRecord` for each record. */
export function recordReader(onRecord: (record: LogRecord) => void): {
  add: (chunk: string) => void
  end: () => void
} {
  let rest = ''
  let lineNumber = 1
  let lines: Line[] = []
  let size = 0

  function flush(): void {
    const [first] = lines
    if (!first) return
    const text = lines.map((line) => line.text).join('\n')
    lines = []
    size = 0
    if (!isStackFrame(first.text)) {
      onRecord({ text, lineNumber: first.lineNumber, isContinued: goesOn.test(first.text.slice(0, 60)) })
    }
  }

  function addLine(text: string, number: number): void {
    if (text.trim() === '') {
      flush()
      return
    }
    const last = lines.at(-1)
    const isWrapped =
      last !== undefined &&
      last.text.length >= shortestWrapped &&
      lines.length < mostWrapped &&
      size + text.length < longestRecord &&
      (endsOpen(last.text) || !begins.test(text.slice(0, 120)))
    if (!isWrapped) flush()
    lines.push({ text, lineNumber: number })
    size += text.length + 1
  }

  function wholeLine(line: string, number: number): void {
    for (let at = 0; at < line.length || at === 0; at += longestRecord) {
      for (const part of unescapedLines(line.slice(at, at + longestRecord))) addLine(part, number)
    }
  }

  return {
    add(chunk) {
      rest += chunk
      let from = 0
      for (;;) {
        const to = rest.indexOf('\n', from)
        if (to < 0) break
        wholeLine(rest.slice(from, to), lineNumber++)
        from = to + 1
      }
      rest = rest.slice(from)
      // A line without end is not waited for.
      while (rest.length > longestRecord) {
        wholeLine(rest.slice(0, longestRecord), lineNumber)
        rest = rest.slice(longestRecord)
      }
    },
    end() {
      if (rest !== '') wholeLine(rest, lineNumber)
      rest = ''
      flush()
    },
  }
}

/** JSON has a stack trace in one string, with `\n` and `\t`. */
function unescapedLines(line: string): readonly string[] {
  return line.includes('\\n') ? line.split(/\\+n/) : [line]
}

/** What goes on the trace before it. */
const goesOn = /^(?:\s|\\+t){0,8}(?:Caused by|Suppressed|\.\.\. \d+ (?:more|common)|at )/
/** What a new record begins with: a time, a level, a frame, a brace, an exception; never something wrapped. */
const begins =
  /^(?:\s|\\+t){0,8}(?:Caused by|Suppressed|Exception in|at |\.\.\. \d|[{%]|---|\[(?!ERR_)|\d{2,4}[-/:.]\d|\d{1,12} \[|\d{10}|(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b|(?:[a-z]\w{0,30}\.){2,8}[A-Z])/

/** As in `Uncaught exception in thread 'x':`. */
function endsOpen(text: string): boolean {
  return text.charCodeAt(text.length - 1) === 58
}

function isStackFrame(text: string): boolean {
  return /^(?:\s|\\+t){0,8}(?:at [\w$.]{1,200}|\.\.\. \d+ (?:more|common))/.test(text.slice(0, 220))
}
