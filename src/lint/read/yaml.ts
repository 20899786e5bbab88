import type { Event } from 'js-yaml'
import { settingOf, type Setting } from '../setting.ts'
import { mostSettings, type LinedText } from '../text.ts'

/** What a YAML or JSON file holds. */
export interface YamlRead {
  /** Each scalar by its path, as `spec.config.sasl.mechanism`; items of lists as `env[0].name`. */
  readonly settings: readonly Setting[]
  /** Why it cannot be read, and where. */
  readonly fault?: { readonly line: number; readonly problem: string }
}

/** Aliases make a file larger than it is: what it comes to is bounded here. */
const mostSteps = 400_000
const deepest = 200

/** Reads all documents of a file, with places. Nothing is constructed, so that aliases cost no memory. */
export async function readYaml(file: LinedText): Promise<YamlRead> {
  const { parseEvents, getScalarValue, EVENT_ID } = await import('js-yaml')
  const source = file.text
  let events: Event[]
  try {
    events = parseEvents(source, { maxDepth: 100 })
  } catch (error) {
    const { message, line } = yamlFault(error)
    return { settings: [], fault: { line: line ?? 1, problem: message } }
  }
  const settings: Setting[] = []
  const anchors = new Map<string, number>()
  let steps = 0

  /** Walks the node at `at` and returns the place behind it. */
  function walk(at: number, path: string): number {
    const event = events[at]
    if (!event || ++steps > mostSteps || settings.length > mostSettings) return events.length
    if ('anchorStart' in event && event.type !== EVENT_ID.ALIAS && event.anchorStart >= 0) {
      anchors.set(source.slice(event.anchorStart, event.anchorEnd), at)
    }
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(source.slice(event.anchorStart, event.anchorEnd))
      // One that stands within itself has no end.
      if (target !== undefined && open.size < deepest && !open.has(target)) walk(target, path)
      return at + 1
    }
    if (event.type === EVENT_ID.SCALAR) {
      settings.push(blockOf(path, getScalarValue(source, event), file.lineAt(Math.max(0, event.valueStart))))
      return at + 1
    }
    if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return at + 1
    open.add(at)
    const end = event.type === EVENT_ID.MAPPING ? walkMapping(at + 1, path) : walkSequence(at + 1, path)
    open.delete(at)
    return end
  }

  function walkMapping(from: number, path: string): number {
    let at = from
    while (at < events.length && events[at]?.type !== EVENT_ID.POP) {
      const key = events[at]
      const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(source, key).slice(0, 300) : '?'
      const next = key?.type === EVENT_ID.SCALAR ? at + 1 : walk(at, `${path}?`)
      // A merge key has its settings stand where it stands.
      at = walk(next, name === '<<' ? path : joined(path, name))
    }
    return at + 1
  }

  function walkSequence(from: number, path: string): number {
    let at = from
    for (let index = 0; at < events.length && events[at]?.type !== EVENT_ID.POP; index++)
      at = walk(at, `${path}[${index}]`)
    return at + 1
  }

  const open = new Set<number>()
  for (let at = 0; at < events.length && steps <= mostSteps;) {
    const type = events[at]?.type
    // Names of one document mean nothing in the next.
    if (type === EVENT_ID.DOCUMENT) anchors.clear()
    at = type === EVENT_ID.DOCUMENT || type === EVENT_ID.POP ? at + 1 : walk(at, '')
  }
  return { settings }
}

/** A text of several lines is kept as it is, as lines are counted in it. */
function blockOf(path: string, text: string, line: number): Setting {
  return text.includes('\n') ? { key: path, path, value: text, line } : settingOf(path, text, line)
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`.slice(-600)
}

/** What is wrong in the words of the parser, without the line that it quotes, which may hold a secret. */
function yamlFault(error: unknown): { readonly message: string; readonly line: number | undefined } {
  const text = error instanceof Error ? error.message : String(error)
  const first = (text.split('\n')[0] ?? '').slice(0, 300)
  const place = /\((\d+):\d+\)/.exec(first)
  const message = first.replace(/\s*\([^)]*:\d+\)?.*$/, '').replace(/"[^"]*"|'[^']*'|<[^>]*>/g, '"..."')
  return { message, line: place ? Number(place[1]) : undefined }
}
