/** The system property by which Kafka 4 clients are allowed to call a token endpoint; each URL byte by byte. */
const allowedUrls = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls='

/** The variable that every JVM reads. */
export const javaVariable = 'JAVA_TOOL_OPTIONS'

/** Java 8 passes over a variable that is longer, without a word. */
const longestVariable = 1_023

type Env = Readonly<Record<string, string | undefined>>

export interface JavaOptions {
  /** Variables that are set, in whole. */
  readonly changed: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

/**
 * Allows the URLs, the most important first, in `JAVA_TOOL_OPTIONS`, behind what is there, and in each other variable that
 * says something of allowed URLs: what a script puts on the command line of Java, as `KAFKA_OPTS`, would win.
 */
export function javaOptions(env: Env, urls: readonly string[]): JavaOptions {
  const warnings: string[] = []
  const changed: Record<string, string> = {}
  for (const [name, text = ''] of Object.entries(env)) {
    if (!text.includes(allowedUrls) || name === javaVariable) continue
    const merged = withUrls(text, urls)
    if (merged !== undefined) changed[name] = merged
    else warnings.push(unclosed(name))
  }
  const before = env[javaVariable] ?? ''
  const fitting = urls.findLastIndex(
    (_, index) => (withUrls(before, urls.slice(0, index + 1))?.length ?? 0) <= longestVariable,
  )
  const allowed = urls.slice(0, Math.max(fitting, 0) + 1)
  const tool = withUrls(before, allowed)
  if (tool === undefined) return { changed, warnings: [...warnings, unclosed(javaVariable)] }
  if (allowed.length < urls.length) {
    warnings.push(
      `${javaVariable} has no room for ${urls.slice(allowed.length).join(' and ')}: Java 8 takes ${longestVariable} characters`,
    )
  } else if (tool.length > longestVariable) {
    warnings.push(`${javaVariable} is longer than the ${longestVariable} characters that Java 8 takes`)
  }
  return { changed: { ...changed, [javaVariable]: tool }, warnings }
}

const unclosed = (name: string): string => `${name} has a quote without its end, and is left as it is: JVMs refuse it`

/** The options with the URLs allowed besides those that are; undefined where a quote has no end. */
function withUrls(options: string, urls: readonly string[]): string | undefined {
  const words = wordsIn(options)
  if (!words) return undefined
  // Of several the JVM takes the last.
  const found = words.findLast(({ text }) => text.startsWith(allowedUrls))
  const former = found?.text.slice(allowedUrls.length).split(',') ?? []
  const all = [...former.map((url) => url.trim()).filter((url) => url !== ''), ...urls]
  const option = quoted(allowedUrls + [...new Set(all)].join(','))
  if (!found) return options.trim() === '' ? option : `${options} ${option}`
  return options.slice(0, found.start) + option + options.slice(found.end)
}

interface Word {
  /** Without quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** As the JVM splits such a variable: at white space, with single or double quotes anywhere and no escapes. */
function wordsIn(options: string): readonly Word[] | undefined {
  const words: Word[] = []
  let word: { text: string; start: number } | undefined
  for (const { 0: piece, index } of options.matchAll(/\s+|[^\s"']+|"[^"]*"?|'[^']*'?/g)) {
    if (/^\s/.test(piece)) {
      if (word) words.push({ ...word, end: index })
      word = undefined
      continue
    }
    const isQuoted = /^["']/.test(piece)
    if (isQuoted && (piece.length < 2 || piece.at(-1) !== piece[0])) return undefined
    word ??= { text: '', start: index }
    word.text += isQuoted ? piece.slice(1, -1) : piece
  }
  return word ? [...words, { ...word, end: options.length }] : words
}

function quoted(option: string): string {
  if (!/[\s"']/.test(option)) return option
  return option.includes('"') ? `'${option}'` : `"${option}"`
}

/** Whether the command line itself allows other URLs only, which comes before every variable. */
export function forbidsOnCommandLine(args: readonly string[], url: string): boolean {
  const given = args.findLast((arg) => arg.startsWith(allowedUrls))
  return given !== undefined && !given.slice(allowedUrls.length).split(',').includes(url)
}
