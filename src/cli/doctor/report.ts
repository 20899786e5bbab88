import type { Report } from '../../doctor/doctor.ts'
import type { Patient } from '../../doctor/patient.ts'
import type { Remedy } from '../../doctor/step.ts'
import type { Walked } from '../../doctor/walk.ts'
import { version } from '../../version.ts'
import type { Terminal } from '../command.ts'
import { wrapped } from '../help-text.ts'
import { paint } from '../paint.ts'

const width = 110
const margin = ' '.repeat(8)

/** The report for people: a line for each step as it is walked, and then what to do. */
export function reportLines(terminal: Pick<Terminal, 'isWatched' | 'env'>): {
  readonly head: (patient: Patient) => string
  readonly step: (walked: Walked) => string
  readonly end: (report: Report) => string
} {
  const { good, bad, warn, dim, bold } = paint(terminal)
  const marks: Readonly<Record<Walked['status'], string>> = {
    ok: good('ok    '),
    warning: warn('note  '),
    broken: bad('BROKEN'),
    skipped: dim('-     '),
  }

  function remedyText(remedy: Remedy): string {
    const [say, paste] = [harmless(remedy.say), remedy.paste === undefined ? undefined : harmless(remedy.paste)]
    const lines = wrapped(say, '', width - 4)
    const bulleted = `  * ${lines.replaceAll('\n', '\n    ')}\n`
    if (paste === undefined) return bulleted
    return (
      bulleted +
      paste
        .split('\n')
        .map((line) => `      ${bold(line)}\n`)
        .join('')
    )
  }

  function remedies(steps: readonly Walked[]): string {
    const told = new Set<string>()
    return steps
      .flatMap((step) => step.remedies ?? [])
      .map(remedyText)
      .filter((text) => !told.has(text) && told.add(text))
      .join('')
  }

  function brokerLog({ brokerLog: log }: Report): string {
    if (!log) return ''
    const loggers = log.loggers.map(
      ({ name, level, tells, lookFor }) =>
        `  ${name} (${level}): ${tells}\n      look for: ${lookFor.map((text) => `"${text}"`).join(', ')}\n`,
    )
    const forms = [
      ['at once, until the broker restarts', log.command],
      ['log4j2.yaml, Kafka 4', log.log4j2Yaml],
      ['log4j2.properties', log.log4j2Properties],
      ['log4j.properties, Kafka 3', log.log4j1],
    ] as const
    const texts = forms.map(([title, text]) => `  ${title}:\n${indented(text, '    ')}\n`)
    return `\n${bold('The log of the broker tells the rest.')} Its loggers:\n${loggers.join('')}\n${texts.join('')}`
  }

  return {
    head({ profile, client, servers }) {
      const what = [
        profile && `profile ${profile.name} (${profile.config.source})`,
        client?.file,
        servers.length > 0 && servers.join(','),
      ]
      return dim(`kafka-token-sidecar ${version}: ${harmless(what.filter(Boolean).join(', '))}\n`)
    },
    step({ status, title, found, tookMs, details = [], code, isImplied }) {
      if (isImplied) return ''
      const time = tookMs === undefined ? '' : dim(` (${tookMs} ms)`)
      const text = status === 'skipped' ? dim(harmless(found)) : harmless(found)
      const ownCode = code === undefined ? '' : ` [${code}]`
      const further = details.map((line) => `${wrapped(harmless(line), margin, width)}\n`)
      return `${marks[status]}  ${title.padEnd(15)} ${text}${ownCode}${time}\n${further.join('')}`
    },
    end(report) {
      const { steps, ok, tookMs } = report
      const broken = steps.find(({ status }) => status === 'broken')
      const unseen = steps.filter(({ status }) => status === 'skipped').map(({ title }) => title)
      const rest = unseen.length === 0 ? '' : ` Not looked at: ${unseen.join(', ')}.`
      if (broken) {
        const told = `\n${bold(`The walk ends at ${broken.title}`)}, exit code ${broken.exitCode}.${rest} What to do:\n`
        return told + remedies([broken]) + brokerLog(report)
      }
      const notes = remedies(steps.filter(({ status }) => status === 'warning'))
      const word = ok ? good('Nothing is broken') : bad('Something is broken')
      return `\n${word} (${tookMs} ms).${rest}\n${notes === '' ? '' : `To be noted:\n${notes}`}`
    },
  }
}

/** What others say must not move the cursor. */
function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')
}

function indented(text: string, margin: string): string {
  return text
    .split('\n')
    .map((line) => margin + line)
    .join('\n')
}
