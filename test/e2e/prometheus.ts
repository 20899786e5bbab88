import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What `go/prometheus` is asked, and says; its fields are described there. */
export interface Question {
  readonly scrape?: string
  readonly ruleFiles?: readonly string[]
  readonly expressions?: readonly string[]
  readonly scenarios?: readonly Scenario[]
}

export interface Scenario {
  readonly everySeconds: number
  readonly startsAt: number
  readonly series: readonly { readonly labels: Readonly<Record<string, string>>; readonly values: readonly number[] }[]
}

export interface PrometheusAnswer {
  readonly families: readonly {
    readonly name: string
    readonly type: string
    readonly labels: readonly string[]
    readonly series: number
  }[]
  readonly rules: readonly {
    readonly alert: string
    readonly expr: string
    readonly for: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }[]
  readonly expressions: readonly {
    readonly text: string
    readonly selected: Readonly<Record<string, readonly string[]>>
    readonly grouped: readonly string[]
  }[]
  readonly firing: readonly (readonly string[])[]
  readonly faults: readonly string[]
}

/** Builds Prometheus' own parsers and engine, half a minute the first time, and hands back how to ask them. */
export async function prometheus(folder: string): Promise<(question: Question) => Promise<PrometheusAnswer>> {
  const program = join(folder, 'prometheus-check')
  const cwd = join(import.meta.dirname, 'go', 'prometheus')
  await promisify(execFile)('go', ['build', '-mod=readonly', '-o', program, '.'], { cwd })
  return async (question) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(JSON.stringify(question))
    const ended = once(child, 'exit')
    const said = await text(child.stdout)
    const [code] = (await ended) as [number | null]
    if (code !== 0) throw new Error(`prometheus-check ended with ${String(code)}`)
    return JSON.parse(said) as PrometheusAnswer
  }
}

/** One line of a scrape. */
export interface ScrapedValue {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The values of a scrape, which Prometheus' parser has taken before, as it would store them for this instance. */
export function scraped(scrape: string, instance: string): readonly ScrapedValue[] {
  const lines = scrape.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name = '', list = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    const labels = [...list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']) => [key, text] as const,
    )
    return { labels: { __name__: name, instance, ...Object.fromEntries(labels) }, value: Number(value) }
  })
}
