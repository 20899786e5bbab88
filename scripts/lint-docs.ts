import type { Rule } from '../src/lint/rule.ts'
import { rules } from '../src/lint/rules.ts'

/** The table of rules in `docs/lint.md`, made from the rules themselves. */
export function lintRules(): string {
  const groups = Map.groupBy(rules, ({ of }) => titles[of])
  return `\n${[...groups].map(([title, own]) => `### ${title}\n\n${table(own)}`).join('\n\n')}\n`
}

const titles: Readonly<Record<Rule['of'], string>> = {
  all: 'Java and librdkafka',
  Java: 'Java clients',
  librdkafka: 'librdkafka and what is made of it',
  broker: 'Brokers',
  Spark: 'Spark',
  Flink: 'Flink',
  Connect: 'Kafka Connect, Schema Registry, Debezium',
  tools: 'Tools with settings of their own',
  file: 'Files',
}

function table(own: readonly Rule[]): string {
  const rows = own.map(({ name, severity, about, printed, run }) => {
    const shown = printed === undefined ? '' : `<br>prints ${code(printed)}`
    const tried = run === 'e2e' ? 'yes' : `no: ${run.not}`
    return `| \`${name}\` | ${severity} | ${cell(about)}${cell(shown)} | ${cell(tried)} |`
  })
  return ['| rule | | what is wrong | run with the real program |', '|---|---|---|---|', ...rows].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
/** A text with backticks of its own needs two around it. */
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)
