import { fixOf, inWords } from '../src/explain/in-words.ts'
import type { Printer, Trouble } from '../src/explain/trouble.ts'
import { troubles } from '../src/explain/troubles.ts'
import { type ErrorCode, type ErrorRow, TokenError } from '../src/token/error.ts'
import { errorTable } from '../src/token/error-table.ts'

/** `docs/errors/` and `docs/troubleshooting.md`, from the table of errors and the table of troubles. */
export function explainDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/errors/README.md', errorIndex()],
    ...codes.map((code): [string, string] => [`docs/errors/${code}.md`, errorPage(code)]),
    ['docs/troubleshooting.md', troubleshootingPage()],
  ])
}

const codes = Object.keys(errorTable) as ErrorCode[]
const isOurs = ({ texts, codes: own }: Trouble): boolean => own?.length === 1 && texts[0]?.text === own[0]
const told = troubles.filter((trouble) => !isOurs(trouble))

function errorIndex(): string {
  const groups = Map.groupBy(codes, (code) => code.split('_').slice(0, 2).join('_'))
  const sections = [...groups].map(([prefix, group]) => {
    const rows = group.map(
      (code) => `| [${code}](${code}.md) | ${new TokenError(code, '').status} | ${cell(row(code).means)} |`,
    )
    return `## ${sentence(prefix)}\n\n| code | HTTP | |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Error codes

Every \`error_description\` ends in one of these codes, and the log of a Kafka client shows it. Codes do not change their
meaning; these pages are made from the table that the program itself answers from. What Kafka clients and brokers print
themselves is in [troubleshooting.md](../troubleshooting.md).

\`\`\`sh
kubectl logs app | npx kafka-token-sidecar explain
\`\`\`

${sections.join('\n')}`
}

/** `ERR_REQUEST` as `Request`. */
const sentence = (prefix: string): string => {
  const word = prefix.replace('ERR_', '')
  return word.length < 4 ? word : `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`
}

const row = (code: ErrorCode): ErrorRow => errorTable[code]

function errorPage(code: ErrorCode): string {
  const { means, hint, whileStarting } = row(code)
  const { oauth, status } = new TokenError(code, '')
  const starting =
    whileStarting === undefined
      ? ''
      : ` In the first 30 seconds after the start it is HTTP 503, \`${whileStarting}\`, as it may pass by itself.`
  const related = told.filter((trouble) => trouble.codes?.includes(code))
  return `# ${code}

${inMarkdown(means)}

**Next:** ${inMarkdown(hint)}

## What clients see

HTTP ${status}, \`${oauth}\`.${starting} ${retries(status)}

\`\`\`json
{"error":"${oauth}","error_description":"... [${code}]"}
\`\`\`
${related.length === 0 ? '' : `\n## Also printed as\n\n${related.map(({ id, title }) => `- [${inMarkdown(title)}](../troubleshooting.md#${id})`).join('\n')}\n`}
[All codes](README.md) · [Texts of clients and brokers](../troubleshooting.md)
`
}

/** What Java clients do not try again on; librdkafka gets an empty body with the others. */
const isFinal = (status: number): boolean =>
  (status >= 400 && status <= 415 && status !== 408) || status === 501 || status === 505

function retries(status: number): string {
  if (isFinal(status)) return 'Java clients give up at once and throw an exception with this text in it.'
  const again =
    'Java clients try again for `sasl.login.retry.backoff.max.ms` (10 s) and then throw an exception with this text in it'
  const isEmpty = status === 408 || status === 429 || status >= 500
  return isEmpty
    ? `${again}; librdkafka gets an empty body, so that the log of the sidecar alone has the code.`
    : `${again}.`
}

const printers: readonly (readonly [name: string, by: readonly Printer[]])[] = [
  ['Java clients', ['java-4', 'java-3']],
  ['Brokers', ['broker']],
  ['librdkafka, and what is built on it', ['librdkafka']],
  ['Go', ['go']],
  ['Python', ['python']],
  ["Strimzi's OAuth library", ['strimzi-client', 'strimzi-broker']],
  ['Spark', ['spark']],
  ['Flink', ['flink']],
  ['curl', ['curl']],
]

function troubleshootingPage(): string {
  const index = printers.map(([name, by]) => {
    const rows = told.flatMap(({ id, title, texts }) =>
      texts
        .filter((text) => text.by.some((one) => by.includes(one)))
        .map(({ text }) => `| ${codeCell(text)} | [${cell(title)}](#${id}) |`),
    )
    return rows.length === 0 ? '' : `### ${name}\n\n| printed | |\n|---|---|\n${[...new Set(rows)].sort().join('\n')}\n`
  })
  return `# Troubleshooting by what is printed

Search this page for a part of the error; names between \`<\` and \`>\` differ from case to case. Or let the program search:

\`\`\`sh
kubectl logs app | npx kafka-token-sidecar explain
npx kafka-token-sidecar explain app.log
\`\`\`

It is made from the table that \`explain\` uses. Texts that end in \`[ERR_...]\` are of the sidecar, see [errors](errors/README.md).

## Index

${index.filter(Boolean).join('\n')}
## What it means

${told.map(section).join('\n')}`
}

function section(trouble: Trouble): string {
  const { id, title, texts, cause, fixes, codes: own = [], seen } = trouble
  const names = texts.flatMap(({ text }) =>
    [...text.matchAll(/<([a-zA-Z][\w -]{0,40})>/g)].map(([, name = '']) => name),
  )
  const values = Object.fromEntries(names.map((name) => [name, `<${name}>`]))
  const printed = texts.map(({ text }) => text).join('\n')
  const steps = fixes
    .map((fix) => fixOf(fix, values))
    .map(({ say, paste }) => `- ${inMarkdown(say)}${paste === undefined ? '' : `\n\n${indented(fenced(paste))}\n`}`)
  const codesLine = own.map((code) => `[${code}](errors/${code}.md)`).join(', ')
  return `<a id="${id}"></a>

### ${inMarkdown(title)}

${printed === '' ? '' : `${fenced(printed)}\n\n`}${inMarkdown(inWords(cause, values))}

${steps.join('\n')}
${codesLine === '' ? '' : `\nThe same from the sidecar: ${codesLine}.\n`}
${'in' in seen ? `Produced and mended with real programs in \`test/e2e/${seen.in}\`${exceptions(texts)}.` : `Not run in a test: ${inMarkdown(seen.notRun)}.`}
`
}

/** Texts that no program at hand has printed. */
function exceptions(texts: Trouble['texts']): string {
  const unseen = texts.filter((text) => text.unseen).map(({ text }) => codeCell(text))
  return unseen.length === 0 ? '' : `, except for ${unseen.join(', ')}, known from the sources of Kafka or Java`
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

/** A text in a cell of a table, with what would end the cell or the code. */
function codeCell(text: string): string {
  const one = text.replaceAll('\n', ' ').replaceAll('|', '\\|')
  return one.includes('`') ? `\`\` ${one} \`\`` : `\`${one}\``
}

const cell = (text: string): string => inMarkdown(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

/** What would be taken for a tag or for emphasis. */
function inMarkdown(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*')
}
