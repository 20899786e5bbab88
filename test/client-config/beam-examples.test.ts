import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { beamTools } from '../../src/client-config/beam.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const tokenEndpoint = 'http://localhost:14293/token'

function printed(tool: string, where: string): string[] {
  const { snippets } = beamTools.find(({ name }) => name === tool)?.settings({ tokenEndpoint }) ?? { snippets: [] }
  const text = snippets.find((snippet) => snippet.where === where)?.text ?? ''
  return text.split('\n').map((line) => line.trim())
}

const java = ['examples/beam/java/CopyTopic.java', 'docs/beam.md']
const python = ['examples/beam/python/copy_topic.py', 'docs/beam.md']

describe.each(['beam', 'dataflow'])('the examples for Beam have the settings of config %s', (tool) => {
  it.each(java)('in Java: %s', (path) => {
    const entries = printed(tool, 'Pipeline.java').filter((line) => line.startsWith('Map.entry('))
    expect(entries).toHaveLength(5)
    const own = read(path).split('\n')
    expect(own.map((line) => line.trim()).filter((line) => line.startsWith('Map.entry('))).toEqual(entries)
  })

  it.each(python)('in Python: %s', (path) => {
    const isSetting = (line: string) => /^"(security|sasl)\./.test(line)
    const entries = printed(tool, 'pipeline.py').filter(isSetting)
    expect(entries).toHaveLength(5)
    const own = read(path).split('\n')
    expect(own.map((line) => line.trim()).filter(isSetting)).toEqual(entries)
  })
})

describe('the images for Dataflow', () => {
  const instructions = (text: string) => text.split('\n').filter((line) => /^(ARG|FROM|COPY|ENTRYPOINT) /.test(line))
  const own = instructions(read('examples/dataflow/Dockerfile'))

  it('is on the page as it is', () => {
    expect(own).toHaveLength(4)
    expect(read('docs/dataflow.md')).toContain(own.join('\n'))
  })

  it('has the entry point of config dataflow, in Java and in Python', () => {
    const entryPoint = printed('dataflow', 'Dockerfile').find((line) => line.startsWith('ENTRYPOINT'))
    expect(own.at(-1)).toBe(entryPoint)
    const inPython = instructions(read('examples/dataflow/python.Dockerfile'))
    expect(inPython.filter((line) => !line.startsWith('FROM'))).toEqual(own.filter((line) => !line.startsWith('FROM')))
  })

  it('has one version of Beam everywhere', () => {
    const files = ['examples/beam/java/pom.xml', 'examples/dataflow/Dockerfile', 'examples/dataflow/python.Dockerfile']
    const more = ['examples/beam/python/requirements.txt', 'test/e2e/java/beam/pom.xml', 'test/e2e/go/beam/go.mod']
    for (const path of [...files, ...more]) expect(read(path), path).toContain('2.73.0')
  })
})
