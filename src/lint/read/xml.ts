import { settingOf, type Setting } from '../setting.ts'
import { mostSettings } from '../text.ts'

export interface XmlRead {
  /** Text of elements by their path; Hadoop's `<property><name>…</name><value>…</value>` by its name. */
  readonly settings: readonly Setting[]
  readonly fault?: { readonly line: number; readonly problem: string }
}

const deepest = 100

interface Open {
  readonly name: string
  readonly line: number
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string[]
  /** Text of its children, by their names. */
  readonly children: Map<string, { readonly text: string; readonly line: number }>
}

/** Entities of a document type are not looked up, and nothing outside of the text is read. */
export async function readXml(source: string): Promise<XmlRead> {
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser()
  const settings: Setting[] = []
  const path: Open[] = []
  let fault: XmlRead['fault']
  const stop = (problem: string): never => {
    fault ??= { line: parser.line, problem }
    throw new Stop()
  }
  parser.on('error', (error) => {
    // An entity that is declared elsewhere leaves its name in the text, and that is all.
    if (/entity/.test(error.message)) return
    stop(
      error.message
        .replace(/^\d+:\d+: /, '')
        .replace(/[^\x20-\x7e]/g, ' ')
        .slice(0, 120),
    )
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length >= deepest) stop(`has more than ${deepest} elements inside each other`)
    path.push({ name: name.slice(0, 100), line: parser.line, attributes, text: [], children: new Map() })
  })
  const text = (part: string): void => void path.at(-1)?.text.push(part)
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', () => {
    const element = path.pop()
    if (!element || settings.length >= mostSettings) return
    const value = element.text.join('').trim()
    path.at(-1)?.children.set(element.name, { text: value, line: element.line })
    const names = path.map(({ name }) => name)
    const named = element.children.get('name')
    const valued = element.children.get('value')
    const key = element.attributes['key'] ?? element.attributes['name']
    if (named && valued) settings.push(settingOf(named.text.slice(0, 300), valued.text, named.line))
    else if (key !== undefined) settings.push(settingOf(key, element.attributes['value'] ?? value, element.line))
    else if (element.children.size === 0) {
      settings.push(settingOf([...names.slice(1), element.name].join('.'), value, element.line))
    }
  })
  try {
    for (let at = 0; at < source.length; at += 65_536) parser.write(source.slice(at, at + 65_536))
    parser.close()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
  }
  return { settings, ...(fault && { fault }) }
}

class Stop extends Error {}
